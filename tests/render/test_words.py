"""The filters for authors."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from jinja2.runtime import Undefined

from dispatch.render.words import date_words, default, money, parts, split


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        pytest.param("Ann", "Ann", id="a name"),
        pytest.param("", "reader", id="empty"),
        pytest.param("  ", "reader", id="blank"),
        pytest.param(None, "reader", id="none"),
        pytest.param(Undefined(), "reader", id="undefined"),
        pytest.param(0, 0, id="zero is a value"),
    ],
)
def test_default(value: object, shown: object) -> None:
    """A blank cell counts as missing."""
    assert default(value, "reader") == shown


@pytest.mark.parametrize(
    ("value", "pattern", "words"),
    [
        pytest.param(date(2026, 11, 2), "d MMMM yyyy", "2 November 2026", id="long"),
        pytest.param(date(2026, 11, 2), "EEEE, dd.MM.yyyy", "Monday, 02.11.2026", id="weekday and zeros"),
        pytest.param(datetime(2026, 5, 12, 8), "MMM d, M", "May 12, 5", id="date and time"),  # noqa: DTZ001
        pytest.param("2026-11-20T10:00", "d MMM", "20 Nov", id="text"),
        pytest.param("soon", "d MMM", "soon", id="no date"),
        pytest.param("", "d MMM", "", id="empty"),
    ],
)
def test_date(value: object, pattern: str, words: str) -> None:
    """A date by its pattern; what is no date stays."""
    assert date_words(value, pattern) == words


@pytest.mark.parametrize(
    ("value", "currency", "words"),
    [
        pytest.param("1234.5", "CHF", "CHF 1,234.50", id="text"),
        pytest.param(7, "", "7.00", id="no currency"),
        pytest.param("free", "€", "free", id="no number"),
        pytest.param("1e9999", "€", "€ 1e9999", id="too large"),
        pytest.param("nan", "", "nan", id="not a number"),
    ],
)
def test_money(value: object, currency: str, words: str) -> None:
    """Two decimals, commas, the currency first."""
    assert money(value, currency) == words


@pytest.mark.parametrize(
    ("value", "separator", "items"),
    [
        pytest.param(" a, b ,,c", ",", ["a", "b", "c"], id="commas"),
        pytest.param("a; b", ";", ["a", "b"], id="other separator"),
        pytest.param("a,b", "", ["a", "b"], id="no separator"),
        pytest.param(["x"], ",", ["x"], id="a list already"),
        pytest.param(5, ",", [5], id="a number"),
    ],
)
def test_list(value: object, separator: str, items: list[object]) -> None:
    """A cell with several things in it."""
    assert parts(value, separator) == items


def test_split() -> None:
    """Cut at a separator or at blanks."""
    assert (split("a-b", "-"), split(" a  b ")) == (["a", "b"], ["a", "b"])
