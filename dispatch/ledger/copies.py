"""The copies of one issue, read one after another."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select

from dispatch.ledger.ledger import Ledger
from dispatch.ledger.rows import Delivery, delivery_record
from dispatch.ledger.schema import delivery
from dispatch.model.delivery import State

_ROWS_AT_ONCE = 1000


def copies(ledger: Ledger, issue_id: int, *states: State) -> Iterator[Delivery]:
    """All copies of an issue in the order of the plan, or those in these states. Memory does not grow."""
    rows = select(delivery).where(delivery.c.issue_id == issue_id)
    if states:
        rows = rows.where(delivery.c.state.in_([state.value for state in states]))
    with ledger.database.reading() as connection:
        ordered = rows.order_by(delivery.c.id).execution_options(yield_per=_ROWS_AT_ONCE)
        for row in connection.execute(ordered):
            yield delivery_record(row)
