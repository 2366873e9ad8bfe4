"""Opening the ledger: where it lies, what SQLite must promise, and bringing an older one up to date.

All that is SQLite's own stands here; PostgreSQL gets its place beside it.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, MetaData, create_engine, event, inspect, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from dispatch.errors import ConfigInvalid, LedgerUnavailable
from dispatch.ledger.database import Database, ledger_words
from dispatch.ledger.ledger import Ledger
from dispatch.ledger.schema import HEAD, REVISIONS
from dispatch.ledger.suppression import Pseudonyms, no_pseudonyms

# Planning a million rows holds the write lock for many seconds; a run on another issue waits for it.
BUSY_SECONDS = 60

_DURABLE = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA fullfsync = ON",  # macOS: an fsync that really reaches the disk; nothing elsewhere
    "PRAGMA foreign_keys = ON",
    "PRAGMA wal_autocheckpoint = 4000",
    "PRAGMA cache_size = -8000",
)
_THROW_AWAY = ("PRAGMA synchronous = OFF", "PRAGMA cache_size = -8000")


def open_ledger(
    url: str, *, root: Path, busy_seconds: float = BUSY_SECONDS, pseudonyms: Pseudonyms = no_pseudonyms
) -> Ledger:
    """Open the ledger, made and brought up to date as needed. Relative paths start at `root`.

    `pseudonyms` are made with the owner's key; without them nobody can be forgotten, or found who was.

    Raises ConfigInvalid for a url that cannot be used, LedgerUnavailable for everything else.
    """
    file = ledger_file(url, root)
    _make_private(file)
    database = Database(_engine(file, _DURABLE, busy_seconds), str(file))
    try:
        _bring_up_to_date(database)
    except BaseException:
        database.close()
        raise
    return Ledger(database, pseudonyms)


def existing_ledger(
    url: str, root: Path, *, busy_seconds: float = BUSY_SECONDS, pseudonyms: Pseudonyms = no_pseudonyms
) -> Ledger | None:
    """Open the ledger when there is one; a question about a fresh project makes none."""
    file = ledger_file(url, root)
    try:
        exists = file.exists()
    except OSError as error:
        raise _closed_door(error, file) from error
    if not exists:
        return None
    return open_ledger(url, root=root, busy_seconds=busy_seconds, pseudonyms=pseudonyms)


def scratch_database(path: Path, tables: MetaData) -> Database:
    """Any tables in a file that the caller throws away: what is too much to be held in memory."""
    database = Database(_engine(path, _THROW_AWAY, BUSY_SECONDS), str(path))
    with database.writing() as connection:
        tables.create_all(connection)
    return database


def wipe(database: Database, *, patience: float = BUSY_SECONDS) -> None:
    """Write the database anew, so that no free page and no log has what was erased.

    Raises LedgerUnavailable when another program reads or writes the ledger for longer than `patience`
    seconds; nothing is lost by that.
    """
    connection = database.engine.raw_connection()
    connection.detach()  # its patience is for this alone
    try:
        with ledger_words(database.place):
            cursor = connection.cursor()
            cursor.execute(f"PRAGMA busy_timeout = {round(patience * 1000)}")
            cursor.execute("VACUUM")
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            busy = cursor.fetchone()
    finally:
        connection.close()
    if busy and busy[0]:
        raise LedgerUnavailable(
            "another program reads the ledger, whose log still has what was erased",
            file=database.place,
            hint="when it has ended, run the same command again",
        )


def ledger_file(url: str, root: Path) -> Path:
    """Where the ledger's file is or will be. Raises ConfigInvalid."""
    hint = "write it as sqlite:///.dispatch/ledger.db"
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError) as error:
        raise ConfigInvalid("ledger.url is not the address of a database", hint=hint) from error
    if parsed.drivername not in {"sqlite", "sqlite+pysqlite"}:
        raise ConfigInvalid(f"a ledger on {parsed.drivername} is not supported", hint=hint)
    file = parsed.database or ""
    if file in {"", ":memory:"} or "\0" in file or parsed.host or parsed.query:
        raise ConfigInvalid("ledger.url must name a file, without options", hint=hint)
    return root / file


def _make_private(file: Path) -> None:
    """Make the file and its folder for the owner's eyes only; SQLite gives its helper files the same mode."""
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise _closed_door(error, file) from error


def _closed_door(error: OSError, file: Path) -> LedgerUnavailable:
    return LedgerUnavailable(
        f"the ledger cannot be opened: {error.strerror}",
        file=str(file),
        hint="check who owns the folder, or set ledger.url to another place",
    )


def _engine(file: Path, pragmas: tuple[str, ...], busy_seconds: float) -> Engine:
    engine = create_engine(URL.create("sqlite", database=str(file)), connect_args={"timeout": busy_seconds})
    event.listen(engine, "connect", _prepare(pragmas))
    event.listen(engine, "begin", _begin)
    return engine


def _prepare(pragmas: tuple[str, ...]) -> Callable[[Any, Any], None]:
    def prepare(driver: Any, _pool_entry: Any) -> None:
        # The driver must not begin transactions by itself: it would begin them without the write lock.
        driver.isolation_level = None
        for pragma in pragmas:
            driver.execute(pragma)

    return prepare


def _begin(connection: Connection) -> None:
    """Writers take the write lock at once: a lock taken half-way fails where waiting would have helped."""
    writes = connection.get_execution_options().get("dispatch_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _bring_up_to_date(database: Database) -> None:
    with database.reading() as connection:
        if _revision(connection) == HEAD:
            return
    with database.writing() as connection:
        # Another process may have been faster; the write lock makes this answer the last word.
        revision = _revision(connection)
        if revision == HEAD:
            return
        _refuse_foreign(connection, revision, database.place)
        from dispatch.ledger.migrate import upgrade  # noqa: PLC0415 - Alembic costs every start 0.1 s

        upgrade(connection)


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
    return None if found is None else str(found)


def _refuse_foreign(connection: Connection, revision: str | None, place: str) -> None:
    tables = set(inspect(connection).get_table_names()) - {"alembic_version"}
    if tables and (revision is None or not tables >= {"issue", "delivery", "event"}):
        raise LedgerUnavailable(
            "the database belongs to another program", file=place, hint="check ledger.url in dispatch.toml"
        )
    if revision is not None and revision not in REVISIONS:
        raise LedgerUnavailable(
            "the ledger was written by a newer dispatch", file=place, hint="upgrade dispatch on this machine"
        )
