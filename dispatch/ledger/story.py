"""What happened: one person's whole story, the rows left out, and whether the history adds up."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, Row, func, select

from dispatch.ledger.feedback import Remark, remarks
from dispatch.ledger.rows import (
    Delivery,
    IssueRecord,
    delivery_record,
    event_record,
    issue_record,
    storable,
)
from dispatch.ledger.schema import delivery, event, issue
from dispatch.model.delivery import MOVES, Event, State

_ROWS_AT_ONCE = 1000
_FINDINGS_SHOWN = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """What happened to one person with one issue: the issue, the copy as it stands, each move in order.

    `remarks` is what came back about the copy, whether it moved it or not.
    """

    issue: IssueRecord
    delivery: Delivery
    events: tuple[Event, ...]
    remarks: tuple[Remark, ...] = ()


def explain(connection: Connection, key: str, slug: str | None) -> list[Story]:
    """The stories of one person, the newest issue first; only that of `slug` when it is given."""
    rows = select(delivery).join(issue).where(delivery.c.recipient == storable(key))
    if slug is not None:
        rows = rows.where(issue.c.slug == storable(slug))
    found = connection.execute(rows.order_by(delivery.c.issue_id.desc())).all()
    return [_story(connection, row) for row in found]


def _story(connection: Connection, row: Row[Any]) -> Story:
    about = issue_record(connection.execute(select(issue).where(issue.c.id == row.issue_id)).one())
    history = select(event).where(event.c.delivery_id == row.id).order_by(event.c.id)
    events = tuple(event_record(one) for one in connection.execute(history))
    if not events or events[0].from_state is not None:
        events = (_planned(about, row.line), *events)
    return Story(
        issue=about, delivery=delivery_record(row), events=events, remarks=remarks(connection, row.id)
    )


def _planned(about: IssueRecord, line: int) -> Event:
    """The first event of a queued copy, which is not stored: the row itself says it."""
    where = f"planned from {about.list_file}:{line}" if about.list_file else f"planned from line {line}"
    return Event(at=about.planned_at, from_state=None, to_state=State.QUEUED, detail=where)


def skipped_rows(connection: Connection, issue_id: int) -> Iterator[tuple[int, str, str]]:
    """Line, e-mail as written and reason of every row that was skipped, in the order of the plan."""
    rows = (
        select(delivery.c.line, delivery.c.email, delivery.c.reason)
        .where(delivery.c.issue_id == issue_id, delivery.c.state == State.SKIPPED.value)
        .order_by(delivery.c.id)
        .execution_options(yield_per=_ROWS_AT_ONCE)
    )
    for row in connection.execute(rows):
        yield row.line, row.email, row.reason


def audit(connection: Connection, issue_id: int) -> list[str]:
    """Replay the history of an issue and say what does not add up; empty when all is well.

    At most a hundred findings are told; memory does not grow with the list.
    """
    findings = _unbalanced(connection, issue_id)
    for rows in _pages(connection, issue_id):
        histories = _histories(connection, rows[0].id, rows[-1].id)
        for row in rows:
            findings += _contradictions(row, histories.get(row.id, []))
        if len(findings) > _FINDINGS_SHOWN:
            return [*findings[:_FINDINGS_SHOWN], "and more like these"]
    return findings


def _unbalanced(connection: Connection, issue_id: int) -> list[str]:
    listed = connection.execute(select(issue.c.listed).where(issue.c.id == issue_id)).scalar_one_or_none()
    rows = connection.execute(select(func.count()).where(delivery.c.issue_id == issue_id)).scalar_one()
    return [] if listed == rows else [f"{listed} rows were listed, {rows} are in the ledger"]


def _pages(connection: Connection, issue_id: int) -> Iterator[Sequence[Any]]:
    page = select(
        delivery.c.id, delivery.c.line, delivery.c.email, delivery.c.state, delivery.c.next_attempt_at
    )
    # The sum keeps SQLite from taking the index by issue and then sorting the whole issue for every page.
    of_issue = (delivery.c.issue_id + 0) == issue_id
    last = 0
    while rows := connection.execute(
        page.where(of_issue, delivery.c.id > last).order_by(delivery.c.id).limit(_ROWS_AT_ONCE)
    ).all():
        yield rows
        last = rows[-1].id


def _histories(connection: Connection, first: int, last: int) -> dict[int, list[Any]]:
    moves = select(event.c.delivery_id, event.c.from_state, event.c.to_state)
    wanted = moves.where(event.c.delivery_id.between(first, last)).order_by(event.c.delivery_id, event.c.id)
    return {
        one: list(rows) for one, rows in groupby(connection.execute(wanted), lambda row: int(row.delivery_id))
    }


def _contradictions(row: Any, history: list[Any]) -> Iterator[str]:
    who = f"line {row.line}, {row.email}"
    state: str | None = State.QUEUED.value
    for position, move in enumerate(history):
        if position == 0 and move.from_state is None:
            state = move.to_state
            continue
        if move.from_state != state:
            yield f"{who}: was {state}, and then moved from {move.from_state}"
        elif move.to_state not in MOVES[State(move.from_state)]:
            yield f"{who}: moved from {move.from_state} to {move.to_state}, which is no legal move"
        state = move.to_state
    if state != row.state:
        yield f"{who}: the history ends at {state}, the row says {row.state}"
    if row.next_attempt_at is not None and row.state not in (State.DEFERRED, State.UNCERTAIN):
        yield f"{who}: {row.state}, and yet a next attempt is due"
