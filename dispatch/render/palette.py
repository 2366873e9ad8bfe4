"""The one source of colours: grounds and inks by day and by night, and an accent that is read on them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from dispatch.model.colour import WHITE, Colour, parse_colour
from dispatch.model.theme import Theme


@dataclass(frozen=True, slots=True, kw_only=True)
class Shades:
    """The colours of a page by day or by night. `wash` is the ground of boxes, `mark` that of code."""

    page: Colour
    sheet: Colour
    wash: Colour
    ink: Colour
    quiet: Colour
    rule: Colour
    accent: Colour
    button: Colour
    button_ink: Colour
    good: Colour
    care: Colour
    cool: Colour


def _colours(**written: str) -> dict[str, Colour]:
    return {name: parse_colour(text) for name, text in written.items()}


_DAY = _colours(
    page="#efeae0",
    sheet="#fffdf9",
    wash="#f6f1e7",
    ink="#211d18",
    quiet="#62594d",
    rule="#d8d0c2",
    good="#2c5a39",
    care="#7a4a00",
    cool="#1f4b7a",
)
_NIGHT = _colours(
    page="#12110f",
    sheet="#1c1a17",
    wash="#292622",
    ink="#ece6da",
    quiet="#b8afa1",
    rule="#47413a",
    good="#a5cfa9",
    care="#e6c07b",
    cool="#9cc3ea",
)
_GROUNDS = ("page", "sheet", "wash")
_SEEN = 1.3  # a button whose edge cannot be told from the page is no button
_EASY = 6.5  # by night: light letters glow, and thin ones need more than the least contrast


def by_day(theme: Theme) -> Shades:
    """On light paper. An accent too light for text is darkened; a button keeps it if words are read on it."""
    grounds = [_DAY[name] for name in _GROUNDS]
    button, ink = _button(theme.accent, _DAY["sheet"], (WHITE, _DAY["ink"]))
    return Shades(**_DAY, accent=theme.accent.darkened_for(grounds), button=button, button_ink=ink)


def by_night(theme: Theme) -> Shades:
    """On dark paper. The accent is lightened until it is read, and the button takes that shade."""
    accent = theme.accent.lightened_for([_NIGHT[name] for name in _GROUNDS], _EASY)
    button, ink = _button(accent, _NIGHT["sheet"], (_DAY["ink"], WHITE))
    return Shades(**_NIGHT, accent=accent, button=button, button_ink=ink)


def _button(ground: Colour, sheet: Colour, inks: tuple[Colour, Colour]) -> tuple[Colour, Colour]:
    """Ground and ink of a button: the ground as it is when it is seen and one of the inks is read on it."""
    for ink in inks:
        if ink.is_read_on([ground]) and ground.contrast(sheet) >= _SEEN:
            return ground, ink
    return ground.darkened_for([WHITE]), WHITE


def changed_accent(theme: Theme) -> str:
    """One sentence when the accent of the configuration cannot be the colour of text; else empty."""
    day = by_day(theme).accent
    if day == theme.accent:
        return ""
    return (
        f"theme.accent {theme.accent} is too light to be read as text on light paper; links are {day} there"
    )


def theme_facts(theme: Theme, logo: str, logo_size: tuple[int, int] | None) -> dict[str, Any]:
    """What layouts may name as `theme`. `logo` is the address of the picture, empty without one."""
    return {
        "day": _named(by_day(theme)),
        "night": _named(by_night(theme)),
        "font": _stack(theme.font),
        "label_font": _stack(theme.label_font),
        "mso_font": _for_word(theme.font),
        "mso_label_font": _for_word(theme.label_font),
        "width": theme.width,
        "column": theme.column,
        "logo": logo,
        "logo_width": theme.logo_width,
        "logo_height": round(theme.logo_width * logo_size[1] / max(1, logo_size[0])) if logo_size else "",
    }


def _named(shades: Shades) -> dict[str, str]:
    return {name: str(getattr(shades, name)) for name in Shades.__slots__}


def _stack(names: str) -> Markup:
    """Font names as CSS; in quotes where a word of them begins with a digit."""
    written = (
        f"'{name}'" if any(word[:1].isdigit() for word in name.split()) else name
        for name in names.split(", ")
    )
    return Markup(",".join(written))  # noqa: S704 - letters, digits, hyphens and our own quotes


def _for_word(names: str) -> str:
    """A font that every Windows has: Word takes Times New Roman when it lacks the first of several."""
    return {"serif": "Georgia,serif", "sans-serif": "Arial,sans-serif"}.get(
        names.rsplit(", ", 1)[-1], "Consolas,monospace"
    )
