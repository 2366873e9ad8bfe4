"""The copies of one issue, read one after another, and what is still to come of the unfinished ones."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from dispatch.ledger.ledger import Ledger
from dispatch.ledger.rows import Delivery, delivery_record, moment_or_none
from dispatch.ledger.schema import delivery
from dispatch.model.delivery import State

_ROWS_AT_ONCE = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What becomes of the unfinished copies by itself, and when first.

    `held` are doubtful ones without a due time: somebody must decide.
    """

    deferred: int = 0
    deferred_at: datetime | None = None
    resent: int = 0
    resent_at: datetime | None = None
    held: int = 0

    @property
    def next_at(self) -> datetime | None:
        """When the first copy is due again; None when none is."""
        return min((at for at in (self.deferred_at, self.resent_at) if at is not None), default=None)


def copies(ledger: Ledger, issue_id: int, *states: State) -> Iterator[Delivery]:
    """All copies of an issue in the order of the plan, or those in these states. Memory does not grow."""
    rows = select(delivery).where(delivery.c.issue_id == issue_id)
    if states:
        rows = rows.where(delivery.c.state.in_([state.value for state in states]))
    with ledger.database.reading() as connection:
        ordered = rows.order_by(delivery.c.id).execution_options(yield_per=_ROWS_AT_ONCE)
        for row in connection.execute(ordered):
            yield delivery_record(row)


def outlook(ledger: Ledger, issue_id: int) -> Outlook:
    """When what is deferred or uncertain goes on by itself."""
    due = delivery.c.next_attempt_at
    counts = select(func.count(), func.count(due), func.min(due)).where(delivery.c.issue_id == issue_id)
    with ledger.database.reading() as connection:
        deferred, _, deferred_at = connection.execute(
            counts.where(delivery.c.state == State.DEFERRED.value)
        ).one()
        doubtful, resent, resent_at = connection.execute(
            counts.where(delivery.c.state == State.UNCERTAIN.value)
        ).one()
    return Outlook(
        deferred=deferred,
        deferred_at=moment_or_none(deferred_at),
        resent=resent,
        resent_at=moment_or_none(resent_at),
        held=doubtful - resent,
    )
