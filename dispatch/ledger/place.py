"""The ledger's file: where it lies, what SQLite promises of it, and SQLite's complaints in our words.

SQLAlchemy is left to the rooms that write: who only looks at the ledger need not wait for its import.
"""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dispatch.errors import ConfigInvalid, LedgerUnavailable

REVISIONS = ("0001", "0002", "0003", "0004")
HEAD = REVISIONS[-1]

# Planning a million rows holds the write lock for many seconds; a run on another issue waits for it.
BUSY_SECONDS = 60

# A reader needs them too: whoever closes the ledger last brings its log into the file.
DURABLE = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA fullfsync = ON",  # macOS: an fsync that really reaches the disk; nothing elsewhere
    "PRAGMA foreign_keys = ON",
    "PRAGMA wal_autocheckpoint = 4000",
    "PRAGMA cache_size = -8000",
)

_ADDRESS = re.compile(r"(?P<kind>[\w+]+)://(?P<host>[^/?]*)(?:/(?P<file>.*))?", re.DOTALL)

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


def ledger_file(url: str, root: Path) -> Path:
    """Where the ledger's file is or will be. Raises ConfigInvalid."""
    hint = "write it as sqlite:///.dispatch/ledger.db"
    parsed = _ADDRESS.fullmatch(url)
    if parsed is None:
        raise ConfigInvalid("ledger.url is not the address of a database", hint=hint)
    if parsed["kind"] not in {"sqlite", "sqlite+pysqlite"}:
        raise ConfigInvalid(f"a ledger on {parsed['kind']} is not supported", hint=hint)
    file = parsed["file"] or ""
    if file in {"", ":memory:"} or "\0" in file or "?" in file or parsed["host"]:
        raise ConfigInvalid("ledger.url must name a file, without options", hint=hint)
    return root / file


def existing_file(url: str, root: Path) -> Path | None:
    """The ledger's file when there is one. Raises ConfigInvalid, LedgerUnavailable."""
    file = ledger_file(url, root)
    try:
        return file if file.exists() else None
    except OSError as error:
        raise _closed_door(error, file) from error


def make_private(file: Path) -> None:
    """Make the file and its folder for the owner's eyes only; SQLite gives its helper files the same mode.

    Raises LedgerUnavailable.
    """
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


@contextmanager
def sqlite_words(place: str) -> Iterator[None]:
    """Turn every exception of SQLite's driver into LedgerUnavailable."""
    try:
        yield
    except sqlite3.Error as error:
        raise unavailable(error, place) from error


def unavailable(cause: BaseException, place: str) -> LedgerUnavailable:
    """What the driver said, in our words."""
    name = getattr(cause, "sqlite_errorname", None) or ""
    for beginning, message, hint in _SQLITE_WORDS:
        if name.startswith(beginning):
            return LedgerUnavailable(message, file=place, hint=hint)
    return LedgerUnavailable(
        f"the ledger does not answer: {' '.join(str(cause).split())[:300]}",
        file=place,
        hint="run dispatch resume when the cause is gone",
    )
