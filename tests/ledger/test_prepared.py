"""Statements prepared for long lists do what SQLAlchemy's own execution does."""

from __future__ import annotations

from sqlalchemy import bindparam, insert, select, update

from dispatch.ledger.ledger import Ledger
from dispatch.ledger.prepared import Prepared
from dispatch.ledger.schema import suppression


def test_rows_are_written_and_counted(ledger: Ledger) -> None:
    """An insert and an update over many rows say how many rows of the table they wrote."""
    write = Prepared(insert(suppression), ["recipient", "reason", "at"])
    change = Prepared(
        update(suppression)
        .where(suppression.c.recipient == bindparam("who"), suppression.c.reason == "old")
        .values(reason=bindparam("new_reason"), source="test")
    )
    rows = [{"recipient": f"{number}", "reason": "old", "at": number} for number in range(3)]
    with ledger.database.writing() as connection:
        assert write.run(connection, rows) == 3
        wanted = [{"who": "0", "new_reason": "new"}, {"who": "9", "new_reason": "new"}]
        assert change.run(connection, wanted) == 1
        columns = (suppression.c.recipient, suppression.c.reason, suppression.c.source)
        found = {tuple(row) for row in connection.execute(select(*columns))}
    assert found == {("0", "new", "test"), ("1", "old", ""), ("2", "old", "")}


def test_no_rows_are_no_work(ledger: Ledger) -> None:
    """An empty list reaches no database."""
    with ledger.database.writing() as connection:
        assert Prepared(insert(suppression), ["recipient", "at"]).run(connection, []) == 0
