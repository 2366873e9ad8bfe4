"""Rows that are written as they are stand in the table as they were given."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from dispatch.ledger.insertion import Insertion
from dispatch.ledger.ledger import Ledger
from dispatch.ledger.schema import suppression

WRITE = Insertion(suppression, "recipient", "reason", "at")
COLUMNS = (suppression.c.recipient, suppression.c.reason, suppression.c.source, suppression.c.at)


def test_rows_are_written(ledger: Ledger) -> None:
    """A column that is not named has its default; no rows are no work."""
    with ledger.database.writing() as connection:
        WRITE.run(connection, [("a", "it's", 1), ("b", "\u2028", 2)])
        WRITE.run(connection, [])
        found = [tuple(row) for row in connection.execute(select(*COLUMNS).order_by(suppression.c.at))]
    assert found == [("a", "it's", "", 1), ("b", "\u2028", "", 2)]


def test_a_key_that_is_there_is_refused(ledger: Ledger) -> None:
    """By an error that says so, of SQLAlchemy's."""
    with ledger.database.writing() as connection:
        WRITE.run(connection, [("a", "", 1)])
        with pytest.raises(IntegrityError):
            WRITE.run(connection, [("b", "", 1), ("a", "", 1)])


def test_columns_in_another_order_are_refused(ledger: Ledger) -> None:
    """Rather than written into each other's places."""
    with (
        ledger.database.writing() as connection,
        pytest.raises(ValueError, match="'recipient', 'at'"),
    ):
        Insertion(suppression, "at", "recipient").run(connection, [(1, "a")])
