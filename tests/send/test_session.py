"""One session against servers that misbehave at every step: each failure is told, nobody lost or doubled."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

import pytest
import uvloop

from dispatch.errors import LedgerUnavailable
from dispatch.mail.reply import Scope, Step, Verdict
from dispatch.model.delivery import State
from dispatch.model.settings import Relay, Security
from dispatch.send.session import Addressed, Session, Timeouts
from tests.servers.programs import smtp_sink
from tests.servers.scripted import (
    CUT,
    ENDLESS,
    HANG,
    KEPT_AND_CUT,
    Act,
    ScriptedServer,
    say,
)

MESSAGE = b"Subject: hello\r\nMessage-ID: <1@example.com>\r\n\r\nWords.\r\n"
SHORT = 0.15
QUICK = Timeouts(
    **(dict.fromkeys(("greeting", "hello", "login", "mail", "rcpt", "data", "block", "dot", "quit"), SHORT)),
    connect=2,
    tls=2,
)
SENDER, ANN, BEN = "news@example.com", "ann@example.com", "ben@example.com"

PIPELINED, ONE_BY_ONE = ("PIPELINING", "SMTPUTF8"), ("SMTPUTF8",)
BOTH_WAYS = pytest.mark.parametrize(
    "offers", [pytest.param(PIPELINED, id="pipelined"), pytest.param(ONE_BY_ONE, id="one by one")]
)

QUEUED, DEFERRED, FAILED, SENT, UNCERTAIN = (
    State.QUEUED,
    State.DEFERRED,
    State.FAILED,
    State.SENT,
    State.UNCERTAIN,
)
RECIPIENT, CONNECTION, RELAY, RUN = Scope.RECIPIENT, Scope.CONNECTION, Scope.RELAY, Scope.RUN


async def handed() -> bool:
    """A hand-over that is durable at once."""
    return True


def session_to(port: int, timeouts: Timeouts = QUICK) -> Session:
    """A session in clear to a server on loopback."""
    relay = Relay(host="127.0.0.1", port=port, security=Security.NONE)
    return Session(relay, password=None, hostname="sender.example.com", timeouts=timeouts)


async def converse(
    server: ScriptedServer,
    recipients: Sequence[str] = (ANN, BEN),
    *,
    hand_over: Callable[[], Awaitable[bool]] = handed,
    message: bytes = MESSAGE,
) -> list[Verdict]:
    """Deliver `message` to each recipient over one connection while it is usable."""
    async with server:
        session = session_to(server.port)
        await session.open()
        verdicts = [
            await session.deliver(SENDER, recipient, message, hand_over)
            for recipient in recipients
            if session.usable
        ]
        await session.quit()
    return verdicts


GARBAGE = say("HTTP/1.1 400 Bad Request")
EXTRA = say("250 ok", "250 and another")

# step, act -> scope, state, whether the same connection carries the next message
CASES: list[tuple[str, str, Act, Scope, State, bool]] = [
    ("MAIL", "4yz", say("451 4.3.0 later"), RELAY, QUEUED, True),
    ("MAIL", "5yz", say("550 5.7.1 not you"), RUN, QUEUED, True),
    ("MAIL", "421", say("421 4.3.2 closing", cut=True), CONNECTION, QUEUED, False),
    ("MAIL", "cut", CUT, CONNECTION, QUEUED, False),
    ("MAIL", "hang", HANG, CONNECTION, QUEUED, False),
    ("MAIL", "garbage", GARBAGE, CONNECTION, QUEUED, False),
    ("MAIL", "endless", ENDLESS, CONNECTION, QUEUED, False),
    ("MAIL", "out of step", say("354 go on"), CONNECTION, QUEUED, False),
    ("RCPT", "4yz", say("450 4.2.0 greylisted"), RECIPIENT, DEFERRED, True),
    ("RCPT", "5yz", say("550 5.1.1 no such user"), RECIPIENT, FAILED, True),
    ("RCPT", "many lines", say("550-5.1.1 no", "550-5.1.1 such", "550 5.1.1 user"), RECIPIENT, FAILED, True),
    ("RCPT", "552", say("552 5.2.2 full"), RECIPIENT, FAILED, True),
    ("RCPT", "421", say("421 4.3.2 closing", cut=True), CONNECTION, QUEUED, False),
    ("RCPT", "cut", CUT, CONNECTION, QUEUED, False),
    ("RCPT", "half a line, then cut", Act(b"550 5.1.1 no su", cut=True), CONNECTION, QUEUED, False),
    ("RCPT", "hang", HANG, CONNECTION, QUEUED, False),
    ("RCPT", "garbage", GARBAGE, CONNECTION, QUEUED, False),
    ("RCPT", "endless", ENDLESS, CONNECTION, QUEUED, False),
    ("RCPT", "out of step", say("354 go on"), CONNECTION, QUEUED, False),
    ("DATA", "4yz", say("451 4.3.0 later"), RECIPIENT, DEFERRED, True),
    ("DATA", "5yz", say("554 5.6.0 no"), RECIPIENT, FAILED, True),
    ("DATA", "421", say("421 4.3.2 closing", cut=True), CONNECTION, QUEUED, False),
    ("DATA", "cut", CUT, CONNECTION, QUEUED, False),
    ("DATA", "hang", HANG, CONNECTION, QUEUED, False),
    ("DATA", "garbage", GARBAGE, CONNECTION, QUEUED, False),
    ("DATA", "endless", ENDLESS, CONNECTION, QUEUED, False),
    ("DATA", "out of step", say("250 ok"), CONNECTION, QUEUED, False),
    ("DOT", "4yz", say("451 4.3.0 later"), RECIPIENT, DEFERRED, True),
    ("DOT", "5yz", say("554 5.7.1 spam"), RECIPIENT, FAILED, True),
    ("DOT", "421", say("421 4.3.2 closing", cut=True), CONNECTION, QUEUED, False),
    ("DOT", "cut", CUT, RECIPIENT, UNCERTAIN, False),
    ("DOT", "kept and cut", KEPT_AND_CUT, RECIPIENT, UNCERTAIN, False),
    ("DOT", "half a line, then cut", Act(b"250 o", cut=True), RECIPIENT, UNCERTAIN, False),
    ("DOT", "hang", HANG, RECIPIENT, UNCERTAIN, False),
    ("DOT", "garbage", GARBAGE, RECIPIENT, UNCERTAIN, False),
    ("DOT", "endless", ENDLESS, RECIPIENT, UNCERTAIN, False),
    ("DOT", "out of step", say("354 more"), RECIPIENT, UNCERTAIN, False),
    ("DOT", "accepted, then cut", say("250 ok", cut=True), RECIPIENT, SENT, False),
    ("DOT", "accepted, then more", EXTRA, RECIPIENT, SENT, False),
    ("DOT", "accepted, then 421", say("250 ok", "421 too many messages"), RECIPIENT, SENT, False),
]


@pytest.mark.parametrize(
    "run", [pytest.param(asyncio.run, id="asyncio"), pytest.param(uvloop.run, id="uvloop")]
)
@BOTH_WAYS
@pytest.mark.parametrize("case", [pytest.param(case, id=f"{case[0]} {case[1]}") for case in CASES])
def test_every_failure_is_told_by_its_step(
    run: Callable[..., list[Verdict]], offers: Sequence[str], case: tuple[str, str, Act, Scope, State, bool]
) -> None:
    """The verdict has the scope and state of the outcome table, and only a sane connection goes on."""
    step, _, entry, scope, state, goes_on = case
    server = ScriptedServer({step: [entry, _usual(step)]}, offers=offers)
    first, *rest = run(converse(server))
    assert (first.scope, first.state) == (scope, state)
    assert first.step is Step[step]
    assert {verdict.state for verdict in rest} <= {SENT if goes_on else QUEUED}
    told = [ANN] * (state is SENT or (entry.keeps and state is UNCERTAIN)) + [BEN] * goes_on
    assert [mail.recipients for mail in server.accepted] == [(recipient,) for recipient in told]


def _usual(step: str) -> Act:
    return say("354 go on") if step == "DATA" else say("250 ok")


@BOTH_WAYS
def test_messages_arrive_as_they_are(offers: Sequence[str]) -> None:
    """Each message arrives once, byte for byte, in its own envelope, and the goodbye is said."""
    server = ScriptedServer(offers=offers)
    verdicts = asyncio.run(converse(server))
    assert [verdict.state for verdict in verdicts] == [SENT, SENT]
    assert [(mail.sender, mail.recipients, mail.message) for mail in server.accepted] == [
        (SENDER, (ANN,), MESSAGE),
        (SENDER, (BEN,), MESSAGE),
    ]
    assert server.commands == [
        "EHLO sender.example.com",
        *(f"MAIL FROM:<{SENDER}>", f"RCPT TO:<{ANN}>", "DATA"),
        *(f"MAIL FROM:<{SENDER}>", f"RCPT TO:<{BEN}>", "DATA"),
        "QUIT",
    ]


@pytest.mark.parametrize("size", [0, 100, 200_000, 5_000_000])
def test_bodies_of_any_size_arrive_whole(size: int) -> None:
    """Flow control holds a big body back without losing a byte of it."""
    message = MESSAGE + b"0123456789abcdef\r\n" * (size // 18)
    server = ScriptedServer()
    asyncio.run(converse(server, message=message))
    assert [mail.message for mail in server.accepted] == [message, message]


def test_chunks_are_joined() -> None:
    """A message may come in pieces."""

    async def run() -> None:
        async with ScriptedServer() as server:
            session = session_to(server.port)
            await session.open()
            verdict = await session.deliver(SENDER, ANN, [MESSAGE, b"more\r\n"], handed)
            assert verdict.state is SENT
            assert server.accepted[0].message == MESSAGE + b"more\r\n"
            await session.quit()

    asyncio.run(run())


def test_after_a_refused_recipient_the_relay_is_reset() -> None:
    """A refused RCPT leaves a MAIL open at the relay; the next envelope clears it in the same write."""
    server = ScriptedServer({"RCPT": [say("550 5.1.1 no"), say("250 ok")]})
    verdicts = asyncio.run(converse(server))
    assert [verdict.state for verdict in verdicts] == [FAILED, SENT]
    assert server.commands[3:6] == ["DATA", "RSET", f"MAIL FROM:<{SENDER}>"]


@pytest.mark.parametrize("answer", [say("250 ok"), say("554 5.5.1 no recipients")])
def test_a_354_after_a_refused_recipient_is_answered_by_nothing(answer: Act) -> None:
    """A relay that asks for the body all the same gets an empty one, and the next message is told apart."""
    server = ScriptedServer(
        {
            "RCPT": [say("550 5.1.1 no"), say("250 ok")],
            "DATA": say("354 go on"),
            "DOT": [answer, say("250 ok")],
        }
    )
    verdicts = asyncio.run(converse(server))
    assert [verdict.state for verdict in verdicts] == [FAILED, SENT]
    assert [mail.recipients for mail in server.accepted] == [(BEN,)]


def test_a_relay_that_wants_a_body_for_a_refused_sender_gets_nothing() -> None:
    """MAIL refused, RCPT and DATA accepted: an empty message would reach the reader, so the line is cut."""
    server = ScriptedServer({"MAIL": say("550 no"), "RCPT": say("250 ok"), "DATA": say("354 go on")})
    verdicts = asyncio.run(converse(server))
    assert [(verdict.scope, verdict.step) for verdict in verdicts] == [(RUN, Step.MAIL)]
    assert server.accepted == []


def test_a_refusal_stands_although_the_connection_is_lost_after_it() -> None:
    """What was read is not unread: 550 at RCPT, then the line goes dead."""
    server = ScriptedServer({"RCPT": say("550 5.1.1 no"), "DATA": CUT})
    [verdict] = asyncio.run(converse(server))
    assert (verdict.state, verdict.step, verdict.is_hard) == (FAILED, Step.RCPT, True)


@pytest.mark.parametrize(
    ("word", "detail"),
    [
        pytest.param(say("250 ok", "421 4.4.2 idle"), "421 4.4.2 idle", id="421"),
        pytest.param(say("250 ok", "250 surprise"), "a reply that nobody asked for", id="another reply"),
        pytest.param(Act(b"250 ok\r\n25"), "out of turn", id="half a reply"),
        pytest.param(say("250 ok", cut=True), "closed the connection", id="cut"),
    ],
)
def test_what_comes_between_messages_never_answers_the_next(word: Act, detail: str) -> None:
    """A relay that speaks or leaves while idle costs the connection and nobody's copy."""

    async def run() -> tuple[Verdict, Verdict, bool]:
        async with ScriptedServer({"DOT": word}) as server:
            session = session_to(server.port)
            await session.open()
            first = await session.deliver(SENDER, ANN, MESSAGE, handed)
            await asyncio.sleep(0.05)
            second = await session.deliver(SENDER, BEN, MESSAGE, handed)
            await session.quit()
            return first, second, session.usable

    first, second, usable = asyncio.run(run())
    assert first.state is SENT
    assert (second.scope, second.state, usable) == (CONNECTION, QUEUED, False)
    assert detail in second.detail


