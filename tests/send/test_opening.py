"""Opening a session: what is refused before the first MAIL fails nobody, names its cause, leaks no secret."""

from __future__ import annotations

import asyncio
import inspect
import socket
import ssl
from base64 import b64encode
from collections.abc import Awaitable, Callable
from pathlib import Path

import aiosmtplib
import aiosmtplib.errors
import pytest
import uvloop

from dispatch.errors import LoginRefused, RelayUnavailable
from dispatch.mail.reply import Scope, Step, Verdict
from dispatch.model.delivery import State
from dispatch.model.settings import Relay, Security
from dispatch.send.opening import SessionFailure, verdict_of
from dispatch.send.session import Session, Timeouts
from tests.servers.certificates import Authority
from tests.servers.programs import free_port
from tests.servers.scripted import CUT, ENDLESS, HANG, Act, ScriptedServer, say

MESSAGE = b"Subject: hello\r\n\r\nWords.\r\n" + b"More words of the same kind.\r\n" * 2000
QUICK = Timeouts(connect=0.3, greeting=0.15, hello=0.15, tls=0.3, login=0.15, quit=0.15)
CANARY = "canary-pass-word"
LOOPS = pytest.mark.parametrize(
    "run", [pytest.param(asyncio.run, id="asyncio"), pytest.param(uvloop.run, id="uvloop")]
)
Run = Callable[[Awaitable[Verdict]], Verdict]


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """The authority that the relay's ca_file names."""
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """An authority that nobody trusts."""
    return Authority(tmp_path_factory.mktemp("stranger"))


async def failure(relay: Relay, password: str | None = None) -> Verdict:
    """The verdict of a session that must not come about."""
    session = Session(relay, password=password, hostname="sender.example.com", timeouts=QUICK)
    with pytest.raises(SessionFailure) as caught:
        await session.open()
    assert not session.usable
    await session.quit()
    assert CANARY not in str(caught.value) + repr(caught.value.verdict)
    return caught.value.verdict


async def failure_at(
    server: ScriptedServer, security: Security, authority: Authority | None = None, host: str = "localhost"
) -> Verdict:
    """The same, at a scripted server, with a user and a password that must not be said in clear."""
    async with server:
        ca_file = str(authority.file) if authority else None
        relay = Relay(host=host, port=server.port, security=security, user="ann", ca_file=ca_file)
        return await failure(relay, CANARY)


RELAY, RUN = Scope.RELAY, Scope.RUN

IN_CLEAR = [
    ("GREETING", "421", say("421 4.3.2 busy", cut=True), RELAY, Step.GREETING),
    ("GREETING", "450", say("450 4.3.2 later"), RELAY, Step.GREETING),
    ("GREETING", "554", say("554 5.7.1 not you"), RUN, Step.GREETING),
    ("GREETING", "out of step", say("354 go on"), RELAY, Step.GREETING),
    ("GREETING", "garbage", say("SSH-2.0-OpenSSH_9.2"), RELAY, Step.CONNECT),
    ("GREETING", "cut", CUT, RELAY, Step.CONNECT),
    ("GREETING", "hang", HANG, RELAY, Step.CONNECT),
    ("GREETING", "endless", Act(endless=b"220-and so on\r\n"), RELAY, Step.CONNECT),
    ("EHLO", "421", say("421 4.3.2 busy", cut=True), RELAY, Step.HELLO),
    ("EHLO", "502", say("502 5.5.1 what?"), RUN, Step.HELLO),
    ("EHLO", "garbage", say("what?"), RELAY, Step.HELLO),
    ("EHLO", "cut", CUT, RELAY, Step.HELLO),
    ("EHLO", "hang", HANG, RELAY, Step.HELLO),
    ("EHLO", "endless", ENDLESS, RELAY, Step.HELLO),
    ("AUTH", "535", say("535 5.7.8 no"), RUN, Step.LOGIN),
    ("AUTH", "454", say("454 4.7.0 later"), RELAY, Step.LOGIN),
    ("AUTH", "421", say("421 4.3.2 busy", cut=True), RELAY, Step.LOGIN),
    ("AUTH", "504", say("504 5.5.4 not this one"), RUN, Step.LOGIN),
    ("AUTH", "out of step", say("250 ok"), RELAY, Step.LOGIN),
    ("AUTH", "garbage", say("what?"), RELAY, Step.LOGIN),
    ("AUTH", "cut", CUT, RELAY, Step.LOGIN),
    ("AUTH", "hang", HANG, RELAY, Step.LOGIN),
]


