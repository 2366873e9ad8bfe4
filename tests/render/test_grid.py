"""Tables in plain text: side by side while there is room."""

from __future__ import annotations

from dispatch.render.grid import column_widths, labelled, row_lines, rule
from dispatch.render.wrap import columns_of


def test_columns_share_the_width() -> None:
    """The widest gives way first, and rows may be short."""
    widths = column_widths([["a", "bbb " * 10], ["c"]], 30, columns_of)
    assert widths == [1, 27]
    assert row_lines(["a", "x y"], [3, 3], ["right", "center"], columns_of) == ["  a  x y"]
    assert rule([3, 2]) == "---  --"


def test_no_column_is_narrower_than_its_longest_word() -> None:
    """A narrower one would push its neighbours out of line; where nothing helps there are no widths."""
    words = "extraordinarily " * 3
    assert column_widths([[words, words]], 40, columns_of) == [19, 19]
    assert column_widths([[words, words]], 31, columns_of) is None


def test_a_row_with_labels() -> None:
    """What is empty is left out, what is long goes on under itself, and a head may be empty."""
    lines = labelled(["Name", "", "Rest"], ["Tea", "", "long words to wrap"], 18, columns_of)
    assert lines == ["Name: Tea", "Rest: long words", "  to wrap"]
    assert labelled([""], ["x"], 18, columns_of) == ["x"]
