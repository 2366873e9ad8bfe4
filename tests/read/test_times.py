"""Times of other services."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.read.times import iso_time


@pytest.mark.parametrize(
    ("written", "read"),
    [
        pytest.param("2023-01-17 14:03:12", "2023-01-17T14:03:12Z", id="Mailchimp"),
        pytest.param("2024-07-01T06:30:00.000Z", "2024-07-01T06:30:00Z", id="Substack"),
        pytest.param("2023-11-05T07:08:09.123456Z", "2023-11-05T07:08:09Z", id="Buttondown"),
        pytest.param("2023-01-17 14:03:12.123456 +0000 UTC", "2023-01-17T14:03:12Z", id="listmonk"),
        pytest.param(
            "2023-01-17 14:03:12 +0530 +0530", "2023-01-17T08:33:12Z", id="Go without a zone's name"
        ),
        pytest.param("2023-01-17 14:03:12 UTC", "2023-01-17T14:03:12Z", id="Kit"),
        pytest.param("2023-01-17T14:03:12+02:00", "2023-01-17T12:03:12Z", id="an offset"),
        pytest.param("01/17/2023 2:03 pm", "2023-01-17T14:03:00Z", id="American"),
        pytest.param("Jan 17, 2023", "2023-01-17", id="a day in words"),
        pytest.param("  2024-03-04 ", "2024-03-04", id="a day"),
        pytest.param("0001-01-01T00:00:00+14:00", "", id="before the first day"),
        pytest.param("yesterday", "", id="words"),
        pytest.param("", "", id="nothing"),
    ],
)
def test_each_service_s_way_to_write_a_time(written: str, read: str) -> None:
    """As ISO 8601 in UTC; a day stays a day."""
    assert iso_time(written) == read


@given(st.text(max_size=40))
def test_any_text_is_a_time_or_none(text: str) -> None:
    """Nothing raises, and what was read once is read the same again."""
    read = iso_time(text)
    assert iso_time(read) == read
