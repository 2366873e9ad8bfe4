"""Colours: what is one, how two are told apart, and the nearest shade that can be read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.model.colour import BLACK, READABLE, WHITE, Colour, parse_colour

CHANNEL = st.integers(0, 255)
COLOURS = st.builds(Colour, CHANNEL, CHANNEL, CHANNEL)


@given(COLOURS)
def test_written_and_read_again(colour: Colour) -> None:
    """Six digits, the same colour."""
    assert parse_colour(str(colour)) == colour


def test_three_digits_are_short_for_six() -> None:
    """#fc0 is #ffcc00."""
    assert str(parse_colour("#fC0")) == "#ffcc00"


@pytest.mark.parametrize(
    "text", ["", "red", "#ff", "#12345", "#1234567", "ffcc00", "#ffcc0g", "#fff;x", " #fff", "#fff\n"]
)
def test_no_colour(text: str) -> None:
    """Only what every mail program understands, and nothing behind it."""
    with pytest.raises(ValueError, match="is not a colour such as"):
        parse_colour(text)


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [
        ("#000000", "#ffffff", 21.0),
        ("#ffffff", "#ffffff", 1.0),
        ("#767676", "#ffffff", 4.54),
        ("#0000ff", "#ffffff", 8.59),
    ],
)
def test_contrast_is_that_of_wcag(one: str, other: str, ratio: float) -> None:
    """Known values, the same in both directions."""
    first, second = parse_colour(one), parse_colour(other)
    assert round(first.contrast(second), 2) == ratio
    assert first.contrast(second) == second.contrast(first)


@given(COLOURS)
def test_a_shade_is_read_and_a_readable_colour_stays(colour: Colour) -> None:
    """Darker for white paper, lighter for black."""
    dark, light = colour.darkened_for([WHITE]), colour.lightened_for([BLACK])
    assert dark.contrast(WHITE) >= READABLE
    assert light.contrast(BLACK) >= READABLE
    assert dark.darkened_for([WHITE]) == dark
    assert light.lightened_for([BLACK]) == light


@given(COLOURS)
def test_inverting_twice_changes_nothing(colour: Colour) -> None:
    """As on a screen that is set back."""
    assert colour.inverted.inverted == colour
