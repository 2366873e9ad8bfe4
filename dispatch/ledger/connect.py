"""Opening the ledger for everything, and bringing an older one up to date."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, MetaData, create_engine, event, inspect, text
from sqlalchemy.engine import URL

from dispatch.errors import LedgerUnavailable
from dispatch.ledger.database import Database, ledger_words
from dispatch.ledger.ledger import Ledger
from dispatch.ledger.place import (
    BUSY_SECONDS,
    DURABLE,
    HEAD,
    REVISIONS,
    existing_file,
    ledger_file,
    make_private,
)
from dispatch.ledger.suppression import Pseudonyms, no_pseudonyms

_THROW_AWAY = ("PRAGMA synchronous = OFF", "PRAGMA cache_size = -8000")


def open_ledger(
    url: str, *, root: Path, busy_seconds: float = BUSY_SECONDS, pseudonyms: Pseudonyms = no_pseudonyms
) -> Ledger:
    """Open the ledger, made and brought up to date as needed. Relative paths start at `root`.

    `pseudonyms` are made with the owner's key; without them nobody can be forgotten, or found who was.

    Raises ConfigInvalid for a url that cannot be used, LedgerUnavailable for everything else.
    """
    file = ledger_file(url, root)
    make_private(file)
    database = Database(_engine(file, DURABLE, busy_seconds), str(file))
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
    if existing_file(url, root) is None:
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