@LOOPS
@pytest.mark.parametrize(
    ("step", "act", "scope", "at"),
    [pytest.param(step, *rest, id=f"{step} {name}") for step, name, *rest in IN_CLEAR],
)
def test_failures_before_mail_are_the_relays_or_the_runs(
    run: Run, step: str, act: Act, scope: Scope, at: Step
) -> None:
    """Each refusal, silence and nonsense is told from its step, and the copy goes back to the queue."""
    server = ScriptedServer({step: act}, offers=("PIPELINING", "AUTH PLAIN"))
    verdict = run(failure_at(server, Security.NONE))
    assert (verdict.scope, verdict.state, verdict.step) == (scope, State.QUEUED, at)
    assert verdict.uses_attempt is False
    assert "(-1" not in verdict.detail  # the library's way to say that it could not read
    assert (verdict.hint is not None) == (scope is RUN)
    assert server.connections == 1


@LOOPS
def test_a_closed_port_is_told_as_such(run: Run) -> None:
    """Nobody listening is the relay's failure."""
    verdict = run(failure(Relay(host="127.0.0.1", port=free_port(), security=Security.NONE)))
    assert (verdict.scope, verdict.step) == (RELAY, Step.CONNECT)
    assert verdict.detail == "at connect: connection refused"


@pytest.mark.parametrize("host", ["no-such-host.invalid", "x" * 70 + ".example.com", "a..b", "höst.invalid"])
def test_an_impossible_host_name_is_told(host: str) -> None:
    """A name that is unknown or cannot be one at all ends as a verdict, not as a crash."""
    verdict = asyncio.run(failure(Relay(host=host, port=25, security=Security.STARTTLS)))
    assert verdict.scope in {RELAY, RUN}
    assert verdict.detail.isprintable()


@LOOPS
def test_a_port_that_takes_nobody_is_given_up_in_time(run: Run) -> None:
    """A full accept queue answers nothing; the connect timeout ends the wait."""
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        port = full.getsockname()[1]
        waiting = []
        for _ in range(4):
            one = socket.socket()
            one.setblocking(False)
            one.connect_ex(("127.0.0.1", port))
            waiting.append(one)
        verdict = run(failure(Relay(host="127.0.0.1", port=port, security=Security.NONE)))
        for one in waiting:
            one.close()
    assert (verdict.scope, verdict.detail) == (RELAY, "at connect: no answer in time")


# TLS


@LOOPS
@pytest.mark.parametrize("security", [Security.TLS, Security.STARTTLS])
def test_mail_and_password_go_over_tls(
    run: Callable[..., Verdict], authority: Authority, security: Security
) -> None:
    """After the handshake everything is secured, the login and a body of many records too."""

    async def deliver() -> Verdict:
        context = authority.server()
        tls, starttls = (context, None) if security is Security.TLS else (None, context)
        offers = ("PIPELINING", "AUTH LOGIN PLAIN")
        async with ScriptedServer(offers=offers, tls=tls, starttls=starttls) as server:
            relay = Relay(
                host="localhost", port=server.port, security=security, user="ann", ca_file=str(authority.file)
            )
            session = Session(
                relay, password=CANARY, hostname="sender.example.com", timeouts=Timeouts(quit=2)
            )
            await session.open()
            for _ in range(3):
                verdict = await session.deliver("a@example.com", "b@example.com", MESSAGE, _handed)
            await session.quit()
            assert [mail.message for mail in server.accepted] == [MESSAGE] * 3
            secret = b64encode(f"\0ann\0{CANARY}".encode()).decode()
            clear = ["EHLO sender.example.com", "STARTTLS"] if starttls else []
            assert server.commands == clear + server.secured
            assert server.secured[1] == f"AUTH PLAIN {secret}"
            return verdict

    assert run(deliver()).state is State.SENT


@LOOPS
def test_a_stalled_relay_is_left_before_the_dot_over_tls_too(
    run: Callable[..., Verdict], authority: Authority
) -> None:
    """What does not fit into the buffers below TLS keeps the dot back, so the copy is safely queued again."""

    async def deliver() -> Verdict:
        async with ScriptedServer({"BODY": HANG}, tls=authority.server()) as server:
            relay = Relay(
                host="localhost", port=server.port, security=Security.TLS, ca_file=str(authority.file)
            )
            timeouts = Timeouts(block=0.3, dot=0.3, quit=0.3)
            session = Session(relay, password=None, hostname="sender.example.com", timeouts=timeouts)
            await session.open()
            verdict = await session.deliver("a@example.com", "b@example.com", MESSAGE * 400, _handed)
            await session.quit()
            assert server.accepted == []
            return verdict

    verdict = run(deliver())
    assert (verdict.scope, verdict.state) == (Scope.CONNECTION, State.QUEUED)


async def _handed() -> bool:
    return True


