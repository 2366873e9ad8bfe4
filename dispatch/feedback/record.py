"""Feedback to a ledger fact: where a copy goes, and whether its reader is written to again. Pure.

    hard bounce   bounced, and suppressed at once: there is no such mailbox
    soft bounce   bounced, and suppressed after enough distinct days
    block         bounced, and never suppressed: it speaks of the sender
    complaint     complained, and suppressed at once
    unsubscribe   suppressed at once; a doubtful copy has evidently arrived
    all others    counted

Without a token of our own everything is only counted: anybody can write a report.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

from dispatch.feedback.reading import Poison
from dispatch.ledger.feedback import Enough, Fact
from dispatch.mail.feedback import Feedback, Kind
from dispatch.mail.reply import FailureClass
from dispatch.model.delivery import State

QUARANTINED = "quarantined"
_LONGEST_WAY = timedelta(days=60)

_STATES = {Kind.BOUNCE: State.BOUNCED, Kind.COMPLAINT: State.COMPLAINED, Kind.UNSUBSCRIBE: State.SENT}


def fact_of(read: Feedback | Poison, source: str, *, enough: Enough, now: datetime) -> Fact:
    """What is to be written down of one message."""
    if isinstance(read, Poison):
        return Fact(source=source, kind=QUARANTINED, detail=read.reason, arrived_at=now)
    failure = read.failure.value if read.failure else ""
    soft = read.kind is Kind.BOUNCE and read.failure is FailureClass.SOFT
    return Fact(
        source=source,
        kind=read.kind.value,
        failure=failure,
        detail=detail_of(read),
        arrived_at=arrival_time(read.arrived, now),
        delivery_id=read.delivery_id,
        state=_STATES.get(read.kind),
        suppress=_suppression(read),
        enough=enough if soft else None,
    )


def detail_of(feedback: Feedback) -> str:
    """The report in one line: codes and words."""
    codes = [str(feedback.code or ""), feedback.enhanced]
    words = feedback.diagnostic or feedback.reason
    return " ".join(part for part in (*(code for code in codes if code not in words), words) if part)


def arrival_time(date: str, now: datetime) -> datetime:
    """The Date of a report where it can be true: not in the future, and not so old that it never counts."""
    said = said_time(date, now)
    return said if said is not None and now - _LONGEST_WAY < said else now


def said_time(date: str, now: datetime) -> datetime | None:
    """A Date field; None for one that nobody can read, or that lies in the future."""
    try:
        said = parsedate_to_datetime(date)
        said = said.replace(tzinfo=now.tzinfo) if said.tzinfo is None else said
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    return said if said <= now else None


def _suppression(feedback: Feedback) -> str:
    if feedback.kind is Kind.COMPLAINT:
        return "complaint"
    if feedback.kind is Kind.UNSUBSCRIBE:
        return "unsubscribe"
    return "hard" if feedback.kind is Kind.BOUNCE and feedback.failure is FailureClass.HARD else ""
