"""The list seen once, row by row."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dispatch.check.census import Census, Longest, Questions
from dispatch.model.address import parse_address
from dispatch.model.subscriber import BadRow, Subscriber


def _person(line: int, email: str, **fields: str) -> Subscriber:
    return Subscriber(address=parse_address(email), line=line, fields={"email": email, **fields})


def test_rows_are_counted_by_what_is_odd_about_them() -> None:
    """With their lines."""
    census = Census(
        Questions(used=["name"], addresses=["home"], headers=["name"], is_unfit=lambda v: "\n" in v)
    )
    census.add(_person(2, "ann@example.com", name="Ann", home="https://example.com", consent_at="2024-01-01"))
    census.add(_person(3, "ANN@example.com", name="", home="javascript:x"))
    census.add(_person(4, "info@gmial.com", name="a\nb", home=""))
    census.add(BadRow(line=5, email="x", reason="no address"))
    facts = census.facts(file="list.csv", columns=("email", "name"), is_whole=True)

    assert (facts.rows, facts.bad.lines, facts.duplicates.lines) == (4, [5], [3])
    assert (facts.roles.lines, facts.slips) == ([4], ((4, "info@gmial.com", "gmail.com"),))
    assert (facts.empty["name"].lines, facts.unsafe["home"].lines) == ([3], [3])
    assert (facts.unfit.lines, facts.without_consent.lines) == ([4], [3, 4])


def test_a_row_is_of_a_new_kind_when_other_parts_are_shown_to_it() -> None:
    """By the values that decide, and by what is empty where nothing stands in for it."""
    census = Census(Questions(asked_for=["plan"], bare=["name"]))
    rows = [("pro", "Ann"), ("pro", "Bob"), ("free", "Eve"), ("free", ""), ("pro", "Joe")]
    kinds = [
        census.add(_person(line, f"r{line}@example.com", plan=plan, name=name))
        for line, (plan, name) in enumerate(rows, start=2)
    ]

    assert kinds == [True, False, True, True, False]


def test_a_column_of_many_values_counts_as_there_or_not() -> None:
    """Or else everybody would be of a kind of their own."""
    census = Census(Questions(asked_for=["name"]))
    new = [census.add(_person(n, f"r{n}@example.com", name=f"Reader {n}")) for n in range(1000)]

    assert sum(new) < 60


@given(st.lists(st.integers(min_value=0, max_value=500), max_size=600))
def test_duplicates_are_those_seen_before(numbers: list[int]) -> None:
    """The flat table says what a set would, while it grows."""
    census = Census(Questions())
    for line, number in enumerate(numbers, start=2):
        census.add(_person(line, f"r{number}@example.com"))
    facts = census.facts(file="list.csv", columns=("email",), is_whole=True)

    assert facts.duplicates.count == len(numbers) - len(set(numbers))


@given(st.lists(st.tuples(st.text(max_size=8), st.text(max_size=8), st.booleans()), min_size=1, max_size=60))
def test_the_longest_copy_is_among_those_that_are_filled(rows: list[tuple[str, str, bool]]) -> None:
    """Whatever a page makes of two values and a condition, as long as longer values make it no shorter."""
    longest = Longest(["a", "b"], ["plan"])
    filled, everyone = [], []
    for first, second, pro in rows:
        fields = {"a": first, "b": second, "plan": "pro" if pro else ""}
        size = len(first.encode()) * (3 if pro else 1) + len(second.encode()) * 2 + 5 * pro
        everyone.append(size)
        if longest.may_be(fields):
            filled.append(size)

    # Escaping makes some letters longer; the bound is on the escaped ones.
    assert filled
    if all(not set("<>&'\"") & set(first + second) for first, second, _ in rows):
        assert max(filled) == max(everyone)
