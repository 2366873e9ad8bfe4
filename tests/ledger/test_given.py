"""Rows given as one text arrive as they are."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, select

from dispatch.ledger import given as rows
from dispatch.ledger.ledger import Ledger
from dispatch.ledger.schema import suppression

COLUMNS = ("recipient", "reason", "at")
# The ledger never has a NUL or half a surrogate pair: `printable` and `storable` spell them out.
words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)
whole = st.integers(min_value=-(2**63), max_value=2**63 - 1)
ONE_TEXT = rows.Statement(insert(suppression).from_select(COLUMNS, select(rows.given(*COLUMNS))))
BY_IDS = rows.Statement(select(suppression.c.recipient).where(suppression.c.at.in_(rows.given_values())))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(words, st.tuples(words, whole), max_size=20))
def test_every_row_is_written_as_it_was_given(ledger: Ledger, wanted: dict[str, tuple[str, int]]) -> None:
    """Quotes, brackets, JSON inside of a text, any script, the largest numbers."""
    with ledger.database.writing() as connection:
        connection.execute(suppression.delete())
        text = rows.as_text([(key, reason, at) for key, (reason, at) in wanted.items()])
        ONE_TEXT.run(connection, text)
        found = connection.execute(select(*(suppression.c[name] for name in COLUMNS)))
        assert {key: (reason, at) for key, reason, at in found} == wanted


def test_rows_are_written_and_counted(ledger: Ledger) -> None:
    """An insert and an update over many rows say how many rows of the table they wrote; of none, none."""
    changed = rows.given("who", "new_reason")
    change = rows.Statement(
        suppression.update()
        .where(suppression.c.recipient == changed.c.who, suppression.c.reason == "old")
        .values(reason=changed.c.new_reason, source="test")
    )
    with ledger.database.writing() as connection:
        old = rows.as_text([(f"{number}", "old", number) for number in range(3)])
        assert ONE_TEXT.run(connection, old).rowcount == 3
        assert change.run(connection, rows.as_text([("0", "new"), ("9", "new")])).rowcount == 1
        assert change.run(connection, rows.as_text([])).rowcount == 0
        columns = (suppression.c.recipient, suppression.c.reason, suppression.c.source)
        found = {tuple(row) for row in connection.execute(select(*columns))}
    assert found == {("0", "new", "test"), ("1", "old", ""), ("2", "old", "")}


def test_ids_are_looked_up_at_once(ledger: Ledger) -> None:
    """Those that are not there are not missed."""
    with ledger.database.writing() as connection:
        ONE_TEXT.run(connection, rows.as_text([("a", "", 1), ("b", "", 2), ("c", "", 3)]))
        assert {one for (one,) in BY_IDS.run(connection, rows.as_text([1, 3, 99]))} == {"a", "c"}
