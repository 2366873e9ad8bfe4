"""Replies are read from bytes in any pieces, and each step gives them the meaning that delivery promises."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.errors import LoginRefused, RelayUnavailable
from dispatch.mail.reply import (
    MAX_LINE,
    FailureClass,
    Reply,
    ReplyParser,
    ReplyUnreadable,
    Scope,
    Step,
    Verdict,
    classify,
    judge,
    judge_loss,
    printable,
)
from dispatch.model.delivery import MOVES, State

REPLIES = [
    pytest.param(b"250 ok\r\n", [Reply(250, "", "ok")], id="one line"),
    pytest.param(b"250 2.1.0 ok\r\n", [Reply(250, "2.1.0", "ok")], id="enhanced code"),
    pytest.param(b"250\r\n", [Reply(250)], id="no text"),
    pytest.param(b"250 \r\n", [Reply(250)], id="blank text"),
    pytest.param(b"250 ok\n", [Reply(250, "", "ok")], id="bare LF"),
    pytest.param(b"550-5.1.1 no\r\n550 5.1.1 user\r\n", [Reply(550, "5.1.1", "no user")], id="two lines"),
    pytest.param(b"250-\r\n250 ok\r\n", [Reply(250, "", "ok")], id="empty first line"),
    pytest.param(b"250 5.1.1 odd\r\n", [Reply(250, "", "5.1.1 odd")], id="enhanced code of another class"),
    pytest.param(b"550 5.1.1\r\n", [Reply(550, "5.1.1", "")], id="enhanced code alone"),
    pytest.param(b"550 5.1.1x no\r\n", [Reply(550, "", "5.1.1x no")], id="almost an enhanced code"),
    pytest.param(b"250 a\r\n354 b\r\n", [Reply(250, "", "a"), Reply(354, "", "b")], id="two replies"),
    pytest.param("550 größer\r\n".encode(), [Reply(550, "", "größer")], id="UTF-8"),
    pytest.param(b"550 gr\xf6\xdfer\r\n", [Reply(550, "", "gr\ufffd\ufffder")], id="not UTF-8"),
    pytest.param(b"550 x\r\r\n", [Reply(550, "", "x")], id="stray CR"),
    pytest.param(b"550 a\rINFO sent\r\n", [Reply(550, "", "a\\rINFO sent")], id="CR within"),
    pytest.param(b"550 \x1b[2Jgone\x00\r\n", [Reply(550, "", "\\x1b[2Jgone\\x00")], id="ANSI and NUL"),
]

UNREADABLE = [
    pytest.param(b"HTTP/1.1 400 Bad Request\r\n", id="not SMTP"),
    pytest.param(b"\r\n", id="empty line"),
    pytest.param(b"25 ok\r\n", id="two digits"),
    pytest.param(b"2500 ok\r\n", id="four digits"),
    pytest.param(b"650 ok\r\n", id="sixth class"),
    pytest.param(b"250:ok\r\n", id="wrong separator"),
    pytest.param("２５０ ok\r\n".encode(), id="digits of another script"),
    pytest.param(b"250-a\r\n550 b\r\n", id="code changes"),
    pytest.param(b"250 " + b"x" * MAX_LINE, id="line without end"),
    pytest.param(b"250 " + b"x" * MAX_LINE + b"\r\n", id="line too long"),
    pytest.param(b"250-more\r\n" * 129, id="lines without end"),
    pytest.param((b"250-" + b"x" * 2000 + b"\r\n") * 40, id="reply too big"),
]


@pytest.mark.parametrize(("data", "expected"), REPLIES)
def test_reads_replies_whole_and_byte_by_byte(data: bytes, expected: list[Reply]) -> None:
    """The same bytes give the same replies however the network cuts them."""
    assert list(ReplyParser().feed(data)) == expected
    parser = ReplyParser()
    assert [reply for i in range(len(data)) for reply in parser.feed(data[i : i + 1])] == expected
    assert not parser.pending


@pytest.mark.parametrize("data", UNREADABLE)
def test_refuses_what_is_no_reply_or_has_no_end(data: bytes) -> None:
    """Garbage and endless answers are named, never waited for and never guessed at."""
    with pytest.raises(ReplyUnreadable):
        list(ReplyParser().feed(data))


def test_what_was_answered_before_the_garbage_counts() -> None:
    """A 250 and the garbage behind it may share a packet; the 250 was said all the same."""
    replies = ReplyParser().feed(b"250 ok\r\ngarbage\r\n")
    assert next(replies) == Reply(250, "", "ok")
    with pytest.raises(ReplyUnreadable):
        next(replies)


def test_pending_tells_a_begun_reply() -> None:
    """Half a line and half a reply are both outstanding."""
    parser, pending = ReplyParser(), []
    for data in (b"", b"25", b"0-more\r\n", b"250 done\r\n"):
        list(parser.feed(data))
        pending.append(parser.pending)
    assert pending == [False, True, True, False]


@given(st.binary(max_size=300), st.lists(st.integers(1, 40), max_size=20))
def test_any_bytes_are_read_or_refused(data: bytes, cuts: list[int]) -> None:
    """No input crashes the parser, and what it returns is one printable line."""
    parser = ReplyParser()
    try:
        for cut in [*cuts, len(data)]:
            for reply in parser.feed(data[:cut]):
                assert str(reply).isprintable()
            data = data[cut:]
    except ReplyUnreadable as error:
        words = str(error)
    else:
        words = ""
    assert words.isprintable()


@given(st.text())
def test_printable_leaves_no_control_behind(text: str) -> None:
    """What a stranger wrote becomes one line that no terminal obeys; plain text stays as it is."""
    assert printable(text).isprintable()
    assert printable(text) == text or not text.isprintable()


OPENING = (Step.CONNECT, Step.GREETING, Step.HELLO, Step.TLS, Step.LOGIN)
RELAY, RUN = (Scope.RELAY, State.QUEUED, False), (Scope.RUN, State.QUEUED, False)
CLOSED = (Scope.CONNECTION, State.QUEUED, False)
DEFERRED, FAILED = (Scope.RECIPIENT, State.DEFERRED, True), (Scope.RECIPIENT, State.FAILED, True)
UNCERTAIN = (Scope.RECIPIENT, State.UNCERTAIN, True)
SENT = (Scope.RECIPIENT, State.SENT, True)

MEANINGS = {
    (Step.GREETING, 220): None,
    (Step.GREETING, 421): RELAY,
    (Step.GREETING, 450): RELAY,
    (Step.GREETING, 554): RUN,
    (Step.GREETING, 250): RELAY,
    (Step.HELLO, 250): None,
    (Step.HELLO, 421): RELAY,
    (Step.HELLO, 502): RUN,
    (Step.HELLO, 550): RUN,
    (Step.TLS, 220): None,
    (Step.TLS, 454): RELAY,
    (Step.TLS, 501): RUN,
    (Step.LOGIN, 235): None,
    (Step.LOGIN, 454): RELAY,
    (Step.LOGIN, 421): RELAY,
    (Step.LOGIN, 535): RUN,
    (Step.LOGIN, 250): RELAY,
    (Step.MAIL, 250): None,
    (Step.MAIL, 421): CLOSED,
    (Step.MAIL, 451): RELAY,
    (Step.MAIL, 550): RUN,
    (Step.MAIL, 354): CLOSED,
    (Step.RCPT, 250): None,
    (Step.RCPT, 251): None,
    (Step.RCPT, 421): CLOSED,
    (Step.RCPT, 450): DEFERRED,
    (Step.RCPT, 452): DEFERRED,
    (Step.RCPT, 550): FAILED,
    (Step.RCPT, 552): FAILED,
    (Step.RCPT, 354): CLOSED,
    (Step.RCPT, 150): CLOSED,
    (Step.DATA, 354): None,
    (Step.DATA, 421): CLOSED,
    (Step.DATA, 451): DEFERRED,
    (Step.DATA, 554): FAILED,
    (Step.DATA, 250): CLOSED,
    (Step.DOT, 250): SENT,
    (Step.DOT, 421): CLOSED,
    (Step.DOT, 451): DEFERRED,
    (Step.DOT, 552): FAILED,
    (Step.DOT, 354): UNCERTAIN,
    (Step.DOT, 150): UNCERTAIN,
    (Step.QUIT, 221): None,
}


def _gist(verdict: Verdict | None) -> tuple[Scope, State | None, bool] | None:
    return (verdict.scope, verdict.state, verdict.uses_attempt) if verdict else None


@pytest.mark.parametrize(
    ("step", "code", "expected"),
    [pytest.param(step, code, gist, id=f"{step} {code}") for (step, code), gist in MEANINGS.items()],
)
def test_each_step_gives_a_code_its_meaning(
    step: Step, code: int, expected: tuple[Scope, State, bool] | None
) -> None:
    """Which failure belongs to whom, line by line."""
    assert _gist(judge(step, Reply(code))) == expected


@pytest.mark.parametrize("step", list(Step))
def test_every_verdict_is_a_legal_move(step: Step) -> None:
    """Whatever is answered, the copy goes where a copy being sent may go, and the words say so."""
    for code in range(100, 600):
        verdict = judge(step, Reply(code, "", "words"))
        if verdict is None:
            continue
        assert verdict.state in MOVES[State.SENDING]
        assert verdict.step is step
        assert str(code) in verdict.detail
        assert verdict.uses_attempt == (verdict.scope is Scope.RECIPIENT)


@pytest.mark.parametrize("step", list(Step))
def test_only_a_failed_recipient_is_final(step: Step) -> None:
    """No answer outside 5yz loses a person, and none before RCPT does."""
    for code in range(100, 600):
        verdict = judge(step, Reply(code))
        if verdict is not None and verdict.state is State.FAILED:
            assert code >= 500
            assert step in {Step.RCPT, Step.DATA, Step.DOT}


@pytest.mark.parametrize("step", list(Step))
@pytest.mark.parametrize("dot_sent", [False, True])
def test_a_loss_is_in_doubt_only_after_the_dot(step: Step, dot_sent: bool) -> None:
    """Before the dot a lost copy is safely queued again; opening belongs to the relay."""
    verdict = judge_loss(step, dot_sent, "gone")
    if step is Step.DOT and dot_sent:
        assert _gist(verdict) == UNCERTAIN
    else:
        assert _gist(verdict) == (RELAY if step in OPENING else CLOSED)
    assert "gone" in verdict.detail


CLASSES = [
    ("550 5.1.1 no such user", FailureClass.HARD),
    ("550 5.1.2 no such domain", FailureClass.HARD),
    ("553 5.1.3 bad syntax", FailureClass.HARD),
    ("551 5.1.6 moved", FailureClass.HARD),
    ("556 5.1.10 null MX", FailureClass.HARD),
    ("550 5.2.1 mailbox disabled", FailureClass.HARD),
    ("552 5.2.2 mailbox full", FailureClass.SOFT),
    ("552 5.3.4 too big", FailureClass.SOFT),
    ("550 5.4.1 access denied", FailureClass.SOFT),
    ("554 5.6.0 no such user", FailureClass.SOFT),
    ("550 5.7.1 user unknown", FailureClass.BLOCK),
    ("554 5.7.26 unauthenticated", FailureClass.BLOCK),
    ("550 user unknown", FailureClass.HARD),
    ("550 No such user here", FailureClass.HARD),
    ("550 Mailbox unavailable", FailureClass.HARD),
    ("550 5.1.0 recipient does not exist", FailureClass.HARD),
    ("553 sorry, no mailbox here by that name", FailureClass.HARD),
    ("550 user unknown, blocked by policy", FailureClass.BLOCK),
    ("554 your IP is listed at a DNSBL", FailureClass.BLOCK),
    ("554 user unknown", FailureClass.SOFT),
    ("550 rejected", FailureClass.SOFT),
    ("450 4.1.1 user unknown", FailureClass.SOFT),
    ("450 4.7.1 greylisted", FailureClass.SOFT),
]


@pytest.mark.parametrize(("line", "expected"), [pytest.param(*case, id=case[0]) for case in CLASSES])
def test_refusals_are_classified(line: str, expected: FailureClass) -> None:
    """Only a refusal that speaks of the address itself suppresses it; policy never does."""
    [reply] = ReplyParser().feed(f"{line}\r\n".encode())
    assert classify(reply) is expected
    verdict = judge(Step.RCPT, reply)
    assert verdict is not None
    assert (verdict.is_hard, verdict.is_policy) == (
        expected is FailureClass.HARD,
        expected is FailureClass.BLOCK,
    )


def test_a_refused_login_ends_the_run_by_its_own_name() -> None:
    """The reason of a run that stops names the relay, the reply and what to do."""
    login, sender = judge(Step.LOGIN, Reply(535, "5.7.8", "wrong")), judge(Step.MAIL, Reply(550, "", "no"))
    assert login is not None
    assert sender is not None
    error = login.error("mail.example.com:587")
    assert isinstance(error, LoginRefused)
    assert error.message == "mail.example.com:587: the relay answered 535 5.7.8 wrong to AUTH"
    assert error.hint == "check user and password of the relay"
    assert isinstance(sender.error("mail.example.com:587"), RelayUnavailable)