def test_an_answer_before_the_dot_is_no_answer() -> None:
    """A 250 in the middle of the body cannot mean this message: the line is cut before the dot leaves."""
    early = ScriptedServer({"BODY": say("250 ok", hang=True)})
    big = MESSAGE + b"\r\n" * 10_000_000
    [verdict] = asyncio.run(converse(early, [ANN], message=big))
    assert (verdict.scope, verdict.state) == (CONNECTION, QUEUED)
    assert early.accepted == []


def test_a_relay_that_stops_reading_is_left_within_the_block_timeout() -> None:
    """Octets that the relay does not take keep the dot back, so the copy is safely queued again."""
    stalled = ScriptedServer({"BODY": HANG})
    big = MESSAGE + b"\r\n" * 10_000_000
    [verdict] = asyncio.run(converse(stalled, [ANN], message=big))
    assert (verdict.scope, verdict.state) == (CONNECTION, QUEUED)
    assert "nothing for 0.15 s" in verdict.detail


def test_a_reply_that_drips_is_given_up_in_time() -> None:
    """The timeout is for the whole answer: a line now and then buys no more of it."""

    async def run() -> Verdict:
        async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                writer.write(b"220 hi\r\n")
                await reader.readline()
                writer.write(b"250 hi\r\n")
                while not writer.is_closing():
                    writer.write(b"250-still\r\n")
                    await asyncio.sleep(SHORT / 5)
            except OSError:
                pass
            finally:
                writer.transport.abort()

        async with await asyncio.start_server(drip, "127.0.0.1", 0) as server:
            session = session_to(server.sockets[0].getsockname()[1])
            await session.open()
            verdict = await session.deliver(SENDER, ANN, MESSAGE, handed)
            await session.quit()
            await asyncio.sleep(SHORT / 2)
            return verdict

    verdict = asyncio.run(run())
    assert (verdict.scope, verdict.state) == (CONNECTION, QUEUED)


