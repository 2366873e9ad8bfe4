"""Moves of copies that no session holds: into a session by a claim, or elsewhere by a report or a decision.

The functions work inside a transaction that the caller opened, so that many of them share one commit.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple, TypeAlias

from sqlalchemy import Connection, Select, Text, and_, bindparam, case, func, null, select, update

from dispatch.errors import DispatchError
from dispatch.ledger.absence import PAUSED
from dispatch.ledger.choosing import UNCHOSEN, chosen
from dispatch.ledger.given import Statement, given_values
from dispatch.ledger.history import Move, write_events
from dispatch.ledger.rows import Values, batches, moment, moment_or_none, printable, stamp
from dispatch.ledger.schema import absence, delivery, suppression
from dispatch.ledger.suppression import FORGOTTEN
from dispatch.model.delivery import MOVES, Claim, State
from dispatch.model.tags import COLUMN, overruled

_IDS_AT_ONCE = 500
_QUEUED, _SENDING = State.QUEUED.value, State.SENDING.value
_DEFERRED, _SUPPRESSED = State.DEFERRED.value, State.SUPPRESSED.value
_FAILED = State.FAILED.value

Belongs: TypeAlias = Callable[[Mapping[str, str]], bool]
"""Whether a copy with these fields is for its reader."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimRequest:
    """What a run asks for: `limit` copies of one issue for `lease`; `only` narrows it to these ids.

    None to the `passing` domains, and queued ones only `after` this id: for a run that has enough of some.
    `belongs` is asked about whoever chose their tags, with the fields as they are by that choice.
    """

    issue_id: int
    owner: str
    limit: int
    lease: timedelta
    only: Sequence[int] | None = None
    passing: frozenset[str] = frozenset()
    after: int = 0
    belongs: Belongs | None = None


def claim(connection: Connection, request: ClaimRequest, *, now: datetime) -> list[Claim]:
    """Take copies for sending: the deferred ones that are due, then queued ones in order. In id order.

    The suppression list and the pauses are looked up inside the same statement, the tags that readers chose
    in the same transaction; whoever is left out by them since the plan is moved to suppressed instead, and
    the place is given to the next.
    """
    values = _claim_values(request, now)
    claims: list[Claim] = []
    if request.only is None:
        for step in _elsewhere(request) if request.passing else (_due, _waiting):
            claims += _taken(connection, step, values, request.limit - len(claims), request.belongs)
    else:
        steps = _elsewhere(request, _is_wanted) if request.passing else (_due_of, _waiting_of)
        for ids in batches(request.only, _IDS_AT_ONCE):
            for step in steps:
                room = request.limit - len(claims)
                claims += _taken(connection, step, {**values, "only_ids": ids}, room, request.belongs)
    return sorted(claims, key=lambda taken: taken.delivery_id)


class _Step(NamedTuple):
    """What a claim takes from one state: who could be taken, and the statement that takes them by id."""

    source: str
    candidates: Select[Any]
    statement: Statement


def _candidates(*conditions: Any, order: Any) -> Select[Any]:
    ids = select(delivery.c.id).where(delivery.c.issue_id == bindparam("of_issue"), *conditions)
    chosen = ids.order_by(order).limit(bindparam("at_most")).with_for_update(skip_locked=True).subquery()
    return select(func.json_group_array(chosen.c.id))


