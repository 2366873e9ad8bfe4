"""Bringing a ledger up to date with Alembic. Imported only when there is something to do."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.util.exc import CommandError
from sqlalchemy import Connection

from dispatch.errors import LedgerUnavailable

_FOLDER = Path(__file__).parent / "migrations"


def configuration(connection: Connection | None = None) -> Config:
    """Alembic's settings without a file: the revisions of this package, and the connection to use."""
    config = Config()
    # A per cent sign in a path would be taken for a reference to another setting.
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def upgrade(connection: Connection) -> None:
    """Run the missing revisions inside the transaction that is open. Raises LedgerUnavailable."""
    try:
        command.upgrade(configuration(connection), "head")
    except CommandError as error:
        raise LedgerUnavailable(f"the ledger cannot be brought up to date: {error}") from error