# The hand-over


@BOTH_WAYS
def test_the_body_waits_for_the_hand_over(offers: Sequence[str]) -> None:
    """The hand-over begins with the envelope, and no octet of the body leaves before it is durable."""

    async def run() -> None:
        begun, durable = asyncio.Event(), asyncio.Event()

        async def hand_over() -> bool:
            begun.set()
            await durable.wait()
            return True

        async with ScriptedServer(offers=offers) as server:
            session = session_to(server.port)
            await session.open()
            delivery = asyncio.ensure_future(session.deliver(SENDER, ANN, MESSAGE, hand_over))
            await begun.wait()
            await asyncio.sleep(SHORT * 2)
            assert f"RCPT TO:<{ANN}>" in server.commands
            assert (server.accepted, session.dot_sent, delivery.done()) == ([], False, False)
            durable.set()
            assert (await delivery).state is SENT
            assert session.dot_sent
            await session.quit()

    asyncio.run(run())


@BOTH_WAYS
def test_the_hand_over_does_not_wait_for_the_signature(offers: Sequence[str]) -> None:
    """Both are in the making at once; the signature stands in front of the message that arrives."""

    async def run() -> None:
        handed_over = asyncio.Event()

        async def hand_over() -> bool:
            handed_over.set()
            return True

        async with ScriptedServer(offers=offers) as server:
            session = session_to(server.port)
            await session.open()
            signature: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
            delivery = asyncio.ensure_future(
                session.deliver(SENDER, ANN, MESSAGE, hand_over, signature=signature)
            )
            await handed_over.wait()
            await asyncio.sleep(SHORT * 2)
            assert (server.accepted, session.dot_sent, delivery.done()) == ([], False, False)
            signature.set_result(b"DKIM-Signature: v=1\r\n")
            assert (await delivery).state is SENT
            await session.quit()
        assert [one.message for one in server.accepted] == [b"DKIM-Signature: v=1\r\n" + MESSAGE]

    asyncio.run(run())


