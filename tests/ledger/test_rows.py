"""Values and what a column can hold."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.ledger.rows import REPLY_LIMIT, fields_text, fields_texts, moment, printable, stamp, storable

zones = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@given(st.datetimes(timezones=zones))
def test_a_time_comes_back_to_the_millisecond(at: datetime) -> None:
    """Whatever its zone, a time is the same instant after the ledger, but for less than a millisecond."""
    assert timedelta(0) <= at - moment(stamp(at)) < timedelta(milliseconds=1)


def test_a_time_without_a_zone_is_refused() -> None:
    """Nobody could say which instant it is."""
    with pytest.raises(ValueError, match="without a zone"):
        stamp(datetime(2025, 1, 1))  # noqa: DTZ001 - the point of it


@given(st.text(st.characters(codec=None)))
def test_any_text_can_be_stored(text: str) -> None:
    """Half a surrogate pair, which no database takes, is spelled out; all else stays as it is."""
    assert storable(text).encode("utf-8").decode("utf-8") == storable(text)
    if not any(0xD800 <= ord(letter) <= 0xDFFF for letter in text):
        assert storable(text) == text


@given(st.text(st.characters(codec=None), max_size=2 * REPLY_LIMIT))
def test_foreign_words_are_harmless(text: str) -> None:
    """No control character, no half pair, and never longer than the limit."""
    shown = printable(text)
    assert shown.isprintable()
    assert len(shown) <= REPLY_LIMIT


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("Ok: queued", "Ok: queued", id="plain words stay"),
        pytest.param("\x1b[2Jgone", r"\x1b[2Jgone", id="a terminal's clear screen"),
        pytest.param("one\r\ntwo", r"one\r\ntwo", id="lines"),
        pytest.param("Grüße 你好", "Grüße 你好", id="letters of any script"),
        pytest.param("a\u202egnp.exe", r"a\u202egnp.exe", id="a turn of the writing direction"),
    ],
)
def test_control_characters_are_spelled_out(text: str, shown: str) -> None:
    """A reply of a hostile relay cannot play tricks on who reads it."""
    assert printable(text) == shown


cells = st.text(st.characters(codec=None))


@given(st.lists(st.dictionaries(cells, cells)))
def test_fields_are_json_whatever_is_in_them(rows: list[dict[str, str]]) -> None:
    """One text for each copy, compact, as the standard library writes it, and good for any database."""
    words = [json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in rows]
    assert fields_texts(rows) == [storable(one) for one in words]
    assert fields_texts(rows) == [fields_text(row) for row in rows]
