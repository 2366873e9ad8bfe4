"""Doubt that is settled by evidence: whoever answers to a copy has it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from dispatch.ledger import moves
from dispatch.model.delivery import State


def settle(connection: Connection, delivery_id: int, *, reason: str, evidence: str, now: datetime) -> bool:
    """Count a copy as sent if it was in doubt; whether it was. `evidence` is what its reader did."""
    detail = f"it arrived: {evidence}"
    return bool(moves.move(connection, [delivery_id], to=State.SENT, reason=reason, detail=detail, now=now))
