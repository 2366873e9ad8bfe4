"""Somebody else's text in a message."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.read.shown import shown


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("Jürgen 田中 ليلى", "Jürgen 田中 ليلى", id="any script"),
        pytest.param("a\x1b[2Jb", "a\ufffd[2Jb", id="an escape"),
        pytest.param("a\r\nb", "a\ufffd\ufffdb", id="a line end"),
        pytest.param("a\u202eb", "a\ufffdb", id="a change of direction"),
        pytest.param("a\udce9b", "a\ufffdb", id="a byte that was no letter"),
        pytest.param("x" * 1000, "x" * 60, id="a long text"),
    ],
)
def test_what_is_shown_of_a_text(text: str, expected: str) -> None:
    """Letters stay, tricks do not."""
    assert shown(text) == expected


@given(st.text())
def test_any_text_can_be_shown(text: str) -> None:
    """Printed on one line, and stored."""
    assert shown(text).isprintable()
    assert shown(text).encode().decode() == shown(text)
