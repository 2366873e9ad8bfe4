"""The table [theme]: what may stand in it, and that nothing in it can leave its declaration."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from dispatch.errors import ConfigInvalid
from dispatch.model.theme import Theme
from dispatch.read.config_file import read_configuration


@pytest.mark.parametrize(
    ("setting", "value", "kept"),
    [
        ("accent", "#FC0", "#ffcc00"),
        ("font", "Charter,Georgia ,  serif", "Charter, Georgia, serif"),
        ("label_font", "Source Sans 3, sans-serif", "Source Sans 3, sans-serif"),
        ("logo", "images/the logo@2x.PNG", "images/the logo@2x.PNG"),
        ("logo", "https://example.com:8080/a/logo.svg", "https://example.com:8080/a/logo.svg"),
        ("logo", "", ""),
        ("width", 480, 480),
    ],
)
def test_good_values(setting: str, value: object, kept: object) -> None:
    """Read, and written in one way."""
    assert Theme.model_validate({setting: value}).model_dump(mode="json")[setting] == kept


@pytest.mark.parametrize(
    ("setting", "value", "words"),
    [
        ("accent", "red", "not a colour such as #9b2617"),
        ("accent", "#fff;background:url(x)", "not a colour"),
        ("accent", 16, "must be a colour in quotes"),
        ("font", "Georgia; color: red", "not the name of a font"),
        ("font", "'Georgia', serif", "without quotes"),
        ("font", "Georgia}</style><b>, serif", "not the name of a font"),
        ("font", "{{ 7*7 }}, serif", "not the name of a font"),
        ("font", "Georgia", "must end in one of: serif, sans-serif, monospace"),
        ("font", "", "not the name of a font"),
        ("label_font", "Arial,,sans-serif", "not the name of a font"),
        ("width", 300, "greater than or equal to 480"),
        ("width", 5000, "less than or equal to 720"),
        ("width", "600px", "valid integer"),
        ("logo_width", 0, "greater than or equal to 24"),
        ("logo", "../../etc/logo.png", "below the configuration"),
        ("logo", "/etc/logo.png", "below the configuration"),
        ("logo", "logo.svg", "PNG, JPEG or GIF"),
        ("logo", "http://example.com/logo.png", "https address"),
        ("logo", 'https://example.com/"onerror="x', "https address"),
        ("colour", "#fff", "Extra inputs"),
    ],
)
def test_bad_values(setting: str, value: object, words: str) -> None:
    """Each is refused in words that say what to write."""
    with pytest.raises(ValidationError) as caught:
        Theme.model_validate({setting: value})
    assert words in str(caught.value)


def test_a_bad_value_is_told_with_its_line() -> None:
    """As every setting."""
    with pytest.raises(ConfigInvalid) as caught:
        read_configuration(
            '[theme]\nwidth = 600\naccent = "#xyz"\n', file="dispatch.toml", environment={}, dotenv={}
        )
    assert str(caught.value) == "dispatch.toml:3: theme.accent: '#xyz' is not a colour such as #9b2617"