def _take(source: str, candidates: Select[Any]) -> _Step:
    listed = (
        select(suppression.c.reason)
        .where(suppression.c.recipient == delivery.c.recipient)
        .correlate(delivery)
        .scalar_subquery()
    )
    away = (
        select(absence.c.reason)
        .where(absence.c.recipient == delivery.c.recipient, absence.c.until > bindparam("new_at"))
        .correlate(delivery)
        .scalar_subquery()
    )
    # Whoever was forgotten while the copy was doubtful or refused has no key left to be found by.
    why = func.coalesce(listed, away, case((delivery.c.recipient.is_(None), FORGOTTEN)))
    taken = why.is_(None)
    statement = (
        update(delivery)
        .where(delivery.c.id.in_(given_values()), delivery.c.state == source)
        .values(
            state=case((taken, _SENDING), else_=_SUPPRESSED),
            reason=func.coalesce(why, delivery.c.reason),
            lease_owner=case((taken, bindparam("new_owner")), else_=null()),
            lease_until=case((taken, bindparam("new_until")), else_=null()),
            lease_token=delivery.c.lease_token + 1,
            next_attempt_at=null(),
            updated_at=bindparam("new_at"),
        )
    )
    return _Step(source, candidates, Statement(statement))


# All of a block as one text, because row by row is dear (given.py). The fields are JSON themselves.
_read = Statement(
    select(
        func.json_group_array(
            func.json_array(
                *(delivery.c.id, delivery.c.email, delivery.c.recipient, delivery.c.line),
                func.json(delivery.c.fields),
                *(delivery.c.state, delivery.c.reason, delivery.c.attempts, delivery.c.lease_token),
                *(delivery.c.message_id, delivery.c.message_date, delivery.c.first_attempt_at),
            )
        )
    ).where(delivery.c.id.in_(given_values()))
)

_is_due = and_(delivery.c.state == _DEFERRED, delivery.c.next_attempt_at <= bindparam("new_at"))
_is_waiting = delivery.c.state == _QUEUED
_is_wanted = delivery.c.id.in_(bindparam("only_ids", expanding=True))

_due = _take(_DEFERRED, _candidates(_is_due, order=delivery.c.next_attempt_at))
_waiting = _take(_QUEUED, _candidates(_is_waiting, order=delivery.c.id))
_due_of = _take(_DEFERRED, _candidates(_is_due, _is_wanted, order=delivery.c.id))
_waiting_of = _take(_QUEUED, _candidates(_is_waiting, _is_wanted, order=delivery.c.id))


def _elsewhere(request: ClaimRequest, *narrowed: Any) -> tuple[_Step, _Step]:
    """The claim statements for copies that do not go to the domains passed over."""
    others = [
        ~delivery.c.recipient.endswith(f"@{domain}", autoescape=True) for domain in sorted(request.passing)
    ]
    beyond = delivery.c.id > request.after
    return (
        _take(_DEFERRED, _candidates(_is_due, *others, *narrowed, order=delivery.c.next_attempt_at)),
        _take(_QUEUED, _candidates(_is_waiting, beyond, *others, *narrowed, order=delivery.c.id)),
    )


def _claim_values(request: ClaimRequest, now: datetime) -> Values:
    return {
        "of_issue": request.issue_id,
        "new_owner": printable(request.owner),
        "new_until": stamp(now + request.lease),
        "new_at": stamp(now),
    }


def _taken(
    connection: Connection, step: _Step, values: Values, room: int, belongs: Belongs | None
) -> list[Claim]:
    """Up to `room` claims by this step; suppressed rows make room for the next ones."""
    claims: list[Claim] = []
    while (wanted := room - len(claims)) > 0:
        ids = connection.execute(step.candidates, {**values, "at_most": wanted}).scalar_one()
        step.statement.run(connection, ids, **values)
        rows = [_Taken(*row) for row in json.loads(_read.run(connection, ids).scalar_one())]
        taken = _as_chosen(connection, [row.claim for row in rows if row.state == _SENDING])
        unwanted = {
            one.delivery_id for one in taken if one.has_chosen and belongs and not belongs(one.fields)
        }
        claims += [one for one in taken if one.delivery_id not in unwanted]
        if unwanted:
            connection.execute(_leave_out, {"only_ids": sorted(unwanted), "new_reason": UNCHOSEN})
        write_events(connection, [_claim_event(row, step.source, values, unwanted) for row in rows])
        if len(rows) < wanted:
            break
    return claims


