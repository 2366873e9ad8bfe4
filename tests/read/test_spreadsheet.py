"""Cells that a spreadsheet would calculate."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.read.spreadsheet import guarded, unguarded


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r"])
def test_a_formula_gets_an_apostrophe(sign: str) -> None:
    """In front, where spreadsheets take it for the mark of a text."""
    assert guarded(f"{sign}1") == f"'{sign}1"
    assert unguarded(f"'{sign}1") == f"{sign}1"


@pytest.mark.parametrize("cell", ["", "Ann", "'quoted'", "O'Neil", "1-2", " =1"])
def test_other_cells_stay(cell: str) -> None:
    """An apostrophe that guards nothing is the owner's own."""
    assert guarded(cell) == cell == unguarded(cell)


@given(st.text(alphabet="'=+-@\t\ra\n ", max_size=6) | st.text())
def test_the_way_back_is_exact(cell: str) -> None:
    """Whatever stood in the cell, apostrophes too, stands there after export and import."""
    assert unguarded(guarded(cell)) == cell
    assert not guarded(cell).startswith(("=", "+", "-", "@", "\t", "\r"))