def test_a_signature_that_cannot_be_made_ends_the_connection_before_the_dot() -> None:
    """Nobody gets an unsigned message."""

    async def run() -> None:
        async with ScriptedServer() as server:
            session = session_to(server.port)
            await session.open()
            signature: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
            signature.set_exception(ValueError("no key"))
            with pytest.raises(ValueError, match="no key"):
                await session.deliver(SENDER, ANN, MESSAGE, handed, signature=signature)
            assert (session.dot_sent, session.usable) == (False, False)
            await session.quit()
        assert server.accepted == []

    asyncio.run(run())


@BOTH_WAYS
def test_a_lost_lease_stops_before_the_dot(offers: Sequence[str]) -> None:
    """When the row is somebody else's by now, nothing is sent and nothing is recorded."""

    async def lost() -> bool:
        return False

    server = ScriptedServer(offers=offers)
    [verdict] = asyncio.run(converse(server, hand_over=lost))
    assert (verdict.scope, verdict.state) == (CONNECTION, None)
    assert "lease" in verdict.detail
    assert server.accepted == []


@BOTH_WAYS
@pytest.mark.parametrize("refused", [False, True])
def test_a_failing_ledger_stops_before_the_dot(offers: Sequence[str], refused: bool) -> None:
    """An error of the ledger ends the connection where it is and comes through as itself."""

    async def fail() -> bool:
        raise LedgerUnavailable("the disk is full")

    server = ScriptedServer({"RCPT": say("550 5.1.1 no")} if refused else {}, offers=offers)
    with pytest.raises(LedgerUnavailable):
        asyncio.run(converse(server, hand_over=fail))
    assert server.accepted == []