@LOOPS
@pytest.mark.parametrize("security", [Security.TLS, Security.STARTTLS])
@pytest.mark.parametrize("fault", ["stranger", "wrong host", "expired"])
def test_a_bad_certificate_stops_the_run(
    run: Run, authority: Authority, stranger: Authority, security: Security, fault: str
) -> None:
    """Whoever it is that answers, it hears neither the password nor the mail, and no recipient fails."""
    names = ["other.example.com"] if fault == "wrong host" else []
    signer = stranger if fault == "stranger" else authority
    context = signer.server(*names, expired=fault == "expired")
    tls, starttls = (context, None) if security is Security.TLS else (None, context)
    server = ScriptedServer(offers=("AUTH PLAIN",), tls=tls, starttls=starttls)
    verdict = run(failure_at(server, security, authority))
    assert (verdict.scope, verdict.step, verdict.state) == (RUN, Step.TLS, State.QUEUED)
    assert "certificate" in verdict.detail
    assert "ca_file" in (verdict.hint or "")
    assert server.secured == []
    assert [command for command in server.commands if command.startswith("AUTH")] == []


@LOOPS
def test_a_missing_starttls_stops_the_run_before_any_secret(run: Run, authority: Authority) -> None:
    """Somebody who strips STARTTLS from the offers gets an EHLO and nothing else (RFC 3207 6)."""
    server = ScriptedServer(offers=("PIPELINING", "AUTH PLAIN"))
    verdict = run(failure_at(server, Security.STARTTLS, authority))
    assert (verdict.scope, verdict.step) == (RUN, Step.TLS)
    assert server.commands == ["EHLO sender.example.com"]


@pytest.mark.parametrize(
    ("act", "scope"),
    [
        pytest.param(say("454 4.7.0 later"), RELAY, id="454"),
        pytest.param(say("501 5.5.4 no"), RUN, id="501"),
        pytest.param(CUT, RELAY, id="cut"),
        pytest.param(HANG, RELAY, id="hang"),
        pytest.param(say("220 go", cut=True), RELAY, id="cut in the handshake"),
        pytest.param(say("220 go", hang=True), RELAY, id="hang in the handshake"),
    ],
)
@LOOPS
def test_a_failing_starttls_never_falls_back(run: Run, authority: Authority, act: Act, scope: Scope) -> None:
    """A refusal or an accident at STARTTLS is told, and nothing is said in clear after it."""
    server = ScriptedServer({"STARTTLS": act}, offers=("AUTH PLAIN",), starttls=authority.server())
    verdict = run(failure_at(server, Security.STARTTLS, authority))
    assert (verdict.scope, verdict.step) == (scope, Step.TLS)
    assert server.commands == ["EHLO sender.example.com", "STARTTLS"]


def test_what_is_injected_before_tls_is_not_heard_after_it(authority: Authority) -> None:
    """Replies smuggled in clear behind the 220 do not stand for the encrypted ones."""
    smuggled = say("220 go", "250-evil", "250 AUTH PLAIN")
    server = ScriptedServer({"STARTTLS": smuggled}, offers=("PIPELINING",), starttls=authority.server())
    verdict = asyncio.run(failure_at(server, Security.STARTTLS, authority))
    assert verdict.state is State.QUEUED
    assert [command for command in server.commands if command.startswith("AUTH")] == []


@LOOPS
def test_tls_on_a_port_that_speaks_clear_is_named(run: Run, authority: Authority) -> None:
    """The commonest mistake, security = "tls" on port 587, is told as what it is."""
    verdict = run(failure_at(ScriptedServer(), Security.TLS, authority))
    assert (verdict.scope, verdict.detail) == (RUN, "the relay does not speak TLS on this port")


@pytest.mark.parametrize("content", [None, "", "no certificate"])
def test_an_unusable_ca_file_stops_the_run(tmp_path: Path, content: str | None) -> None:
    """A missing or empty ca_file is a mistake in the settings, told before anybody is connected to."""
    file = tmp_path / "authority.pem"
    if content is not None:
        file.write_text(content)
    relay = Relay(host="localhost", port=free_port(), security=Security.TLS, ca_file=str(file))
    verdict = asyncio.run(failure(relay))
    assert (verdict.scope, verdict.detail.split(":")[0]) == (RUN, "ca_file cannot be read")


# Login


def test_a_refused_password_is_not_tried_again() -> None:
    """One 535 is enough: trying every mechanism with the same password locks accounts."""
    server = ScriptedServer({"AUTH": say("535 5.7.8 no")}, offers=("AUTH PLAIN LOGIN CRAM-MD5",))
    verdict = asyncio.run(failure_at(server, Security.NONE))
    assert len(server.commands) == 2
    assert isinstance(verdict.error("relay"), LoginRefused)


