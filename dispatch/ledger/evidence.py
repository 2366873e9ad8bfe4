"""What a reader's own act proves: whoever unsubscribes by a link that stood in a copy has that copy."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from dispatch.ledger import moves
from dispatch.ledger.ledger import Ledger
from dispatch.ledger.schema import delivery
from dispatch.ledger.suppression import Suppression, suppress
from dispatch.model.delivery import State

UNSUBSCRIBED = "unsubscribed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsubscription:
    """What an unsubscribe did: the key of who left (None when they were forgotten), whether that was new,
    and whether a copy in doubt is known to have arrived.
    """

    key: str | None
    is_new: bool
    settled: bool


def unsubscribe(
    ledger: Ledger, delivery_id: int, *, source: str, now: datetime, reason: str = UNSUBSCRIBED
) -> Unsubscription | None:
    """Suppress whom this copy was for, and count the copy as sent if it was in doubt; one transaction.

    `source` says where it came from: `one-click`, `mail`. None when there is no such copy, as after a
    ledger was put back from an old copy. Repeating it changes nothing.
    """
    with ledger.database.writing() as connection:
        row = connection.execute(
            select(delivery.c.recipient, delivery.c.state).where(delivery.c.id == delivery_id)
        ).one_or_none()
        if row is None:
            return None
        is_new = False
        if row.recipient is not None:
            entry = Suppression(key=row.recipient, reason=reason, kind="unsubscribe", source=source)
            is_new = suppress(connection, entry, now=now, pseudonyms=ledger.pseudonyms)
        settled = row.state == State.UNCERTAIN.value and bool(
            moves.move(
                connection,
                [delivery_id],
                to=State.SENT,
                reason=reason,
                detail=f"it arrived: they unsubscribed by its link ({source})",
                now=now,
            )
        )
    return Unsubscription(key=row.recipient, is_new=is_new, settled=settled)
