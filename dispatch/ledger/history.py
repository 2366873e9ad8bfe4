"""The history: every move of every copy, written once and never changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from sqlalchemy import Connection, insert, select

from dispatch.ledger.given import Statement, as_text, given
from dispatch.ledger.schema import event

Move: TypeAlias = tuple[int, int, str | None, str, str]
"""A row of the table `event`: delivery, time, from, to, detail."""

_COLUMNS = ("delivery_id", "at", "from_state", "to_state", "detail")
_write_events = Statement(insert(event).from_select(_COLUMNS, select(given(*_COLUMNS))))


def write_events(connection: Connection, events: Sequence[Move]) -> None:
    """Write moves into the history."""
    if events:
        _write_events.run(connection, as_text(events))
