"""What came back, written down: each message once, with what follows from it, in the caller's transaction.

A report moves its copy where the table of moves allows it, and may put its reader on the suppression list.
Which report asks for what is decided before it comes here (feedback/record.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, func, insert, select

from dispatch.ledger import moves
from dispatch.ledger.rows import moment, printable, stamp, storable
from dispatch.ledger.schema import delivery, feedback
from dispatch.ledger.settling import settle
from dispatch.ledger.suppression import Suppression, suppress
from dispatch.model.delivery import State

_DAY = 24 * 60 * 60 * 1000


class Written(StrEnum):
    """What became of a fact that was to be written down."""

    NEW = "new"
    KNOWN = "known"  # this message has been read before
    LATER = "later"  # its copy is in the hands of a session; it must be read again


@dataclass(frozen=True, slots=True, kw_only=True)
class Enough:
    """How many distinct days with a soft bounce, within which time, are one too many."""

    days: int
    window: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One message that came in. Without `delivery_id` it is only counted.

    `source` is the same for the same message, wherever it is read. `state` is where its copy goes, `suppress`
    the kind of entry that it makes on the suppression list; `enough` holds for soft bounces.
    """

    source: str
    kind: str
    failure: str = ""
    detail: str = ""
    arrived_at: datetime
    delivery_id: int | None = None
    state: State | None = None
    suppress: str = ""
    enough: Enough | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Consequence:
    """What a fact changed. `email` is the reader's, as the list has it; empty without a known copy."""

    written: Written
    email: str = ""
    moved: bool = False
    suppressed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """What is told of one copy: when a message came, what it was, and its words."""

    at: datetime
    kind: str
    failure: str
    detail: str


def write(connection: Connection, fact: Fact, *, now: datetime) -> Consequence:
    """Write one fact down and do what follows from it, once."""
    copy = _copy(connection, fact)
    email = copy.email if copy is not None else ""
    if connection.execute(select(feedback.c.id).where(feedback.c.source == storable(fact.source))).first():
        return Consequence(written=Written.KNOWN, email=email)
    if copy is not None and copy.state == State.SENDING.value:
        return Consequence(written=Written.LATER, email=email)
    connection.execute(
        insert(feedback),
        {
            "source": storable(fact.source),
            "delivery_id": copy.id if copy is not None else None,
            "kind": fact.kind,
            "class": fact.failure,
            "detail": printable(fact.detail) if copy is not None else "",
            "arrived_at": stamp(fact.arrived_at),
            "at": stamp(now),
        },
    )
    if copy is None:
        return Consequence(written=Written.NEW)
    moved = _move(connection, fact, now)
    kind = fact.suppress or _one_too_many(connection, fact, copy.recipient)
    entry = Suppression(key=copy.recipient, reason=fact.detail or fact.kind, kind=kind, source="inbox")
    return Consequence(
        written=Written.NEW,
        email=email,
        moved=moved,
        suppressed=bool(kind) and suppress(connection, entry, now=now),
    )


def _copy(connection: Connection, fact: Fact) -> Any:
    if fact.delivery_id is None:
        return None
    wanted = select(delivery.c.id, delivery.c.email, delivery.c.recipient, delivery.c.state)
    found = wanted.where(delivery.c.id == fact.delivery_id, delivery.c.recipient.is_not(None))
    return connection.execute(found).one_or_none()


def _move(connection: Connection, fact: Fact, now: datetime) -> bool:
    """Where the report sends its copy. Whoever leaves by mail has it."""
    if fact.state is None or fact.delivery_id is None:
        return False
    if fact.state is State.SENT:
        evidence = f"they wrote to leave ({_told(fact)})"
        return settle(connection, fact.delivery_id, reason=fact.detail, evidence=evidence, now=now)
    reason = f"{fact.failure}: {fact.detail}" if fact.failure else fact.detail
    return bool(
        moves.move(connection, [fact.delivery_id], to=fact.state, reason=reason, detail=_told(fact), now=now)
    )


def _told(fact: Fact) -> str:
    return f"{fact.failure} {fact.kind}: {fact.detail}".strip()


def _one_too_many(connection: Connection, fact: Fact, key: str) -> str:
    """`soft` when this reader's soft bounces, of any issue, fall on enough distinct days."""
    if fact.enough is None:
        return ""
    since = stamp(fact.arrived_at - fact.enough.window)
    days = (
        select(func.count(func.distinct(feedback.c.arrived_at // _DAY)))
        .join(delivery, delivery.c.id == feedback.c.delivery_id)
        .where(
            delivery.c.recipient == key,
            feedback.c["class"] == fact.failure,
            feedback.c.kind == fact.kind,
            feedback.c.arrived_at > since,
        )
    )
    return fact.failure if connection.execute(days).scalar_one() >= fact.enough.days else ""


def remarks(connection: Connection, delivery_id: int) -> tuple[Remark, ...]:
    """Everything that came back about one copy, in the order in which it was read."""
    rows = select(feedback).where(feedback.c.delivery_id == delivery_id).order_by(feedback.c.id)
    return tuple(
        Remark(at=moment(row.at), kind=row.kind, failure=row._mapping["class"], detail=row.detail)
        for row in connection.execute(rows)
    )


def counts(connection: Connection, since: datetime | None = None) -> Mapping[tuple[str, str], int]:
    """How many messages came in, by kind and class; only those read after `since` when it is given."""
    rows = select(feedback.c.kind, feedback.c["class"], func.count()).group_by(
        feedback.c.kind, feedback.c["class"]
    )
    if since is not None:
        rows = rows.where(feedback.c.at > stamp(since))
    return {(row[0], row[1]): row[2] for row in connection.execute(rows)}
