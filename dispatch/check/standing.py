"""LED and SPM: how the sender stands with those who judge mail, by the ledger and by SpamAssassin."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from dispatch.check.place import Place
from dispatch.check.rule import Found, Rule, Sample, Severity
from dispatch.check.view import View

_ENOUGH = 100  # copies before a share says anything
_FEW = 3  # complaints or bounces that are no trend yet
_SPAM = 5.0
_HONOURED_WITHIN = timedelta(hours=48)


def _share(view: View, count: int, mild: float, grave: float, what: str) -> Iterator[Found]:
    sent = view.track_record.sent if view.track_record else 0
    if sent < _ENOUGH or count / sent < mild:
        return
    is_grave = count / sent >= grave and count >= _FEW
    message = f"{count:,} {what} on {sent:,} copies of the last 30 days, {count / sent:.2%}"
    severity = Severity.ERROR if is_grave else Severity.WARNING
    yield Found(place=Place(view.file, 1), message=message, severity=severity)


def _complaints(view: View) -> Iterator[Found]:
    if view.track_record:
        yield from _share(view, view.track_record.complaints, 0.001, 0.003, "complaints")


def _bounces(view: View) -> Iterator[Found]:
    if view.track_record:
        yield from _share(view, view.track_record.hard_bounces, 0.02, 0.05, "hard bounces")


def _volume(view: View) -> Iterator[Found]:
    if view.track_record is None or view.people is None or not view.track_record.busiest_day:
        return
    due = view.people.rows - view.people.bad.count - view.people.duplicates.count
    if view.people.is_whole and due > 2 * view.track_record.busiest_day and due > _ENOUGH:
        message = (
            f"{due:,} copies are over twice the {view.track_record.busiest_day:,} of the busiest of "
            "the last 14 days; send in stages: dispatch send --stages 10%,50%,100% --hold 24h"
        )
        yield Found(place=Place(view.file, 1), message=message)


def _unsubscribes(view: View) -> Iterator[Found]:
    waiting = view.track_record.oldest_unsubscribe_waiting if view.track_record else None
    if waiting and view.now - waiting > _HONOURED_WITHIN:
        hours = (view.now - waiting).total_seconds() / 3600
        message = (
            f"a mailed unsubscribe waits in the inbox for {hours:.0f} hours; providers want it honoured "
            "within 48: dispatch inbox"
        )
        yield Found(place=Place(view.file, 1), message=message)


def _spam_score(view: View) -> Iterator[Found]:
    if view.spam and view.spam[0] >= _SPAM:
        message = f"SpamAssassin gives {view.spam[0]:.1f} points of {view.spam[1]:.1f}"
        yield Found(place=Place(view.file, 1), message=message)


RULES = (
    Rule(
        id="SPM001",
        severity=Severity.WARNING,
        why="Five points are what many servers call spam; asked only where spamc is installed.",
        source="SpamAssassin: required_score",
        kind=Sample.SPAM,
        bad="6.1/5.0",
        good="0.3/5.0",
        look=_spam_score,
    ),
    Rule(
        id="LED001",
        severity=Severity.ERROR,
        why="At 0.3 % complaints providers stop delivering, at 0.1 % they begin to look.",
        source="Google's and Yahoo's requirements for senders, 2024",
        kind=Sample.LEDGER,
        bad="sent 1000, complaints 4",
        good="sent 10000, complaints 4",
        look=_complaints,
    ),
    Rule(
        id="LED002",
        severity=Severity.ERROR,
        why="Many addresses that do not exist are the mark of a bought or forgotten list.",
        source="M3AAWG: sender best common practices",
        kind=Sample.LEDGER,
        bad="sent 1000, bounces 60",
        good="sent 1000, bounces 6",
        look=_bounces,
    ),
    Rule(
        id="LED003",
        severity=Severity.WARNING,
        why="A sender who suddenly sends far more than ever looks like one who was broken into.",
        source="M3AAWG: sender best common practices, warming up",
        kind=Sample.LEDGER,
        bad="sent 500, busiest 40, listed 400",
        good="sent 500, busiest 300, listed 400",
        look=_volume,
    ),
    Rule(
        id="LED004",
        severity=Severity.ERROR,
        why="Who has left must not get the next letter.",
        source="Google's and Yahoo's requirements for senders, 2024: within two days",
        kind=Sample.LEDGER,
        bad="waiting 60",
        good="waiting 6",
        look=_unsubscribes,
    ),
)
