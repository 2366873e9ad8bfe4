"""The history: every move of every copy, written once and never changed."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, insert

from dispatch.ledger.prepared import Prepared, Values
from dispatch.ledger.schema import event

_write_event = Prepared(insert(event), ["delivery_id", "at", "from_state", "to_state", "detail"])


def event_values(delivery_id: int, at: int, source: str | None, target: str, detail: str) -> Values:
    """One row for the table `event`."""
    return {"delivery_id": delivery_id, "at": at, "from_state": source, "to_state": target, "detail": detail}


def write_events(connection: Connection, events: Sequence[Values]) -> None:
    """Write moves into the history."""
    _write_event.run(connection, events)
