"""Long lists of new rows for one table: tuples in the order of its columns, handed to the driver as they are.

SQLAlchemy's own executemany looks at every value of every row; ours are whole numbers and text, which need no
looking at. To make tuples of dictionaries costs as much again as writing them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects.sqlite import insert


class Insertion:
    """An insert of these columns of a table, compiled once. It passes over rows whose key is there."""

    def __init__(self, table: Table, *columns: str) -> None:
        self._insert = insert(table).on_conflict_do_nothing()
        self._columns = columns
        self._words = ""

    def run(self, connection: Connection, rows: Sequence[tuple[Any, ...]]) -> int:
        """Write all these rows at once; how many were written."""
        if not rows:
            return 0
        self._words = self._words or self._compiled(connection)
        return connection.exec_driver_sql(self._words, list(rows)).rowcount

    def _compiled(self, connection: Connection) -> str:
        compiled = self._insert.compile(dialect=connection.dialect, column_keys=list(self._columns))
        if tuple(compiled.positiontup or ()) != self._columns:
            raise ValueError(f"name the columns as the table has them: {compiled.positiontup}")
        return str(compiled)