def test_a_mechanism_that_is_only_advertised_is_passed_over() -> None:
    """504 means not this one: the next mechanism may be meant."""

    async def run() -> list[str]:
        acts = [say("504 5.5.4 no PLAIN"), say("334 UGFzc3dvcmQ6")]
        async with ScriptedServer({"AUTH": acts}, offers=("AUTH=PLAIN", "AUTH LOGIN PLAIN")) as server:
            relay = Relay(host="localhost", port=server.port, security=Security.NONE, user="ann")
            session = Session(relay, password=CANARY, hostname="sender.example.com")
            await session.open()
            await session.quit()
            return server.commands

    assert [command.split(" ")[:2] for command in asyncio.run(run())] == [
        ["EHLO", "sender.example.com"],
        ["AUTH", "PLAIN"],
        ["AUTH", "LOGIN"],
        [b64encode(CANARY.encode()).decode()],
        ["QUIT"],
    ]


@pytest.mark.parametrize("offers", [(), ("AUTH GSSAPI",)])
def test_a_relay_without_a_known_login_is_told(offers: tuple[str, ...]) -> None:
    """A user is configured, so sending without login would be sending as somebody else."""
    verdict = asyncio.run(failure_at(ScriptedServer(offers=offers), Security.NONE))
    assert (verdict.scope, verdict.step) == (RUN, Step.LOGIN)


def test_a_user_without_password_is_told_before_connecting() -> None:
    """Nothing is connected to when the login cannot succeed."""
    relay = Relay(host="localhost", port=free_port(), security=Security.NONE, user="ann")
    verdict = asyncio.run(failure(relay))
    assert (verdict.scope, verdict.detail) == (RUN, "no password is known for user ann")


# The door to aiosmtplib


def _library_errors() -> list[type[aiosmtplib.SMTPException]]:
    found = [value for _, value in inspect.getmembers(aiosmtplib.errors, inspect.isclass)]
    return [value for value in found if issubclass(value, aiosmtplib.SMTPException)]


def _sample(kind: type[aiosmtplib.SMTPException]) -> aiosmtplib.SMTPException:
    make: Callable[..., aiosmtplib.SMTPException] = kind
    return make(
        *(550, "words", "who")[:count]
        if (count := len(inspect.signature(kind).parameters)) > 1
        else ("words",)
    )


@pytest.mark.parametrize("kind", _library_errors(), ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("step", [Step.CONNECT, Step.HELLO, Step.TLS, Step.LOGIN])
def test_every_error_of_aiosmtplib_has_a_verdict(kind: type[aiosmtplib.SMTPException], step: Step) -> None:
    """Whatever the library raises while a session opens is a verdict about the relay or the run."""
    verdict = verdict_of(_sample(kind), step)
    answered = issubclass(kind, aiosmtplib.SMTPResponseException)
    assert verdict.scope is (RUN if answered else RELAY)
    assert verdict.state is State.QUEUED
    assert "words" in verdict.detail or "in time" in verdict.detail


def test_the_library_has_the_errors_that_were_looked_at() -> None:
    """A new error in a later aiosmtplib is looked at before it is relied upon."""
    assert {kind.__name__ for kind in _library_errors()} == {
        "SMTPAuthenticationError",
        "SMTPConnectError",
        "SMTPConnectResponseError",
        "SMTPConnectTimeoutError",
        "SMTPDataError",
        "SMTPException",
        "SMTPHeloError",
        "SMTPNotSupported",
        "SMTPReadTimeoutError",
        "SMTPRecipientRefused",
        "SMTPRecipientsRefused",
        "SMTPResponseException",
        "SMTPSenderRefused",
        "SMTPServerDisconnected",
        "SMTPTimeoutError",
    }


@pytest.mark.parametrize(
    ("error", "scope"),
    [
        (ConnectionRefusedError(111, "Connection refused"), RELAY),
        (ConnectionResetError(), RELAY),
        (socket.gaierror(-2, "Name or service not known"), RELAY),
        (TimeoutError(), RELAY),
        (OSError("Multiple exceptions: [Errno 111] one, [Errno 111] two"), RELAY),
        (ssl.SSLError(1, "[SSL] handshake failure"), RELAY),
        (ssl.SSLEOFError(8, "EOF occurred"), RELAY),
        (UnicodeError("label too long"), RUN),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else str(value),
)
def test_every_error_of_sockets_and_tls_has_a_verdict(error: Exception, scope: Scope) -> None:
    """The same for what lies under the library, with words for each."""
    verdict = verdict_of(error, Step.CONNECT)
    assert (verdict.scope, verdict.state) == (scope, State.QUEUED)
    assert verdict.detail.strip()


def test_a_session_failure_is_an_unavailable_relay() -> None:
    """Uncaught, it still ends the program with the right code and names the relay."""
    verdict = verdict_of(ConnectionRefusedError(), Step.CONNECT)
    error = SessionFailure("mail.example.com:587", verdict)
    assert isinstance(error, RelayUnavailable)
    assert error.message == "mail.example.com:587: at connect: connection refused"
