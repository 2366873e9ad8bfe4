"""What the owner decides: refused copies go back in the line, and the ledger's own soundness is looked at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, exists, select, text

from dispatch.ledger import moves
from dispatch.ledger.ledger import Ledger
from dispatch.ledger.rows import batches, moment
from dispatch.ledger.schema import delivery, event, suppression
from dispatch.model.delivery import State

_IDS_AT_ONCE = 500
_SHOWN = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class PutBack:
    """How many refused copies are in the line again, and how many addresses left the suppression list."""

    copies: int
    freed: int


def put_back(ledger: Ledger, ids: Sequence[int], *, detail: str, now: datetime) -> PutBack:
    """Put refused copies back in the line, in one transaction.

    An address leaves the suppression list only when the refusal of this very copy put it there: its source
    is then the copy's Message-ID. What a reader asked for, or somebody wrote by hand, stays.
    """
    freed = 0
    with ledger.database.writing() as connection:
        moved = moves.move(connection, ids, to=State.QUEUED, reason="", detail=detail, now=now)
        for batch in batches(sorted(moved), _IDS_AT_ONCE):
            own = exists().where(
                delivery.c.id.in_(batch),
                delivery.c.recipient == suppression.c.recipient,
                delivery.c.message_id == suppression.c.source,
                delivery.c.message_id != "",
            )
            gone = delete(suppression).where(suppression.c["class"] == "hard", own)
            freed += connection.execute(gone).rowcount
    return PutBack(copies=len(moved), freed=freed)


def newest_event(ledger: Ledger) -> datetime | None:
    """When the last thing was written down."""
    newest = select(event.c.at).order_by(event.c.id.desc()).limit(1)
    with ledger.database.reading() as connection:
        at = connection.execute(newest).scalar_one_or_none()
    return None if at is None else moment(at)


def damage(ledger: Ledger) -> list[str]:
    """What SQLite itself finds wrong with the file, and events of copies that are gone; empty when sound."""
    with ledger.database.reading() as connection:
        words = [str(row[0]) for row in connection.execute(text("PRAGMA integrity_check"))]
        orphans = connection.execute(text("PRAGMA foreign_key_check")).all()
    found = [word for word in words if word != "ok"]
    found += [f"row {row[1]} of {row[0]} belongs to a row of {row[2]} that is gone" for row in orphans]
    return [*found[:_SHOWN], f"and {len(found) - _SHOWN} more"] if len(found) > _SHOWN else found