class _Taken(NamedTuple):
    """A row that was taken, or left out, as `_read` gives it."""

    id: int
    email: str
    key: str
    line: int
    fields: Mapping[str, str]
    state: str
    reason: str
    attempts: int
    lease_token: int
    message_id: str
    message_date: int
    first_attempt_at: int | None

    @property
    def claim(self) -> Claim:
        """For the session that will send it."""
        return Claim(
            *self[:5],
            self.attempts,
            self.lease_token,
            self.message_id,
            moment(self.message_date),
            moment_or_none(self.first_attempt_at),
        )


def _as_chosen(connection: Connection, claims: Sequence[Claim]) -> list[Claim]:
    """The claims, their readers' tags as these chose them: in the letter too, not only for who gets it."""
    said = chosen(connection, [one.key for one in claims])
    if not said:
        return list(claims)
    return [_with_tags(one, said[one.key]) if one.key in said else one for one in claims]


def _with_tags(claim: Claim, tags: Mapping[str, bool]) -> Claim:
    if COLUMN not in claim.fields:
        return claim._replace(has_chosen=True)
    fields = {**claim.fields, COLUMN: overruled(claim.fields[COLUMN], tags)}
    return claim._replace(fields=fields, has_chosen=True)


_leave_out = (
    update(delivery)
    .where(_is_wanted, delivery.c.state == _SENDING)
    .values(state=_SUPPRESSED, reason=bindparam("new_reason"), lease_owner=null(), lease_until=null())
)


def _claim_event(row: _Taken, source: str, values: Values, unwanted: Collection[int]) -> Move:
    owner = values["new_owner"]
    if row.id in unwanted:
        return row.id, values["new_at"], source, _SUPPRESSED, UNCHOSEN
    if row.state == _SENDING:
        detail = f"taken by {owner}"
    else:
        detail = row.reason if row.reason.startswith(PAUSED) else f"on the suppression list: {row.reason}"
    return row.id, values["new_at"], source, row.state, printable(detail)


def move(
    connection: Connection, ids: Iterable[int], *, to: State, reason: str, detail: str, now: datetime
) -> set[int]:
    """Move copies that no session holds, where that is legal: a report came back, or somebody decided.

    Gives the ids that moved; the others stay as they are.
    """
    if to is State.SENDING:
        raise DispatchError("only a claim makes a copy sending, because it needs a lease")
    at, moved = stamp(now), set[int]()
    for batch in batches(ids, _IDS_AT_ONCE):
        for source in (state for state in MOVES if to in MOVES[state] and state is not State.SENDING):
            values = {"only_ids": batch, "source": source.value, "new_state": to.value, "new_at": at}
            rows = connection.execute(_move, {**values, "new_reason": printable(reason)}).all()
            events = [(row.id, at, source.value, to.value, printable(detail)) for row in rows]
            write_events(connection, events)
            moved.update(row.id for row in rows)
    return moved


_move = (
    update(delivery)
    .where(_is_wanted, delivery.c.state == bindparam("source", type_=Text))
    .values(
        state=bindparam("new_state"),
        reason=bindparam("new_reason"),
        next_attempt_at=null(),
        handed_over_at=case(
            (bindparam("new_state", type_=Text) == _QUEUED, null()), else_=delivery.c.handed_over_at
        ),
        # A doubtful copy that goes out again has had its second chance, whoever gave it.
        resends=delivery.c.resends
        + case(
            (
                and_(
                    bindparam("source", type_=Text) == State.UNCERTAIN.value,
                    bindparam("new_state", type_=Text) == _QUEUED,
                ),
                1,
            ),
            else_=0,
        ),
        # A refused copy that is put back begins anew: its old age must not expire it at once.
        attempts=case((bindparam("source", type_=Text) == _FAILED, 0), else_=delivery.c.attempts),
        first_attempt_at=case(
            (bindparam("source", type_=Text) == _FAILED, null()), else_=delivery.c.first_attempt_at
        ),
        updated_at=bindparam("new_at"),
    )
    .returning(delivery.c.id)
)
