"""Colours as arithmetic: how well one is read on another (WCAG 2.2), and the nearest shade that is."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

READABLE = 4.5  # WCAG 2.2, success criterion 1.4.3, for text of any size
_HEX = re.compile(r"#([0-9a-fA-F]{3}|[0-9a-fA-F]{6})")
_SHADES = 200


@dataclass(frozen=True, slots=True)
class Colour:
    """Red, green and blue, each from 0 to 255."""

    red: int
    green: int
    blue: int

    def __str__(self) -> str:
        return f"#{self.red:02x}{self.green:02x}{self.blue:02x}"

    @property
    def inverted(self) -> Colour:
        """As a screen shows it that turns every colour round."""
        return Colour(255 - self.red, 255 - self.green, 255 - self.blue)

    @property
    def luminance(self) -> float:
        """Relative luminance, from 0 for black to 1 for white."""
        red, green, blue = (_linear(part / 255) for part in (self.red, self.green, self.blue))
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    def contrast(self, other: Colour) -> float:
        """The contrast ratio with another colour, from 1 to 21."""
        dark, light = sorted((self.luminance, other.luminance))
        return (light + 0.05) / (dark + 0.05)

    def towards(self, other: Colour, share: float) -> Colour:
        """This colour with so much of another, from 0 to 1, mixed in."""
        pairs = zip((self.red, self.green, self.blue), (other.red, other.green, other.blue), strict=True)
        return Colour(*(round(mine + (yours - mine) * share) for mine, yours in pairs))

    def is_read_on(self, grounds: Iterable[Colour]) -> bool:
        """Whether text of this colour is read on every one of these, also on a screen that inverts colours."""
        return all(
            self.contrast(ground) >= READABLE and self.inverted.contrast(ground.inverted) >= READABLE
            for ground in grounds
        )

    def readable_on(self, grounds: Iterable[Colour], *, end: Colour) -> Colour:
        """The nearest shade of this colour on the way to `end`, black or white, that is read on all of these."""
        places = tuple(grounds)
        shades = (self.towards(end, step / _SHADES) for step in range(_SHADES + 1))
        return next((shade for shade in shades if shade.is_read_on(places)), end)


BLACK = Colour(0, 0, 0)
WHITE = Colour(255, 255, 255)


def parse_colour(text: str) -> Colour:
    """`#rgb` or `#rrggbb`, the two ways that every mail program understands. Raises ValueError."""
    match = _HEX.fullmatch(text)
    if not match:
        raise ValueError(f"{text!r} is not a colour such as #9b2617")
    digits = match[1] if len(match[1]) == 6 else "".join(digit * 2 for digit in match[1])
    return Colour(*(int(digits[at : at + 2], 16) for at in (0, 2, 4)))


def _linear(part: float) -> float:
    """One channel without the gamma of sRGB."""
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)
