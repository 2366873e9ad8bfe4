"""People on their way in, sorted out on disk before anything is changed: who is new, who stays out, and why.

A scratch database, so that an import of any size needs no memory, and so that what was shown beforehand is
what is done afterwards.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Column, Integer, MetaData, Select, Table, Text, and_, func, select, text, update
from sqlalchemy.dialects.sqlite import insert

from dispatch.ledger.connect import scratch_database
from dispatch.ledger.database import Database
from dispatch.ledger.rows import batches, fields_text, storable
from dispatch.model.arrival import Arrival, Status

_ROWS_AT_ONCE = 500

_metadata = MetaData()
_arrival = Table(
    "arrival",
    _metadata,
    Column("number", Integer, primary_key=True),
    Column("recipient", Text, nullable=False, unique=True),
    Column("email", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("line", Integer, nullable=False),
    Column("status", Text, nullable=False),
    Column("weight", Integer, nullable=False),
    Column("fields", Text, nullable=False),
    Column("left_at", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("listed", Integer, nullable=False, server_default=text("0")),
    Column("suppressed", Text),
)
_WEIGHTS = {Status.UNCONFIRMED: 0, Status.SUBSCRIBED: 1}
_LEFT = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Sorted:
    """How many people an import has, by what becomes of them.

    `added` go onto the list, `listed` stand there already, `kept_out` are on the suppression list;
    `suppressed` go onto that one, by status, and `suppressed_before` are on it already; `on_list` of both
    have a row in the list, to which no mail goes any more. `unconfirmed` go nowhere.
    """

    added: int
    listed: int
    kept_out: int
    suppressed: Mapping[Status, int]
    suppressed_before: int
    on_list: int
    unconfirmed: int
    duplicates: int
    with_consent: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaver:
    """Somebody for the suppression list."""

    key: str
    status: Status
    source: str
    reason: str
    left_at: str


class Arrivals:
    """Everybody in an import, once: whoever left stays out, however often they stand there as subscribed."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._rows = 0

    def put(self, people: Iterable[Arrival], source: str) -> None:
        """Take in the people of one file; of several rows for one person the weightiest counts."""
        for batch in batches(people, _ROWS_AT_ONCE):
            self._rows += len(batch)
            statement = insert(_arrival)
            new = statement.excluded
            changed = {
                name: new[name] for name in ("source", "line", "status", "weight", "left_at", "reason")
            }
            heavier = statement.on_conflict_do_update(
                index_elements=["recipient"], set_=changed, where=new.weight > _arrival.c.weight
            )
            with self._database.writing() as connection:
                connection.execute(heavier, [_values(one, source) for one in batch])

    def mark_listed(self, keys: Iterable[str]) -> None:
        """Say who is on the list already."""
        for batch in batches(keys, _ROWS_AT_ONCE):
            with self._database.writing() as connection:
                named = _arrival.c.recipient.in_([storable(key) for key in batch])
                connection.execute(update(_arrival).where(named).values(listed=1))

    def mark_suppressed(self, reasons: Callable[[Collection[str]], Mapping[str, str]]) -> None:
        """Ask the suppression list about everybody."""
        last = 0
        page = select(_arrival.c.number, _arrival.c.recipient).order_by(_arrival.c.number)
        while True:
            with self._database.writing() as connection:
                rows = connection.execute(page.where(_arrival.c.number > last).limit(_ROWS_AT_ONCE)).all()
                if not rows:
                    return
                for key, reason in reasons([row.recipient for row in rows]).items():
                    found = update(_arrival).where(_arrival.c.recipient == key)
                    connection.execute(found.values(suppressed=reason))
            last = rows[-1].number

    def counted(self) -> Sorted:
        """Everybody by what becomes of them."""
        left, kept = _arrival.c.weight == _LEFT, _arrival.c.suppressed.is_not(None)
        subscribed = _arrival.c.weight == _WEIGHTS[Status.SUBSCRIBED]
        by_status = select(_arrival.c.status, func.count()).where(left, ~kept)
        with self._database.reading() as connection:

            def count(*conditions: Any) -> int:
                counted = select(func.count()).select_from(_arrival).where(*conditions)
                return int(connection.execute(counted).scalar_one())

            leaving = connection.execute(by_status.group_by(_arrival.c.status)).all()
            return Sorted(
                added=count(_is_new),
                listed=count(subscribed, ~kept, _arrival.c.listed == 1),
                kept_out=count(subscribed, kept),
                suppressed={Status(row[0]): row[1] for row in leaving},
                suppressed_before=count(left, kept),
                on_list=count(left, _arrival.c.listed == 1),
                unconfirmed=count(_arrival.c.weight == _WEIGHTS[Status.UNCONFIRMED]),
                duplicates=self._rows - count(),
                with_consent=count(_is_new, _arrival.c.fields.contains('"consent_at":')),
            )

    def added(self) -> Iterator[dict[str, str]]:
        """The fields of everybody who goes onto the list, `email` among them, in the order of the files."""
        for row in self._read(select(_arrival.c.email, _arrival.c.fields).where(_is_new)):
            yield {**json.loads(row.fields), "email": row.email}

    def leavers(self) -> Iterator[Leaver]:
        """Everybody who goes onto the suppression list and is not on it."""
        for row in self._read(
            select(_arrival).where(_arrival.c.weight == _LEFT, _arrival.c.suppressed.is_(None))
        ):
            yield Leaver(
                key=row.recipient,
                status=Status(row.status),
                source=row.source,
                reason=row.reason,
                left_at=row.left_at,
            )

    def _read(self, rows: Select[Any]) -> Iterator[Any]:
        ordered = rows.order_by(_arrival.c.number).execution_options(yield_per=_ROWS_AT_ONCE)
        with self._database.reading() as connection:
            yield from connection.execute(ordered)


_is_new = and_(
    _arrival.c.weight == _WEIGHTS[Status.SUBSCRIBED],
    _arrival.c.listed == 0,
    _arrival.c.suppressed.is_(None),
)


@contextmanager
def sorting_room() -> Iterator[Arrivals]:
    """An empty room, private to us, that is gone at the end."""
    with tempfile.TemporaryDirectory(prefix="dispatch-") as folder:
        database = scratch_database(Path(folder) / "arrivals.db", _metadata)
        try:
            yield Arrivals(database)
        finally:
            database.close()


def _values(one: Arrival, source: str) -> dict[str, Any]:
    return {
        "recipient": storable(one.address.key),
        "email": one.address.written,
        "source": source,
        "line": one.line,
        "status": one.status.value,
        "weight": _WEIGHTS.get(one.status, _LEFT),
        "fields": fields_text(one.fields),
        "left_at": one.left_at,
        "reason": one.reason,
    }
