"""Every piece of text with its colour and the ground it stands on, in the light, the dark, and inverted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from dispatch.check.colour import ENOUGH, ENOUGH_IF_LARGE, contrast, inverted
from dispatch.check.document import Document
from dispatch.check.style import Colour, Declaration, colour, length

_WHITE: Colour = (1.0, 1.0, 1.0)
_BLACK: Colour = (0.0, 0.0, 0.0)
_LARGE, _LARGE_IF_BOLD = 24.0, 18.66
_DARK = "prefers-color-scheme"
_SLACK = 0.05

Overrides = Mapping[Any, Mapping[str, Declaration]]


@dataclass(frozen=True, slots=True)
class Reading:
    """Words that are hard to read. `line` is the line of the style sheet that says so, when one does."""

    element: Any
    message: str
    line: str = ""


def readings(document: Document) -> Iterator[Reading]:
    """Where the contrast is too low; each pair of colours is told once."""
    dark, lines = _dark_rules(document)
    told: set[object] = set()
    for element, _ in document.texts:
        for found in _of(document, element, dark, lines):
            key = found.message
            if key not in told:
                told.add(key)
                yield found


def _of(document: Document, element: Any, dark: Overrides, lines: Mapping[Any, str]) -> Iterator[Reading]:
    ink, ground = _ink(document, element, {}), _ground(document, element, {})
    if ink is None or ground is None:
        return
    needed = ENOUGH_IF_LARGE if _is_large(document, element) else ENOUGH
    if (ratio := contrast(ink, ground)) < needed - _SLACK:
        yield Reading(
            element, f"{_pair(ink, ground)} has a contrast of {ratio:.1f} to 1, {needed} are needed"
        )
        return
    if dark:
        ink_dark, ground_dark = _ink(document, element, dark), _ground(document, element, dark)
        if ink_dark and ground_dark and (ratio := contrast(ink_dark, ground_dark)) < needed - _SLACK:
            words = f"in the dark {_pair(ink_dark, ground_dark)} has a contrast of {ratio:.1f} to 1"
            yield Reading(element, f"{words}, {needed} are needed", _line_of(element, lines))
    forced = contrast(inverted(ink), inverted(ground))
    if forced < ENOUGH_IF_LARGE - _SLACK:
        words = f"inverted by a mail program, {_pair(ink, ground)} has a contrast of {forced:.1f} to 1"
        yield Reading(element, f"{words}, {ENOUGH_IF_LARGE} are needed")


def _pair(ink: Colour, ground: Colour) -> str:
    return f"{_hex(ink)} on {_hex(ground)}"


def _hex(one: Colour) -> str:
    return "#" + "".join(f"{round(min(1.0, max(0.0, channel)) * 255):02x}" for channel in one)


def _line_of(element: Any, lines: Mapping[Any, str]) -> str:
    return next((lines[one] for one in (element, *element.iterancestors()) if one in lines), "")


def _declared(document: Document, element: Any, name: str, overrides: Overrides) -> str:
    over = overrides.get(element, {}).get(name)
    own = document.style(element).get(name)
    return (over or own).value if over or own else ""  # type: ignore[union-attr]


def _ink(document: Document, element: Any, overrides: Overrides) -> Colour | None:
    for one in (element, *element.iterancestors()):
        written = _declared(document, one, "color", overrides) or (one.get("color") or "")
        if written and written != "inherit":
            return colour(written)
        if one.tag == "a":
            return (0.0, 0.0, 0.93)  # what browsers give a link that nobody has coloured
    return _BLACK


def _ground(document: Document, element: Any, overrides: Overrides) -> Colour | None:
    """The first ground that covers what is below it; None under a picture, which nobody can judge."""
    for one in (element, *element.iterancestors()):
        shorthand = _declared(document, one, "background", overrides)
        if "url(" in shorthand or "gradient(" in shorthand or one.get("background"):
            return None
        if _declared(document, one, "background-image", overrides) not in {"", "none"}:
            return None
        plain = _declared(document, one, "background-color", overrides)
        for written in (plain, shorthand, one.get("bgcolor") or ""):
            found = colour(written) if written and written != "transparent" else None
            if found is not None:
                return found
    return _WHITE


def _is_large(document: Document, element: Any) -> bool:
    size = length(document.computed(element, "font-size")) or {"h1": 32.0, "h2": 24.0}.get(element.tag, 16.0)
    bold = document.computed(element, "font-weight") in {"bold", "600", "700", "800", "900"}
    return size >= (_LARGE_IF_BOLD if bold or element.tag in {"b", "strong", "h1", "h2", "h3"} else _LARGE)


def _dark_rules(document: Document) -> tuple[Overrides, Mapping[Any, str]]:
    """For each element what the rules for dark screens say, and the line that says it.

    In a finished page all style elements that are left are those that were kept.
    """
    found: dict[Any, dict[str, Declaration]] = {}
    lines: dict[Any, str] = {}
    for sheet in document.sheets:
        for rule in sheet.rules:
            if not any(_DARK in around and "dark" in around for around in rule.around):
                continue
            for element in document.selectors.meant_by(rule.selector) or ():
                for declaration in rule.declarations:
                    own = document.style(element).get(declaration.name)
                    if declaration.important or own is None:
                        found.setdefault(element, {})[declaration.name] = declaration
                        lines[element] = sheet.line(declaration.line)
    return found, lines
