"""The door: no exception of SQLAlchemy's or of the driver's gets through as itself."""

from __future__ import annotations

import inspect
import sqlite3

import pytest
import sqlalchemy.exc
from sqlalchemy import ClauseElement, text
from sqlalchemy.dialects.sqlite.base import SQLiteDialect, SQLiteTypeCompiler

from dispatch.errors import LedgerUnavailable
from dispatch.ledger.database import ledger_words
from dispatch.ledger.ledger import Ledger


def _exceptions(module: object, top: type[Exception]) -> list[type[Exception]]:
    classes = [one for _, one in inspect.getmembers(module, inspect.isclass) if issubclass(one, top)]
    return sorted(set(classes), key=lambda one: one.__name__)


FOREIGN = [
    *_exceptions(sqlalchemy.exc, sqlalchemy.exc.SQLAlchemyError),
    *_exceptions(sqlite3, sqlite3.Error),
]


def _made(kind: type[Exception]) -> Exception:
    if issubclass(kind, sqlalchemy.exc.DBAPIError):
        return kind("SELECT 1", {}, sqlite3.OperationalError("no"))
    if issubclass(kind, sqlalchemy.exc.StatementError):
        return kind("no", "SELECT 1", {}, None)
    if issubclass(kind, sqlalchemy.exc.CircularDependencyError):
        return kind("no", set(), set())
    if issubclass(kind, sqlalchemy.exc.UnsupportedCompilationError):
        return kind(SQLiteTypeCompiler(SQLiteDialect()), ClauseElement)
    if issubclass(kind, sqlalchemy.exc.NoReferenceError) and kind is not sqlalchemy.exc.NoReferenceError:
        return kind("no", *["name"] * (len(inspect.signature(kind).parameters) - 1))
    return kind("no")


def test_the_list_of_foreign_exceptions_is_long() -> None:
    """The test below would be idle if nothing were found."""
    assert len(FOREIGN) > 30


@pytest.mark.parametrize("kind", FOREIGN, ids=lambda kind: kind.__name__)
def test_every_foreign_exception_becomes_ours(kind: type[Exception]) -> None:
    """It is raised from the foreign one, names the place, and says what to do."""
    foreign = _made(kind)
    with pytest.raises(LedgerUnavailable) as caught, ledger_words("ledger.db"):
        raise foreign
    assert caught.value.__cause__ is foreign
    assert caught.value.file == "ledger.db"
    assert caught.value.hint


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("SQLITE_FULL", "the disk is full"),
        ("SQLITE_BUSY_SNAPSHOT", "another program keeps the ledger locked"),
        ("SQLITE_LOCKED_SHAREDCACHE", "another program keeps the ledger locked"),
        ("SQLITE_NOTADB", "this file is not a ledger"),
        ("SQLITE_CORRUPT_INDEX", "the ledger is damaged"),
        ("SQLITE_READONLY_DIRECTORY", "the ledger cannot be written"),
        ("SQLITE_PERM", "the ledger cannot be written"),
        ("SQLITE_CANTOPEN_ISDIR", "the ledger cannot be opened"),
        ("SQLITE_IOERR_FSYNC", "the disk does not read or write the ledger"),
    ],
)
def test_causes_are_told_apart(name: str, message: str) -> None:
    """Each cause that somebody can do something about has its own words."""
    cause = sqlite3.OperationalError("no")
    cause.sqlite_errorname = name
    with pytest.raises(LedgerUnavailable) as caught, ledger_words("ledger.db"):
        raise sqlalchemy.exc.OperationalError("SELECT 1", {}, cause)
    assert caught.value.message == message


def test_our_own_exceptions_pass(ledger: Ledger) -> None:
    """What the caller raises inside a transaction comes out as it is, and the transaction is undone."""

    def interrupted() -> None:
        with ledger.database.writing() as connection:
            connection.execute(text("INSERT INTO suppression (recipient, at) VALUES ('a@example.com', 1)"))
            raise KeyError("mine")

    with pytest.raises(KeyError):
        interrupted()
    assert ledger.suppressed(["a@example.com"]) == {}


def test_two_readers_and_a_writer_do_not_wait_for_each_other(ledger: Ledger) -> None:
    """A reader sees the moment at which it began, while another transaction writes."""
    count = text("SELECT count(*) FROM suppression")
    with ledger.database.reading() as reader:
        assert reader.execute(count).scalar_one() == 0
        with ledger.database.writing() as writer:
            writer.execute(text("INSERT INTO suppression (recipient, at) VALUES ('a@example.com', 1)"))
        assert reader.execute(count).scalar_one() == 0
    with ledger.database.reading() as reader:
        assert reader.execute(count).scalar_one() == 1
