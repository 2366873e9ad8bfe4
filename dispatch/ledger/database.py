"""Transactions on the ledger's database, and the one place where a foreign database error becomes ours."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from dispatch.errors import LedgerUnavailable

# Beginnings of SQLite's own names (https://sqlite.org/rescode.html), what they mean here, and what to do.
_SQLITE_WORDS = (
    ("SQLITE_FULL", "the disk is full", "free some space, then run dispatch resume"),
    ("SQLITE_BUSY", "another program keeps the ledger locked", "wait until it is done, then run it again"),
    ("SQLITE_LOCKED", "another program keeps the ledger locked", "wait until it is done, then run it again"),
    ("SQLITE_NOTADB", "this file is not a ledger", "check ledger.url in dispatch.toml"),
    ("SQLITE_CORRUPT", "the ledger is damaged", "restore it from a copy, then run dispatch resume"),
    ("SQLITE_READONLY", "the ledger cannot be written", "check who owns the file and its folder"),
    ("SQLITE_PERM", "the ledger cannot be written", "check who owns the file and its folder"),
    ("SQLITE_CANTOPEN", "the ledger cannot be opened", "check who owns the file and its folder"),
    (
        "SQLITE_IOERR",
        "the disk does not read or write the ledger",
        "check the disk, then run dispatch resume",
    ),
)


class Database:
    """An engine that is ready to use, and the name of the place for messages."""

    def __init__(self, engine: Engine, place: str) -> None:
        self.engine = engine
        self.place = place
        self._writing = engine.execution_options(dispatch_writes=True)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One transaction that sees one moment of the ledger. Raises LedgerUnavailable."""
        with ledger_words(self.place), self.engine.begin() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction that holds the write lock from the start; durable when it ends well.

        Raises LedgerUnavailable.
        """
        with ledger_words(self.place), self._writing.begin() as connection:
            yield connection

    def close(self) -> None:
        """Give the connections back."""
        with ledger_words(self.place):
            self.engine.dispose()


@contextmanager
def ledger_words(place: str) -> Iterator[None]:
    """Turn every exception of SQLAlchemy's and of the driver's into LedgerUnavailable."""
    try:
        yield
    except (SQLAlchemyError, sqlite3.Error) as error:
        raise _unavailable(error, place) from error


def _unavailable(error: Exception, place: str) -> LedgerUnavailable:
    cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    name = getattr(cause, "sqlite_errorname", None) or ""
    for beginning, message, hint in _SQLITE_WORDS:
        if name.startswith(beginning):
            return LedgerUnavailable(message, file=place, hint=hint)
    return LedgerUnavailable(
        f"the ledger does not answer: {' '.join(str(cause).split())[:300]}",
        file=place,
        hint="run dispatch resume when the cause is gone",
    )
