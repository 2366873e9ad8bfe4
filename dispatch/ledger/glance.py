"""A glance at the ledger: the questions of `status`, answered by SQLite's driver alone.

SQLAlchemy, which everything else goes through, takes longer to import than all the rest of `status`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from dispatch.ledger.place import BUSY_SECONDS, DURABLE, HEAD, existing_file, make_private, sqlite_words
from dispatch.ledger.questions import Ask, Questions

_TABLE = "SELECT name FROM sqlite_master WHERE type = 'table' AND name = 'alembic_version'"
_REVISION = "SELECT version_num FROM alembic_version"


class Glance(Questions):
    """A ledger of today's revision, opened for questions."""

    def __init__(self, connection: sqlite3.Connection, *, url: str, root: Path, place: str) -> None:
        self._connection = connection
        self._url, self._root, self._place = url, root, place

    @contextmanager
    def asking(self) -> Iterator[Ask]:
        """One transaction that only reads."""
        with sqlite_words(self._place):
            self._connection.execute("BEGIN")
            try:
                yield self._ask
            finally:
                self._connection.rollback()

    def _ask(self, words: str, values: Mapping[str, str | int]) -> Sequence[Any]:
        return self._connection.execute(words, values).fetchall()

    def audit(self, issue_id: int) -> list[str]:
        """Replay the history and say what does not add up. A glance is not enough for that."""
        from dispatch.ledger.connect import open_ledger  # noqa: PLC0415 - a breach should never be

        with open_ledger(self._url, root=self._root) as ledger:
            return ledger.audit(issue_id)


@contextmanager
def glance(url: str, root: Path, *, busy_seconds: float = BUSY_SECONDS) -> Iterator[Glance | None]:
    """Look at the ledger when there is one, brought up to date as needed; looking makes none.

    Raises ConfigInvalid for a url that cannot be used, LedgerUnavailable for everything else.
    """
    file = existing_file(url, root)
    if file is None:
        yield None
        return
    make_private(file)
    with closing(_opened(file, busy_seconds)) as connection:
        with sqlite_words(str(file)):
            is_of_today = _is_of_today(connection)
        if not is_of_today:
            from dispatch.ledger.connect import open_ledger  # noqa: PLC0415 - once after an upgrade

            open_ledger(url, root=root, busy_seconds=busy_seconds).close()
        yield Glance(connection, url=url, root=root, place=str(file))


def _opened(file: Path, busy_seconds: float) -> sqlite3.Connection:
    with sqlite_words(str(file)):
        connection = sqlite3.connect(file, timeout=busy_seconds, isolation_level=None)
        connection.row_factory = _row
        for pragma in DURABLE:
            connection.execute(pragma)
        return connection


def _is_of_today(connection: sqlite3.Connection) -> bool:
    if not connection.execute(_TABLE).fetchall():
        return False
    return [row.version_num for row in connection.execute(_REVISION)] == [HEAD]


def _row(cursor: sqlite3.Cursor, values: tuple[Any, ...]) -> SimpleNamespace:
    names = (column[0] for column in cursor.description)
    return SimpleNamespace(**dict(zip(names, values, strict=True)))
