"""How sending went of late, over all issues: what providers judge a sender by."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, exists, func, or_, select

from dispatch.ledger.ledger import Ledger
from dispatch.ledger.rows import stamp
from dispatch.ledger.schema import delivery, feedback
from dispatch.model.delivery import State

_SPAN = timedelta(days=30)
_VOLUME_SPAN = timedelta(days=14)
_DAY = 24 * 60 * 60 * 1000  # milliseconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Reputation:
    """Copies handed over in the last 30 days and what came back; the most on one of the last 14 (UTC)."""

    sent: int
    complaints: int
    hard_bounces: int
    busiest_day: int


def reputation(ledger: Ledger, *, now: datetime) -> Reputation:
    """Count over all issues. A hard bounce is a report of that class, or a refusal of the address itself.

    A full mailbox says nothing of the list, and a refusal of the sender nothing of an address.
    """
    at = delivery.c.handed_over_at
    arrived = (State.SENT, State.BOUNCED, State.COMPLAINED)
    recent = select(func.count()).where(at >= stamp(now - _SPAN))
    reported = exists().where(
        feedback.c.delivery_id == delivery.c.id,
        feedback.c.kind == "bounce",
        feedback.c["class"] == "hard",
    )
    came_back = and_(delivery.c.state == State.BOUNCED.value, reported)
    no_such_address = and_(delivery.c.state == State.FAILED.value, delivery.c.enhanced_code.like("5.1.%"))
    counts = (
        recent.where(delivery.c.state.in_([state.value for state in arrived])),
        recent.where(delivery.c.state == State.COMPLAINED.value),
        select(func.count()).where(
            func.coalesce(at, delivery.c.first_attempt_at) >= stamp(now - _SPAN),
            or_(came_back, no_such_address),
        ),
    )
    day = (at / _DAY).label("day")
    daily = (
        select(func.count().label("copies"))
        .where(at >= stamp(now - _VOLUME_SPAN), delivery.c.state.in_([state.value for state in arrived]))
        .group_by(func.floor(day))
        .subquery()
    )
    with ledger.database.reading() as connection:
        sent, complaints, bounces = (connection.execute(one).scalar_one() for one in counts)
        busiest = connection.execute(select(func.max(daily.c.copies))).scalar_one()
    return Reputation(sent=sent, complaints=complaints, hard_bounces=bounces, busiest_day=busiest or 0)
