"""Which keys a list has had before, on disk: finding duplicates must not need memory for a million people."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Column, Connection, Integer, MetaData, Table, Text, bindparam, select

from dispatch.ledger.connect import scratch_database
from dispatch.ledger.insertion import Insertion
from dispatch.ledger.rows import storable

_metadata = MetaData()
_seen = Table(
    "seen",
    _metadata,
    Column("recipient", Text, primary_key=True),
    Column("line", Integer, nullable=False),
    sqlite_with_rowid=False,  # one tree instead of a table and its index
)
_remember = Insertion(_seen, "recipient", "line")
_first = select(_seen).where(_seen.c.recipient.in_(bindparam("keys", expanding=True)))


class Seen:
    """Keys, and the line where each stood first."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def first_lines(self, people: Sequence[tuple[str, int]]) -> dict[int, int]:
        """Of these keys with their lines, the lines whose key was there before, and where it was."""
        rows = [(storable(key), line) for key, line in people]
        if _remember.run(self._connection, rows) == len(rows):
            return {}
        before = self._connection.execute(_first, {"keys": [key for key, _ in rows]})
        first = {row.recipient: row.line for row in before}
        return {line: first[key] for key, line in rows if first[key] != line}


@contextmanager
def nobody_seen() -> Iterator[Seen]:
    """A fresh memory, private to us, that is gone at the end."""
    with tempfile.TemporaryDirectory(prefix="dispatch-") as folder:
        database = scratch_database(Path(folder) / "seen.db", _metadata)
        try:
            with database.writing() as connection:
                yield Seen(connection)
        finally:
            database.close()
