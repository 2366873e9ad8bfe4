"""The moves of a session: claim, hand over, record, release. Each is one compare-and-swap on state and token.

The functions work inside a transaction that the caller opened, so that many of them share one commit.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import (
    Connection,
    Select,
    Text,
    Update,
    and_,
    bindparam,
    case,
    func,
    insert,
    null,
    select,
    update,
)

from dispatch.errors import DispatchError
from dispatch.ledger.prepared import Prepared, Values
from dispatch.ledger.rows import batches, claim_record, printable, stamp, stamp_or_none
from dispatch.ledger.schema import delivery, event, suppression
from dispatch.model.delivery import MOVES, Claim, Outcome, State

IDS_AT_ONCE = 500

_QUEUED, _SENDING, _DEFERRED = State.QUEUED.value, State.SENDING.value, State.DEFERRED.value
_UNCERTAIN, _SUPPRESSED = State.UNCERTAIN.value, State.SUPPRESSED.value


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimRequest:
    """What a run asks for: `limit` copies of one issue for `lease`; `only` narrows it to these ids."""

    issue_id: int
    owner: str
    limit: int
    lease: timedelta
    only: Sequence[int] | None = None


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

_write_event = Prepared(insert(event), ["delivery_id", "at", "from_state", "to_state", "detail"])


def event_values(delivery_id: int, at: int, source: str | None, target: str, detail: str) -> Values:
    """One row for the table `event`."""
    return {"delivery_id": delivery_id, "at": at, "from_state": source, "to_state": target, "detail": detail}


def write_events(connection: Connection, events: Sequence[Values]) -> None:
    """Write moves into the history."""
    _write_event.run(connection, events)


# -- claim


def claim(connection: Connection, request: ClaimRequest, *, now: datetime) -> list[Claim]:
    """Take copies for sending: the deferred ones that are due, then queued ones in order. In id order.

    The suppression list is looked up inside the same statement; whoever joined it since the plan is moved to
    suppressed instead, and the place is given to the next.
    """
    values = _claim_values(request, now)
    claims: list[Claim] = []
    if request.only is None:
        for step in (_due, _waiting):
            claims += _taken(connection, step, values, request.limit - len(claims))
    else:
        for ids in batches(request.only, IDS_AT_ONCE):
            for step in (_due_of, _waiting_of):
                claims += _taken(connection, step, {**values, "only_ids": ids}, request.limit - len(claims))
    return sorted(claims, key=lambda taken: taken.delivery_id)


class _Step(NamedTuple):
    """A claim statement, and the state that it takes from."""

    source: str
    statement: Update


def _candidates(*conditions: Any, order: Any) -> Select[Any]:
    ids = select(delivery.c.id).where(delivery.c.issue_id == bindparam("of_issue"), *conditions)
    return ids.order_by(order).limit(bindparam("at_most")).with_for_update(skip_locked=True)


def _take(source: str, candidates: Select[Any]) -> _Step:
    why = (
        select(suppression.c.reason)
        .where(suppression.c.recipient == delivery.c.recipient)
        .correlate(delivery)
        .scalar_subquery()
    )
    taken = why.is_(None)
    statement = (
        update(delivery)
        .where(delivery.c.id.in_(candidates), delivery.c.state == source)
        .values(
            state=case((taken, _SENDING), else_=_SUPPRESSED),
            reason=func.coalesce(why, delivery.c.reason),
            lease_owner=case((taken, bindparam("new_owner")), else_=null()),
            lease_until=case((taken, bindparam("new_until")), else_=null()),
            lease_token=delivery.c.lease_token + 1,
            next_attempt_at=null(),
            updated_at=bindparam("new_at"),
        )
        .returning(
            delivery.c.id,
            delivery.c.email,
            delivery.c.recipient,
            delivery.c.line,
            delivery.c.fields,
            delivery.c.state,
            delivery.c.reason,
            delivery.c.attempts,
            delivery.c.lease_token,
            delivery.c.message_id,
            delivery.c.message_date,
            delivery.c.first_attempt_at,
        )
    )
    return _Step(source, statement)


_is_due = and_(delivery.c.state == _DEFERRED, delivery.c.next_attempt_at <= bindparam("new_at"))
_is_waiting = delivery.c.state == _QUEUED
_is_wanted = delivery.c.id.in_(bindparam("only_ids", expanding=True))

_due = _take(_DEFERRED, _candidates(_is_due, order=delivery.c.next_attempt_at))
_waiting = _take(_QUEUED, _candidates(_is_waiting, order=delivery.c.id))
_due_of = _take(_DEFERRED, _candidates(_is_due, _is_wanted, order=delivery.c.id))
_waiting_of = _take(_QUEUED, _candidates(_is_waiting, _is_wanted, order=delivery.c.id))


def _claim_values(request: ClaimRequest, now: datetime) -> Values:
    return {
        "of_issue": request.issue_id,
        "new_owner": printable(request.owner),
        "new_until": stamp(now + request.lease),
        "new_at": stamp(now),
    }


def _taken(connection: Connection, step: _Step, values: Values, room: int) -> list[Claim]:
    """Up to `room` claims by this step; suppressed rows make room for the next ones."""
    claims: list[Claim] = []
    while (wanted := room - len(claims)) > 0:
        rows = connection.execute(step.statement, {**values, "at_most": wanted}).all()
        claims += [claim_record(row) for row in rows if row.state == _SENDING]
        write_events(connection, [_claim_event(row, step.source, values) for row in rows])
        if len(rows) < wanted:
            break
    return claims


def _claim_event(row: Any, source: str, values: Values) -> Values:
    owner = values["new_owner"]
    detail = f"taken by {owner}" if row.state == _SENDING else f"on the suppression list: {row.reason}"
    return event_values(row.id, values["new_at"], source, row.state, printable(detail))


# -- hand over, record, release


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
    if not rows:
        return []
    attempt = connection.begin_nested()
    if statement.run(connection, rows) == len(rows):
        attempt.commit()
        return [True] * len(rows)
    attempt.rollback()
    return [statement.run(connection, [row]) == 1 for row in rows]


def _lost(claims: Sequence[Claim], kept: Sequence[bool]) -> set[int]:
    return {one.delivery_id for one, held in zip(claims, kept, strict=True) if not held}


# -- moves that no session makes


def move(
    connection: Connection, ids: Iterable[int], *, to: State, reason: str, detail: str, now: datetime
) -> set[int]:
    """Move copies that no session holds, where that is legal: a report came back, or somebody decided.

    Gives the ids that moved; the others stay as they are.
    """
    if to is State.SENDING:
        raise DispatchError("only a claim makes a copy sending, because it needs a lease")
    at, moved = stamp(now), set[int]()
    for batch in batches(ids, IDS_AT_ONCE):
        for source in (state for state in MOVES if to in MOVES[state] and state is not State.SENDING):
            values = {"only_ids": batch, "source": source.value, "new_state": to.value, "new_at": at}
            rows = connection.execute(_move, {**values, "new_reason": printable(reason)}).all()
            events = [event_values(row.id, at, source.value, to.value, printable(detail)) for row in rows]
            write_events(connection, events)
            moved.update(row.id for row in rows)
    return moved


_move = (
    update(delivery)
    .where(_is_wanted, delivery.c.state == bindparam("source"))
    .values(
        state=bindparam("new_state"),
        reason=bindparam("new_reason"),
        next_attempt_at=null(),
        handed_over_at=case(
            (bindparam("new_state", type_=Text) == _QUEUED, null()), else_=delivery.c.handed_over_at
        ),
        updated_at=bindparam("new_at"),
    )
    .returning(delivery.c.id)
)