@pytest.mark.parametrize(
    ("step", "dot_sent"), [("MAIL", False), ("RCPT", False), ("DATA", False), ("DOT", True)]
)
def test_a_cancelled_delivery_says_whether_the_dot_had_left(step: str, dot_sent: bool) -> None:
    """A second signal closes the connection; only after the dot is there a doubt."""

    async def run() -> None:
        async with ScriptedServer({step: HANG}) as server:
            session = session_to(server.port, replace(QUICK, mail=9, rcpt=9, data=9, dot=9))
            await session.open()
            delivery = asyncio.ensure_future(session.deliver(SENDER, ANN, MESSAGE, handed))
            await asyncio.sleep(0.1)
            delivery.cancel()
            with pytest.raises(asyncio.CancelledError):
                await delivery
            assert (session.dot_sent, session.usable) == (dot_sent, False)
            await session.quit()
            assert server.accepted == []

    asyncio.run(run())


def test_a_cancelled_delivery_cancels_its_hand_over() -> None:
    """Nothing is left behind by a delivery that is given up while the ledger is slow."""

    async def run() -> None:
        handing: list[asyncio.Task[None] | None] = []

        async def slow() -> bool:
            handing.append(asyncio.current_task())
            await asyncio.sleep(60)
            return True

        async with ScriptedServer() as server:
            session = session_to(server.port)
            await session.open()
            delivery = asyncio.ensure_future(session.deliver(SENDER, ANN, MESSAGE, slow))
            await asyncio.sleep(0.05)
            delivery.cancel()
            with pytest.raises(asyncio.CancelledError):
                await delivery
            await asyncio.sleep(0)
            assert handing[0] is not None
            assert handing[0].cancelled()
            await session.quit()

    asyncio.run(run())


