"""Long lists of new rows for one table: tuples in the order of its columns, handed to the driver as they are.

SQLAlchemy's own executemany looks at every value of every row; ours are whole numbers and text, which need no
looking at. To make tuples of dictionaries costs as much again as writing them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Table, insert


class Insertion:
    """An insert of these columns of a table. Compiled once, for any database.

    With `lenient` a row whose key is there is passed over, in SQLite.
    """

    def __init__(self, table: Table, *columns: str, lenient: bool = False) -> None:
        self._insert = insert(table).prefix_with("OR IGNORE", dialect="sqlite") if lenient else insert(table)
        self._columns = columns
        self._compiled: dict[str, tuple[str, bool]] = {}

    def run(self, connection: Connection, rows: Sequence[tuple[Any, ...]]) -> int:
        """Write all these rows at once; how many were written."""
        if not rows:
            return 0
        dialect = connection.dialect.name
        if dialect not in self._compiled:
            self._compiled[dialect] = self._compile(connection)
        words, is_positional = self._compiled[dialect]
        given = rows if is_positional else [dict(zip(self._columns, row, strict=True)) for row in rows]
        return connection.exec_driver_sql(words, list(given)).rowcount

    def _compile(self, connection: Connection) -> tuple[str, bool]:
        compiled = self._insert.compile(dialect=connection.dialect, column_keys=list(self._columns))
        if compiled.positional and tuple(compiled.positiontup or ()) != self._columns:
            raise ValueError(f"name the columns as the table has them: {compiled.positiontup}")
        return str(compiled), compiled.positional
