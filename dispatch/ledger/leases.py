"""What a session says of its claims: handed over, recorded, given back. Each is a compare-and-swap.

State and lease token are compared, so a session that lost its lease changes nothing and hears of it. The
functions work inside a transaction that the caller opened, so that many of them share one commit.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Text, and_, bindparam, case, func, null, update

from dispatch.errors import DispatchError
from dispatch.ledger.history import event_values, write_events
from dispatch.ledger.prepared import Prepared, Values
from dispatch.ledger.rows import printable, stamp, stamp_or_none
from dispatch.ledger.schema import delivery
from dispatch.model.delivery import MOVES, Claim, Outcome, State

_QUEUED, _SENDING = State.QUEUED.value, State.SENDING.value
_DEFERRED, _UNCERTAIN = State.DEFERRED.value, State.UNCERTAIN.value


def _held() -> Any:
    """The row is still the caller's: nobody moved it and nobody claimed it since."""
    return and_(
        delivery.c.id == bindparam("held_id"),
        delivery.c.state == _SENDING,
        delivery.c.lease_token == bindparam("held_token"),
    )


_hand_over = Prepared(
    update(delivery).where(_held()).values(handed_over_at=bindparam("new_at"), updated_at=bindparam("new_at"))
)

_release = Prepared(
    update(delivery)
    .where(_held())
    .values(
        state=_QUEUED,
        handed_over_at=null(),
        lease_owner=null(),
        lease_until=null(),
        updated_at=bindparam("new_at"),
    )
)

_record = Prepared(
    update(delivery)
    .where(_held())
    .values(
        state=bindparam("new_state"),
        reason=bindparam("new_reason"),
        attempts=delivery.c.attempts + bindparam("new_attempts"),
        first_attempt_at=func.coalesce(delivery.c.first_attempt_at, bindparam("new_first")),
        # A doubtful copy is sent a second time once, never a third time.
        next_attempt_at=case(
            (and_(bindparam("new_state", type_=Text) == _UNCERTAIN, delivery.c.resends > 0), null()),
            else_=bindparam("new_next"),
        ),
        # Back in the line means that the session proved that nobody accepted it.
        handed_over_at=case(
            (bindparam("new_state", type_=Text) == _QUEUED, null()),
            (bindparam("new_state", type_=Text) == _DEFERRED, null()),
            else_=delivery.c.handed_over_at,
        ),
        smtp_code=bindparam("new_code"),
        enhanced_code=bindparam("new_enhanced"),
        reply_text=bindparam("new_reply"),
        relay=bindparam("new_relay"),
        lease_owner=null(),
        lease_until=null(),
        updated_at=bindparam("new_at"),
    )
)


def hand_over(connection: Connection, claims: Sequence[Claim], *, now: datetime) -> set[int]:
    """Mark that the final dot may leave from now on. Gives the ids whose lease was lost: no dot for those."""
    at = stamp(now)
    return _lost(claims, _swap(connection, _hand_over, [{**_token(one), "new_at": at} for one in claims]))


def record(connection: Connection, outcomes: Sequence[Outcome], *, now: datetime) -> set[int]:
    """Write what became of claims. Gives the ids whose lease was lost; nothing is written about those."""
    check_moves(outcomes)
    at = stamp(now)
    kept = _swap(connection, _record, [_recorded(one, at) for one in outcomes])
    moved = [one for one, held in zip(outcomes, kept, strict=True) if held]
    write_events(
        connection,
        [event_values(one.claim.delivery_id, at, _SENDING, one.state.value, detail(one)) for one in moved],
    )
    return _lost([one.claim for one in outcomes], kept)


def release(connection: Connection, claims: Sequence[Claim], *, now: datetime) -> set[int]:
    """Put claims back in the line, unused. Gives the ids whose lease was lost."""
    at = stamp(now)
    kept = _swap(connection, _release, [{**_token(one), "new_at": at} for one in claims])
    moved = [one for one, held in zip(claims, kept, strict=True) if held]
    write_events(
        connection,
        [event_values(one.delivery_id, at, _SENDING, _QUEUED, "given back unused") for one in moved],
    )
    return _lost(claims, kept)


def check_moves(outcomes: Iterable[Outcome]) -> None:
    """Refuse an outcome that the table of legal moves does not know; that is a fault of the program."""
    for one in outcomes:
        if one.state not in MOVES[State.SENDING]:
            raise DispatchError(f"a copy cannot go from sending to {one.state}")
        if one.state is State.DEFERRED and one.next_attempt_at is None:
            raise DispatchError("a deferred copy needs the time of its next attempt")


def detail(outcome: Outcome) -> str:
    """One outcome in a line: `250 2.0.0 Ok: queued as 1234 (mx.example.com:25)`."""
    enhanced = "" if outcome.reply.startswith(outcome.enhanced) else outcome.enhanced
    words = " ".join(part for part in (str(outcome.code or ""), enhanced, outcome.reply) if part)
    if outcome.reason and outcome.reason not in words:
        words = f"{outcome.reason}: {words}" if words else outcome.reason
    return printable(f"{words} ({outcome.relay})".strip() if outcome.relay else words)


def _recorded(outcome: Outcome, at: int) -> Values:
    waits = outcome.state in (State.DEFERRED, State.UNCERTAIN)
    return {
        **_token(outcome.claim),
        "new_state": outcome.state.value,
        "new_reason": printable(outcome.reason),
        "new_attempts": int(outcome.uses_attempt),
        "new_first": at if outcome.uses_attempt else None,
        "new_next": stamp_or_none(outcome.next_attempt_at) if waits else None,
        "new_code": outcome.code,
        "new_enhanced": printable(outcome.enhanced),
        "new_reply": printable(outcome.reply),
        "new_relay": printable(outcome.relay),
        "new_at": at,
    }


def _token(one: Claim) -> Values:
    return {"held_id": one.delivery_id, "held_token": one.lease_token}


def _swap(connection: Connection, statement: Prepared, rows: Sequence[Values]) -> list[bool]:
    """Run the statement for each row; which of them were still held.

    Nearly always all are, and one executemany tells. Otherwise it is undone and each row is asked alone.
    """
    if len(rows) > 1:
        attempt = connection.begin_nested()
        if statement.run(connection, rows) == len(rows):
            attempt.commit()
            return [True] * len(rows)
        attempt.rollback()
    return [statement.run(connection, [row]) == 1 for row in rows]


def _lost(claims: Sequence[Claim], kept: Sequence[bool]) -> set[int]:
    return {one.delivery_id for one, held in zip(claims, kept, strict=True) if not held}
