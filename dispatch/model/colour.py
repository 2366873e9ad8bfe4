"""Colours as arithmetic: how well one is read on another (WCAG 2.2), and the nearest shade that is."""

from __future__ import annotations

import re
from collections.abc import Iterable
from colorsys import hls_to_rgb, rgb_to_hls
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

    def is_read_on(self, grounds: Iterable[Colour], ratio: float = READABLE) -> bool:
        """Whether text of this colour is read on all of these, also on a screen that inverts colours."""
        return all(
            self.contrast(ground) >= ratio and self.inverted.contrast(ground.inverted) >= READABLE
            for ground in grounds
        )

    def darkened_for(self, grounds: Iterable[Colour], ratio: float = READABLE) -> Colour:
        """The nearest darker shade of this hue that is read on all of these; black when there is none."""
        return self._nearest(tuple(grounds), ratio, end=0.0)

    def lightened_for(self, grounds: Iterable[Colour], ratio: float = READABLE) -> Colour:
        """The nearest lighter shade of this hue that is read on all of these; white when there is none."""
        return self._nearest(tuple(grounds), ratio, end=1.0)

    def _nearest(self, grounds: tuple[Colour, ...], ratio: float, *, end: float) -> Colour:
        if self.is_read_on(grounds, ratio):
            return self
        shades = (self._shade(end, step / _SHADES) for step in range(1, _SHADES))
        fallback = WHITE if end else BLACK
        return next((shade for shade in shades if shade.is_read_on(grounds, ratio)), fallback)

    def _shade(self, end: float, share: float) -> Colour:
        """The same hue, its lightness so much nearer to `end`."""
        hue, lightness, saturation = rgb_to_hls(self.red / 255, self.green / 255, self.blue / 255)
        parts = hls_to_rgb(hue, lightness + (end - lightness) * share, saturation)
        return Colour(*(round(part * 255) for part in parts))


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