# What cannot be offered


@pytest.mark.parametrize(
    ("sender", "recipient", "smtputf8", "state"),
    [
        pytest.param(SENDER, "a@b>\r\nRCPT TO:<x@example.com", False, FAILED, id="CRLF in the recipient"),
        pytest.param(SENDER, "a@b> NOTIFY=NEVER", False, FAILED, id="a parameter in the recipient"),
        pytest.param("a@b>\r\nDATA", ANN, False, FAILED, id="CRLF in the sender"),
        pytest.param(SENDER, "a\x00@example.com", False, FAILED, id="NUL"),
        pytest.param(SENDER, "jürgen@example.com", False, FAILED, id="not ASCII, not asked"),
        pytest.param(SENDER, "j\u2028rgen@example.com", True, FAILED, id="a line separator"),
        pytest.param(SENDER, "a\udc80@example.com", True, FAILED, id="a lone surrogate"),
    ],
)
def test_unsafe_addresses_never_reach_the_wire(
    sender: str, recipient: str, smtputf8: bool, state: State
) -> None:
    """An address that could say more than itself in a command line is refused, and the session goes on."""

    async def run() -> None:
        async with ScriptedServer() as server:
            session = session_to(server.port)
            await session.open()
            verdict = await session.deliver(sender, recipient, MESSAGE, handed, smtputf8=smtputf8)
            assert (verdict.scope, verdict.state) == (RECIPIENT, state)
            assert verdict.detail.isprintable()
            assert server.commands == ["EHLO sender.example.com"]
            assert (await session.deliver(SENDER, ANN, MESSAGE, handed)).state is SENT
            await session.quit()

    asyncio.run(run())


@pytest.mark.parametrize(
    ("offers", "state"), [(("SMTPUTF8", "PIPELINING"), SENT), (("PIPELINING",), State.SKIPPED)]
)
def test_smtputf8_is_used_where_offered(offers: Sequence[str], state: State) -> None:
    """An address outside ASCII goes to a relay that takes it, and is skipped at one that does not."""

    async def run() -> None:
        async with ScriptedServer(offers=offers) as server:
            session = session_to(server.port)
            await session.open()
            assert session.capabilities.smtputf8 == (state is SENT)
            verdict = await session.deliver(SENDER, "jürgen@example.com", MESSAGE, handed, smtputf8=True)
            assert verdict.state is state
            told = [f"MAIL FROM:<{SENDER}> SMTPUTF8", "RCPT TO:<jürgen@example.com>", "DATA"]
            assert server.commands[1:] == (told if state is SENT else [])
            await session.quit()

    asyncio.run(run())


@pytest.mark.parametrize(
    ("offer", "state"),
    [
        ("SIZE 40", FAILED),
        ("SIZE 4000", SENT),
        ("SIZE 0", SENT),
        ("SIZE", SENT),
        ("SIZE lots", SENT),
        ("SIZE ٤٠", SENT),
        (f"SIZE {10**30}", SENT),
    ],
)
def test_a_message_beyond_the_relays_size_is_not_offered(offer: str, state: State) -> None:
    """SIZE n is believed; SIZE 0, no number and nonsense are no limit."""
    server = ScriptedServer(offers=(offer,))
    [verdict] = asyncio.run(converse(server, [ANN]))
    assert verdict.state is state
    assert len(server.accepted) == (state is SENT)


