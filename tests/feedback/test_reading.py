"""Reading within bounds: hostile messages are refused by their reason, and none makes the reader fail."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings

from dispatch.feedback.mailbox import MAX_SIZE, Arrival
from dispatch.feedback.reading import Poison, read_message
from dispatch.mail.feedback import Feedback, Kind
from tests.fuzz_reports import misreads, mutated
from tests.mail.reports import corpus, nobody


def _arrival(raw: bytes, size: int | None = None, fault: str = "") -> Arrival:
    return Arrival(name="one", raw=raw, size=len(raw) if size is None else size, fault=fault)


@given(mutated())
@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
def test_mutated_reports_do_not_make_it_fail(raw: bytes) -> None:
    """The everyday form of `python -m tests.fuzz_reports`."""
    assert misreads(raw) == ""


@pytest.mark.parametrize(
    ("arrival", "reason"),
    [
        (_arrival(b"x", size=MAX_SIZE + 1), "larger than 64 MB"),
        (_arrival(b"", fault="it cannot be read: Permission denied"), "it cannot be read: Permission denied"),
        (
            _arrival(
                b"".join(b"Content-Type: multipart/mixed; boundary=%d\n\n--%d\n" % (n, n) for n in range(99))
            ),
            "parts are nested more than 12 deep",
        ),
    ],
)
def test_what_cannot_be_read_is_poison(arrival: Arrival, reason: str) -> None:
    """With the reason for its owner."""
    assert read_message(arrival, nobody) == Poison(reason)


def test_a_bug_in_the_reader_is_poison_and_no_end() -> None:
    """Whatever is raised over one message, the others are read."""

    def broken(_purpose: str, _token: str) -> int | None:
        raise RecursionError("a bug")

    raw = b"To: bounces+aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@example.com\n\n"
    assert read_message(_arrival(raw), broken) == Poison("it cannot be read: RecursionError: a bug")


def test_what_takes_too_long_is_interrupted(monkeypatch: pytest.MonkeyPatch) -> None:
    """By the clock of the system, in the middle of whatever it does."""
    monkeypatch.setattr("dispatch.feedback.reading._SECONDS", 0.05)

    def endless(_purpose: str, _token: str) -> int | None:
        while True:
            pass

    raw = b"To: bounces+aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@example.com\n\n"
    assert read_message(_arrival(raw), endless) == Poison("it takes more than 0.05 s to read")


def test_the_opinion_is_asked_only_where_nobody_is_named() -> None:
    """About bounces, and never in place of what the report says."""
    asked: list[bytes] = []

    def opinion(raw: bytes) -> tuple[str, ...]:
        asked.append(raw)
        return ("kim@example.net",)

    named = next(sample.raw for sample in corpus() if sample.name == "qmail-user-unknown")
    unnamed = (
        b"From: MAILER-DAEMON@example.org\nSubject: failure notice\n\nYour mail could not be delivered.\n"
    )
    assert read_message(_arrival(named), nobody, opinion) == read_message(_arrival(named), nobody)
    read = read_message(_arrival(unnamed), nobody, opinion)
    assert isinstance(read, Feedback)
    assert (read.kind, read.recipient, asked) == (Kind.BOUNCE, "kim@example.net", [unnamed])
