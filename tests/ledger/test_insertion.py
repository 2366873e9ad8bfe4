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


def test_a_key_that_is_there_is_passed_over(ledger: Ledger) -> None:
    """Of two rows with one key the first stays; how many were written tells that one was not."""
    with ledger.database.writing() as connection:
        assert WRITE.run(connection, [("a", "first", 1)]) == 1
        assert WRITE.run(connection, [("b", "", 1), ("a", "", 2), ("c", "", 1), ("c", "", 2)]) == 2
        found = connection.execute(select(*COLUMNS).order_by(suppression.c.recipient))
        assert [tuple(row) for row in found] == [("a", "first", "", 1), ("b", "", "", 1), ("c", "", "", 1)]


def test_what_is_wrong_otherwise_is_refused(ledger: Ledger) -> None:
    """A value that a column cannot hold is no row that is there."""
    with ledger.database.writing() as connection, pytest.raises(IntegrityError):
        WRITE.run(connection, [("a", None, 1)])


def test_columns_in_another_order_are_refused(ledger: Ledger) -> None:
    """Rather than written into each other's places."""
    with (
        ledger.database.writing() as connection,
        pytest.raises(ValueError, match="'recipient', 'at'"),
    ):
        Insertion(suppression, "at", "recipient").run(connection, [(1, "a")])
