"""The suppression list: who gets no mail whatever the subscriber list says, why, and who said so.

Somebody is looked up by the key of their address, and by the pseudonyms of that key: whoever was forgotten
is kept under a pseudonym alone, so that an old list cannot bring them back.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from sqlalchemy import Connection, delete, func, insert, select

from dispatch.errors import ConfigInvalid
from dispatch.ledger.given import Statement, as_text, given_values
from dispatch.ledger.rows import batches, moment, printable, stamp, storable
from dispatch.ledger.schema import suppression

# The names that a key may be kept under when its owner was forgotten; the first is the one to write.
Pseudonyms: TypeAlias = Callable[[str], Sequence[str]]

FORGOTTEN = "forgotten"
_KEYS_AT_ONCE = 500
_ROWS_AT_ONCE = 1000
_PREFIX = "hmac:"  # an address's key has an @, so it can never be one of these
_FINGERPRINT = len(_PREFIX) + 8

_reasons = Statement(
    select(suppression.c.recipient, suppression.c.reason).where(suppression.c.recipient.in_(given_values()))
)
_is_pseudonym = suppression.c.recipient.between(_PREFIX, _PREFIX + "~")
_fingerprints = select(func.substr(suppression.c.recipient, 1, _FINGERPRINT)).where(_is_pseudonym).distinct()


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppression:
    """One entry. `key` is an address's key; `kind` a word such as hard, complaint, unsubscribe or manual.

    `at` is since when; None means from now on.
    """

    key: str
    reason: str
    kind: str
    source: str
    at: datetime | None = None

    @property
    def is_forgotten(self) -> bool:
        """Whether nothing but a pseudonym is left of this person."""
        return self.key.startswith(_PREFIX)


def no_pseudonyms(_key: str) -> Sequence[str]:
    """For a ledger that nobody is forgotten in: a rehearsal's."""
    return ()


def suppress(
    connection: Connection, entry: Suppression, *, now: datetime, pseudonyms: Pseudonyms = no_pseudonyms
) -> bool:
    """Put somebody on the list; False when they are there already, and then the first reason stays."""
    return suppress_all(connection, [entry], now=now, pseudonyms=pseudonyms) == 1


def suppress_all(
    connection: Connection,
    entries: Iterable[Suppression],
    *,
    now: datetime,
    pseudonyms: Pseudonyms = no_pseudonyms,
) -> int:
    """Put many on the list; how many are new. Of two entries for one person the first stays."""
    fresh = 0
    for batch in batches(entries, _KEYS_AT_ONCE):
        known = suppressed(connection, [one.key for one in batch], pseudonyms=pseudonyms)
        new = {one.key: one for one in reversed(batch) if one.key not in known}
        if new:
            connection.execute(insert(suppression), [_values(one, now) for one in new.values()])
        fresh += len(new)
    return fresh


def unsuppress(connection: Connection, key: str, *, pseudonyms: Pseudonyms = no_pseudonyms) -> bool:
    """Take somebody off the list, also when they were forgotten; False when they were not on it."""
    gone = delete(suppression).where(suppression.c.recipient.in_(_names(connection, key, pseudonyms)))
    return connection.execute(gone).rowcount > 0


def suppressed(
    connection: Connection, keys: Collection[str], *, pseudonyms: Pseudonyms = no_pseudonyms
) -> dict[str, str]:
    """The reasons for those of the keys that are on the list.

    Raises ConfigInvalid when the key that the pseudonyms of forgotten people were made with is gone.
    """
    found = dict(_found(connection, {storable(key): key for key in keys}))
    if keys and _has_forgotten(connection, pseudonyms):
        found.update(_found(connection, {name: key for key in keys for name in pseudonyms(key)}))
    return found


def entry_of(
    connection: Connection, key: str, *, pseudonyms: Pseudonyms = no_pseudonyms
) -> Suppression | None:
    """What the list says of somebody, or None."""
    named = suppression.c.recipient.in_(_names(connection, key, pseudonyms))
    row = connection.execute(select(suppression).where(named)).first()
    return None if row is None else _entry(row)


def is_forgotten(connection: Connection, key: str, *, pseudonyms: Pseudonyms = no_pseudonyms) -> bool:
    """Whether nothing but a pseudonym is to be kept of this person."""
    entry = entry_of(connection, key, pseudonyms=pseudonyms)
    return entry is not None and entry.is_forgotten


def entries(connection: Connection) -> Iterator[Suppression]:
    """The whole list, in the order of the keys. Memory does not grow."""
    rows = select(suppression).order_by(suppression.c.recipient).execution_options(yield_per=_ROWS_AT_ONCE)
    for row in connection.execute(rows):
        yield _entry(row)


def count_by_kind(connection: Connection) -> dict[str, int]:
    """How many entries there are of each kind."""
    counts = select(suppression.c["class"], func.count()).group_by(suppression.c["class"])
    return {row[0]: row[1] for row in connection.execute(counts)}


def is_empty(connection: Connection) -> bool:
    """Whether nobody is on the list."""
    return connection.execute(select(suppression.c.recipient).limit(1)).first() is None


def _names(connection: Connection, key: str, pseudonyms: Pseudonyms) -> list[str]:
    """What somebody may stand on the list as."""
    hidden = pseudonyms(key) if _has_forgotten(connection, pseudonyms) else ()
    return [storable(key), *hidden]


def _found(connection: Connection, names: dict[str, str]) -> Iterator[tuple[str, str]]:
    for row in _reasons.run(connection, as_text(list(names))):
        yield names[row.recipient], row.reason


def _has_forgotten(connection: Connection, pseudonyms: Pseudonyms) -> bool:
    """Whether anybody was forgotten, by a key that we have."""
    used = set(connection.execute(_fingerprints).scalars())
    if used and not used <= {name[:_FINGERPRINT] for name in pseudonyms("")}:
        raise ConfigInvalid(
            "people were forgotten with a key that is gone, and could come back unseen",
            hint="put .dispatch/key back from a backup",
        )
    return bool(used)


def _values(entry: Suppression, now: datetime) -> dict[str, object]:
    return {
        "recipient": storable(entry.key),
        "reason": printable(entry.reason),
        "class": printable(entry.kind),
        "source": printable(entry.source),
        "at": stamp(entry.at or now),
    }


def _entry(row: object) -> Suppression:
    values = row._mapping  # type: ignore[attr-defined]
    return Suppression(
        key=values["recipient"],
        reason=values["reason"],
        kind=values["class"],
        source=values["source"],
        at=moment(values["at"]),
    )
