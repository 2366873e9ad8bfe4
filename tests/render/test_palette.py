"""Any accent gives a page that can be read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.model.colour import READABLE, Colour
from dispatch.model.theme import Theme
from dispatch.render.palette import Shades, by_day, by_night, changed_accent, theme_facts

CHANNEL = st.integers(0, 255)
COLOURS = st.builds(Colour, CHANNEL, CHANNEL, CHANNEL)


def pairs(shades: Shades) -> list[tuple[Colour, Colour]]:
    grounds = (shades.page, shades.sheet, shades.wash)
    inks = (shades.ink, shades.quiet, shades.accent, shades.good, shades.care, shades.cool)
    return [(ink, ground) for ink in inks for ground in grounds] + [(shades.button_ink, shades.button)]


@given(COLOURS)
def test_whatever_the_accent_every_ink_is_read_on_every_ground(accent: Colour) -> None:
    """By day, by night, and on a screen that inverts colours."""
    theme = Theme(accent=accent)
    for ink, ground in pairs(by_day(theme)) + pairs(by_night(theme)):
        assert ink.contrast(ground) >= READABLE
        assert ink.inverted.contrast(ground.inverted) >= READABLE


@given(COLOURS)
def test_a_button_is_seen_on_the_page(accent: Colour) -> None:
    """A white accent does not make a white button on white paper."""
    for shades in (by_day(Theme(accent=accent)), by_night(Theme(accent=accent))):
        assert shades.button.contrast(shades.sheet) >= 1.3


@given(COLOURS)
def test_a_change_of_the_accent_is_told(accent: Colour) -> None:
    """Nothing is said exactly when links have the colour of the configuration."""
    theme = Theme(accent=accent)
    assert (changed_accent(theme) == "") == (by_day(theme).accent == accent)


def test_a_light_accent_keeps_its_hue_in_links_and_stays_as_it_is_on_buttons() -> None:
    """Yellow: dark yellow letters, dark letters on yellow."""
    theme = Theme(accent=Colour(0xFF, 0xD4, 0x00))
    day = by_day(theme)
    assert (str(day.accent), str(day.button), str(day.button_ink)) == ("#7d6800", "#ffd400", "#211d18")
    assert changed_accent(theme) == (
        "theme.accent #ffd400 is too light to be read as text on light paper; links are #7d6800 there"
    )


@pytest.mark.parametrize(
    ("fonts", "css", "word"),
    [
        ("Georgia, Times New Roman, serif", "Georgia,Times New Roman,serif", "Georgia,serif"),
        ("Source Sans 3, sans-serif", "'Source Sans 3',sans-serif", "Arial,sans-serif"),
        ("monospace", "monospace", "Consolas,monospace"),
    ],
)
def test_fonts_are_written_as_css_and_for_word(fonts: str, css: str, word: str) -> None:
    """In quotes where CSS wants them, and with one that every Windows has."""
    facts = theme_facts(Theme(font=fonts), "", None)
    assert (str(facts["font"]), facts["mso_font"]) == (css, word)


def test_the_height_of_the_logo_follows_from_its_width() -> None:
    """Twice as wide as high in the file, and so on the page; open when the picture is on the web."""
    assert theme_facts(Theme(logo_width=100), "cid:1", (400, 200))["logo_height"] == 50
    assert theme_facts(Theme(logo_width=100), "https://e.com/1.png", None)["logo_height"] == ""
