"""Transactions on the ledger's database, and the one place where a foreign database error becomes ours."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from dispatch.ledger.place import sqlite_words, unavailable


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
        with sqlite_words(place):
            yield
    except SQLAlchemyError as error:
        cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
        raise unavailable(cause, place) from error
