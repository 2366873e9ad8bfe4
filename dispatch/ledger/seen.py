"""Which keys a list has had before, on disk: finding duplicates must not need memory for a million people."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Column, Integer, MetaData, Table, Text, bindparam, insert, select

from dispatch.ledger.connect import scratch_database
from dispatch.ledger.database import Database
from dispatch.ledger.rows import storable

_metadata = MetaData()
_seen = Table(
    "seen",
    _metadata,
    Column("recipient", Text, primary_key=True),
    Column("line", Integer, nullable=False),
)
_known = select(_seen).where(_seen.c.recipient.in_(bindparam("keys", expanding=True)))


class Seen:
    """Keys, and the line where each stood first."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def first_lines(self, people: Sequence[tuple[str, int]]) -> dict[int, int]:
        """Of these keys with their lines, the lines whose key was there before, and where it was."""
        with self._database.writing() as connection:
            keys = [storable(key) for key, _ in people]
            first = {row.recipient: row.line for row in connection.execute(_known, {"keys": keys})}
            fresh: dict[str, int] = {}
            again: dict[int, int] = {}
            for key, (_, line) in zip(keys, people, strict=True):
                before = first.get(key, fresh.setdefault(key, line))
                if before != line:
                    again[line] = before
            new = [{"recipient": key, "line": line} for key, line in fresh.items() if key not in first]
            if new:
                connection.execute(insert(_seen), new)
        return again


@contextmanager
def nobody_seen() -> Iterator[Seen]:
    """A fresh memory, private to us, that is gone at the end."""
    with tempfile.TemporaryDirectory(prefix="dispatch-") as folder:
        database = scratch_database(Path(folder) / "seen.db", _metadata)
        try:
            yield Seen(database)
        finally:
            database.close()