def test_a_message_must_end_its_last_line() -> None:
    """A body without its CRLF would swallow the dot: a bug of the caller's, told before a byte is written."""
    with pytest.raises(ValueError, match="CRLF"):
        asyncio.run(converse(ScriptedServer(), message=b"Subject: x\r\n\r\nno end"))


def test_deliver_needs_an_open_session() -> None:
    """Using a session before it is open is a bug, told at once; leaving it is not."""
    session = session_to(9)
    with pytest.raises(RuntimeError):
        asyncio.run(session.deliver(SENDER, ANN, MESSAGE, handed))
    asyncio.run(session.quit())
    assert (session.usable, session.dot_sent) == (False, False)


@pytest.mark.parametrize("act", [CUT, HANG, GARBAGE, ENDLESS, say("500 what")])
def test_quit_never_fails(act: Act) -> None:
    """However the relay takes leave, the messages it answered stay sent."""
    server = ScriptedServer({"QUIT": act})
    assert [verdict.state for verdict in asyncio.run(converse(server))] == [SENT, SENT]


@pytest.mark.parametrize("hostname", ["", "ann's mac", "höst", "a\r\nMAIL", "-x-", "x" * 300])
def test_an_odd_host_name_does_not_stop_the_mail(hostname: str) -> None:
    """Where this machine's name cannot stand in EHLO, an address literal does (RFC 5321 4.1.4)."""

    async def run() -> list[str]:
        async with ScriptedServer() as server:
            relay = Relay(host="127.0.0.1", port=server.port, security=Security.NONE)
            session = Session(relay, password=None, hostname=hostname)
            await session.open()
            await session.quit()
            return server.commands

    assert asyncio.run(run()) == ["EHLO [127.0.0.1]", "QUIT"]


def test_a_real_sink_takes_a_thousand_on_uvloop_and_asyncio() -> None:
    """Postfix's smtp-sink, its empty EHLO keyword included, with several sessions at a time on both loops."""

    async def worker(port: int) -> list[State | None]:
        session = session_to(port, Timeouts())
        await session.open()
        states = [(await session.deliver(SENDER, ANN, MESSAGE * 50, handed)).state for _ in range(25)]
        await session.quit()
        return states

    async def run(port: int) -> list[State | None]:
        return [
            state for states in await asyncio.gather(*(worker(port) for _ in range(4))) for state in states
        ]

    with smtp_sink() as port:
        assert asyncio.run(run(port)) == [SENT] * 100
        assert uvloop.run(run(port)) == [SENT] * 100
    with smtp_sink("-p") as port:
        assert asyncio.run(run(port)) == [SENT] * 100


# -- the next envelope behind the dot


def next_is(recipient: str) -> Callable[[], Addressed]:
    """Say who follows."""
    return lambda: Addressed(SENDER, recipient, len(MESSAGE))


async def in_a_row(server: ScriptedServer, recipients: Sequence[str]) -> list[Verdict]:
    """Deliver to each recipient, each offered behind the dot of the one before, while the session lasts."""
    verdicts = []
    async with server:
        session = session_to(server.port)
        await session.open()
        for number, recipient in enumerate(recipients):
            if not session.usable:
                break
            following = next_is(recipients[number + 1]) if number + 1 < len(recipients) else lambda: None
            verdicts.append(await session.deliver(SENDER, recipient, MESSAGE, handed, following=following))
        await session.quit()
    return verdicts


