"""Durations and rates as people write them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.model.pace import Rate, format_duration, parse_duration, parse_rate


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        pytest.param("30s", timedelta(seconds=30), id="seconds"),
        pytest.param("15m", timedelta(minutes=15), id="minutes"),
        pytest.param("24h", timedelta(hours=24), id="hours"),
        pytest.param("2d", timedelta(days=2), id="days"),
        pytest.param(" 1.5 h ", timedelta(minutes=90), id="a fraction and blanks"),
    ],
)
def test_a_duration_is_a_number_and_a_unit(text: str, duration: timedelta) -> None:
    """The unit is one letter."""
    assert parse_duration(text) == duration


@pytest.mark.parametrize(
    ("text", "rate", "shown"),
    [
        pytest.param("14/s", Rate(14, 1), "14/s", id="a second"),
        pytest.param("200/m", Rate(200, 60), "200/m", id="a minute"),
        pytest.param("2000 / h", Rate(2000, 3600), "2000/h", id="an hour, with blanks"),
        pytest.param("50000/d", Rate(50000, 86400), "50000/d", id="a day"),
    ],
)
def test_a_rate_is_a_count_and_a_unit(text: str, rate: Rate, shown: str) -> None:
    """A rate reads back as it is written."""
    assert parse_rate(text) == rate
    assert str(rate) == shown


@pytest.mark.parametrize(
    "text", ["", "5", "h", "-1h", "1w", "1h30m", "٣h", "1e3s", "9" * 5000 + "s", "999999999d"]
)
def test_what_is_no_duration_is_a_value_error(text: str) -> None:
    """Also a number that no calendar holds."""
    with pytest.raises(ValueError, match=r"is not a duration|longer than ten years"):
        parse_duration(text)


@pytest.mark.parametrize("text", ["", "14", "/s", "0/s", "-1/s", "1.5/s", "14/w", "٣/s", "9" * 5000 + "/s"])
def test_what_is_no_rate_is_a_value_error(text: str) -> None:
    """None in a unit of time is no rate: it would never send."""
    with pytest.raises(ValueError, match="is not a rate"):
        parse_rate(text)


@given(
    st.integers(0, 3650 * 86400).map(lambda seconds: timedelta(seconds=seconds))
    | st.timedeltas(timedelta(0), timedelta(days=3650))
)
def test_a_duration_reads_back_as_it_is_shown(duration: timedelta) -> None:
    """To the microsecond."""
    assert parse_duration(format_duration(duration)) == duration


@given(st.text(max_size=12))
def test_any_text_is_a_pace_or_a_value_error(text: str) -> None:
    """No text raises anything else."""
    for parse in (parse_duration, parse_rate):
        try:
            parse(text)
        except ValueError:
            continue
