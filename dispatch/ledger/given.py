"""Statements over rows that are given as one JSON text: SQLite takes all of them in one step.

Row by row, as drivers do it, Python's lock goes back and forth between the ledger's thread and the sessions'
for every row, and a batch takes three times as long. Values are whole numbers, texts and None.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import Connection, CursorResult, Executable, Select, Subquery, bindparam, func, select

Row = Sequence[str | int | None]

as_text: Callable[[Sequence[Row] | Sequence[int] | Sequence[str]], str]
"""Rows, or single values, as the one text that a statement takes."""
as_text = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def given(*columns: str) -> Subquery:
    """The rows that a statement gets, as something to select from, with columns of these names in order."""
    each = func.json_each(bindparam("rows")).table_valued("value", name="each_row")
    values = [func.json_extract(each.c.value, f"$[{at}]").label(name) for at, name in enumerate(columns)]
    return select(*values).subquery("given")


def given_values() -> Select[Any]:
    """The single values that a statement gets, such as ids, for `in_`."""
    return select(func.json_each(bindparam("rows")).table_valued("value", name="each_value").c.value)


class Statement:
    """A statement over `given` rows or values, compiled once."""

    def __init__(self, statement: Executable) -> None:
        self._statement = statement
        self._compiled: dict[str, tuple[str, Callable[[dict[str, Any]], Any]]] = {}

    def run(self, connection: Connection, rows: str, **values: str | int | None) -> CursorResult[Any]:
        """Execute it for all rows of a text; `values` has the bound parameters that are the same for all."""
        dialect = connection.dialect.name
        if dialect not in self._compiled:
            self._compiled[dialect] = self._compile(connection)
        words, arrange = self._compiled[dialect]
        return connection.exec_driver_sql(words, arrange({"rows": rows, **values}))

    def _compile(self, connection: Connection) -> tuple[str, Callable[[dict[str, Any]], Any]]:
        compiled = self._statement.compile(dialect=connection.dialect)  # type: ignore[attr-defined]
        constants = {name: value for name, value in compiled.params.items() if value is not None}
        names = compiled.positiontup

        def arrange(values: dict[str, Any]) -> tuple[Any, ...]:
            known = constants | values
            return tuple([known[name] for name in names])

        return str(compiled), arrange