def test_the_next_envelope_comes_before_the_dot_is_answered() -> None:
    """A relay that waits for it, before it says what became of the first message, gets it."""

    async def patient(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 hello\r\n")
        await reader.readuntil(b"\r\n")
        writer.write(b"250-hello\r\n250 PIPELINING\r\n")
        await reader.readuntil(b"DATA\r\n")
        writer.write(b"250 ok\r\n250 ok\r\n354 go on\r\n")
        await reader.readuntil(b"\r\n.\r\n")
        seen.append(await reader.readuntil(b"DATA\r\n"))
        writer.write(b"250 taken\r\n250 ok\r\n250 ok\r\n354 go on\r\n")
        await reader.readuntil(b"\r\n.\r\n")
        writer.write(b"250 taken too\r\n")
        await reader.readuntil(b"QUIT\r\n")
        writer.write(b"221 bye\r\n")
        writer.close()

    async def talk() -> list[State | None]:
        server = await asyncio.start_server(patient, "127.0.0.1", 0)
        async with server:
            session = session_to(server.sockets[0].getsockname()[1], replace(QUICK, dot=2))
            await session.open()
            first = await session.deliver(SENDER, ANN, MESSAGE, handed, following=next_is(BEN))
            second = await session.deliver(SENDER, BEN, MESSAGE, handed)
            await session.quit()
        return [first.state, second.state]

    seen: list[bytes] = []
    assert asyncio.run(talk()) == [SENT, SENT]
    assert seen == [b"MAIL FROM:<news@example.com>\r\nRCPT TO:<ben@example.com>\r\nDATA\r\n"]


@BOTH_WAYS
def test_messages_in_a_row_arrive_once_each(offers: Sequence[str]) -> None:
    """Whether the relay can be spoken to ahead or not."""
    server = ScriptedServer(offers=offers)
    people = [f"p{number}@example.com" for number in range(30)]
    verdicts = asyncio.run(in_a_row(server, people))
    assert [one.state for one in verdicts] == [SENT] * 30
    assert [one.recipients for one in server.accepted] == [(person,) for person in people]


@pytest.mark.parametrize(
    ("script", "states", "accepted"),
    [
        pytest.param({"DOT": [KEPT_AND_CUT]}, [UNCERTAIN], [ANN], id="cut after the first dot"),
        pytest.param({"DOT": [say("421 bye", cut=True)]}, [QUEUED], [], id="421 to the first dot"),
        pytest.param({"DOT": [say("550 5.7.1 no"), say("250 ok")]}, [FAILED, SENT], [BEN], id="550 to it"),
        pytest.param(
            {"MAIL": [say("250 ok"), say("421 4.7.0 enough", cut=True)]},
            [SENT, QUEUED],
            [ANN],
            id="421 to the second sender",
        ),
        pytest.param({"MAIL": [say("250 ok"), CUT]}, [SENT, QUEUED], [ANN], id="cut before the second"),
        pytest.param(
            {"RCPT": [say("250 ok"), say("550 5.1.1 nobody"), say("250 ok")]},
            [SENT, FAILED, SENT],
            [ANN, "cleo@example.com"],
            id="second recipient refused",
        ),
        pytest.param(
            {"RCPT": [say("250 ok"), say("450 4.2.1 later"), say("250 ok")]},
            [SENT, DEFERRED, SENT],
            [ANN, "cleo@example.com"],
            id="second recipient deferred",
        ),
    ],
)
def test_a_fault_between_two_messages_belongs_to_one_of_them(
    script: dict[str, list[Act]], states: list[State], accepted: list[str]
) -> None:
    """What the relay says is matched in order, and what was only offered has reached nobody."""
    server = ScriptedServer(script)
    verdicts = asyncio.run(in_a_row(server, [ANN, BEN, "cleo@example.com"][: max(2, len(states))]))
    assert [one.state for one in verdicts] == states
    assert [one.recipients[0] for one in server.accepted] == accepted


def test_what_was_offered_must_follow() -> None:
    """Another message is refused; and a session that ends instead leaves nothing at the relay."""
    server = ScriptedServer()

    async def change_ones_mind() -> None:
        async with server:
            session = session_to(server.port)
            await session.open()
            await session.deliver(SENDER, ANN, MESSAGE, handed, following=next_is(BEN))
            with pytest.raises(RuntimeError, match="another message"):
                await session.deliver(SENDER, ANN, MESSAGE, handed)
            await session.quit()

    asyncio.run(change_ones_mind())
    assert [one.recipients for one in server.accepted] == [(ANN,)]
    assert "QUIT" not in server.commands
