"""What a session says of its claims: handed over, recorded, given back. Each is a compare-and-swap.

State and lease token are compared, so a session that lost its lease changes nothing and hears of it. The
functions work inside a transaction that the caller opened, so that many of them share one commit.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, TypeAlias

from sqlalchemy import Connection, FromClause, and_, bindparam, case, func, null, select, update

from dispatch.errors import DispatchError
from dispatch.ledger.given import Statement, as_text, given
from dispatch.ledger.history import write_events
from dispatch.ledger.rows import printable, stamp, stamp_or_none
from dispatch.ledger.schema import delivery
from dispatch.model.delivery import MOVES, Claim, Outcome, State

_Token: TypeAlias = tuple[int, int]  # the id of a copy and the lease by which a claim holds it
_QUEUED, _SENDING = State.QUEUED.value, State.SENDING.value
_DEFERRED, _UNCERTAIN = State.DEFERRED.value, State.UNCERTAIN.value

_claims = given("held_id", "held_token")
_outcomes = given(
    *("held_id", "held_token", "state", "reason", "attempts", "first_at", "next_at"),
    *("code", "enhanced", "reply", "relay"),
)


def _held(rows: FromClause) -> Any:
    """The row is still the caller's: nobody moved it and nobody claimed it since."""
    return and_(
        delivery.c.id == rows.c.held_id,
        delivery.c.state == _SENDING,
        delivery.c.lease_token == rows.c.held_token,
    )


_still_held = Statement(
    select(func.json_group_array(func.json_array(delivery.c.id, delivery.c.lease_token))).where(
        _held(_claims)
    )
)

_hand_over = Statement(
    update(delivery)
    .where(_held(_claims))
    .values(handed_over_at=bindparam("new_at"), updated_at=bindparam("new_at"))
)

_release = Statement(
    update(delivery)
    .where(_held(_claims))
    .values(
        state=_QUEUED,
        handed_over_at=null(),
        lease_owner=null(),
        lease_until=null(),
        updated_at=bindparam("new_at"),
    )
)

_record = Statement(
    update(delivery)
    .where(_held(_outcomes))
    .values(
        state=_outcomes.c.state,
        reason=_outcomes.c.reason,
        attempts=delivery.c.attempts + _outcomes.c.attempts,
        first_attempt_at=func.coalesce(delivery.c.first_attempt_at, _outcomes.c.first_at),
        # A doubtful copy is sent a second time once, never a third time.
        next_attempt_at=case(
            (and_(_outcomes.c.state == _UNCERTAIN, delivery.c.resends > 0), null()),
            else_=_outcomes.c.next_at,
        ),
        # Back in the line means that the session proved that nobody accepted it.
        handed_over_at=case(
            (_outcomes.c.state == _QUEUED, null()),
            (_outcomes.c.state == _DEFERRED, null()),
            else_=delivery.c.handed_over_at,
        ),
        smtp_code=_outcomes.c.code,
        enhanced_code=_outcomes.c.enhanced,
        reply_text=_outcomes.c.reply,
        relay=_outcomes.c.relay,
        lease_owner=null(),
        lease_until=null(),
        updated_at=bindparam("new_at"),
    )
)


def hand_over(connection: Connection, claims: Sequence[Claim], *, now: datetime) -> set[int]:
    """Mark that the final dot may leave from now on. Gives the ids whose lease was lost: no dot for those."""
    tokens = {_token(one) for one in claims}
    text = as_text(list(tokens))
    if _hand_over.run(connection, text, new_at=stamp(now)).rowcount == len(tokens):
        return set()
    return {number for number, _ in tokens - _held_among(connection, text)}


def record(connection: Connection, outcomes: Sequence[Outcome], *, now: datetime) -> set[int]:
    """Write what became of claims. Gives the ids whose lease was lost; nothing is written about those."""
    check_moves(outcomes)
    at = stamp(now)
    kept = _swap(connection, _record, [_recorded(one, at) for one in outcomes], at)
    write_events(
        connection,
        [
            (one.claim.delivery_id, at, _SENDING, one.state.value, detail(one))
            for one, held in zip(outcomes, kept, strict=True)
            if held
        ],
    )
    return _lost([one.claim for one in outcomes], kept)


def release(connection: Connection, claims: Sequence[Claim], *, now: datetime) -> set[int]:
    """Put claims back in the line, unused. Gives the ids whose lease was lost."""
    at = stamp(now)
    kept = _swap(connection, _release, [_token(one) for one in claims], at)
    moved = [one for one, held in zip(claims, kept, strict=True) if held]
    write_events(connection, [(one.delivery_id, at, _SENDING, _QUEUED, "given back unused") for one in moved])
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


def _recorded(outcome: Outcome, at: int) -> tuple[Any, ...]:
    claim, waits = outcome.claim, outcome.state in (State.DEFERRED, State.UNCERTAIN)
    return (
        claim.delivery_id,
        claim.lease_token,
        outcome.state.value,
        printable(outcome.reason),
        int(outcome.uses_attempt),
        at if outcome.uses_attempt else None,
        stamp_or_none(outcome.next_attempt_at) if waits else None,
        outcome.code,
        printable(outcome.enhanced),
        printable(outcome.reply),
        printable(outcome.relay),
    )


def _token(one: Claim) -> _Token:
    return one.delivery_id, one.lease_token


def _swap(
    connection: Connection, statement: Statement, rows: Sequence[tuple[Any, ...]], at: int
) -> list[bool]:
    """Run the statement for the rows that are still held, the first of several for one copy; which those are.

    Nearly always all are. Who holds a lease cannot change meanwhile: the transaction has the write lock.
    """
    text = as_text(rows)
    held = _held_among(connection, text) if rows else set()
    kept = []
    for row in rows:
        kept.append(row[:2] in held)
        held.discard(row[:2])
    if any(kept):
        text = text if all(kept) else as_text([row for row, one in zip(rows, kept, strict=True) if one])
        statement.run(connection, text, new_at=at)
    return kept


def _held_among(connection: Connection, rows: str) -> set[_Token]:
    return {(number, token) for number, token in json.loads(_still_held.run(connection, rows).scalar_one())}


def _lost(claims: Sequence[Claim], kept: Sequence[bool]) -> set[int]:
    return {one.delivery_id for one, held in zip(claims, kept, strict=True) if not held}
