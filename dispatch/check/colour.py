"""Whether words can be read on their ground: contrast in the light, in the dark, and inverted by force."""

from __future__ import annotations

import colorsys

from dispatch.check.style import Colour

ENOUGH = 4.5  # WCAG 2.1, 1.4.3
ENOUGH_IF_LARGE = 3.0


def contrast(one: Colour, other: Colour) -> float:
    """The contrast ratio of two colours, from 1 to 21 (WCAG 2.1, relative luminance)."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: Colour) -> float:
    red, green, blue = (_linear(channel) for channel in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    channel = min(1.0, max(0.0, channel))
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4


def inverted(colour: Colour) -> Colour:
    """The colour with its lightness turned round and its hue kept, as mail programs do by force."""
    hue, lightness, saturation = colorsys.rgb_to_hls(*(min(1.0, max(0.0, one)) for one in colour))
    return colorsys.hls_to_rgb(hue, 1 - lightness, saturation)
