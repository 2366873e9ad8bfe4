"""The suppression list: who gets no mail whatever the subscriber list says, why, and who said so."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, insert, select

from dispatch.ledger.rows import batches, printable, stamp, storable
from dispatch.ledger.schema import suppression

_KEYS_AT_ONCE = 500

_reasons = select(suppression.c.recipient, suppression.c.reason).where(
    suppression.c.recipient.in_(bindparam("keys", expanding=True))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppression:
    """One entry. `key` is an address's key; `kind` a word such as hard, complaint, unsubscribe or manual."""

    key: str
    reason: str
    kind: str
    source: str


def suppress(connection: Connection, entry: Suppression, *, now: datetime) -> bool:
    """Put somebody on the list; False when they are there already, and then the first reason stays."""
    if suppressed(connection, [entry.key]):
        return False
    connection.execute(
        insert(suppression),
        {
            "recipient": storable(entry.key),
            "reason": printable(entry.reason),
            "class": printable(entry.kind),
            "source": printable(entry.source),
            "at": stamp(now),
        },
    )
    return True


def unsuppress(connection: Connection, key: str) -> bool:
    """Take somebody off the list; False when they were not on it."""
    gone = delete(suppression).where(suppression.c.recipient == storable(key))
    return connection.execute(gone).rowcount == 1


def suppressed(connection: Connection, keys: Collection[str]) -> dict[str, str]:
    """The reasons for those of the keys that are on the list."""
    found: dict[str, str] = {}
    for batch in batches(keys, _KEYS_AT_ONCE):
        rows = connection.execute(_reasons, {"keys": [storable(key) for key in batch]})
        found.update((row.recipient, row.reason) for row in rows)
    return found


def is_empty(connection: Connection) -> bool:
    """Whether nobody is on the list."""
    return connection.execute(select(suppression.c.recipient).limit(1)).first() is None
