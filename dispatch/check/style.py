"""Style sheets taken apart: rules, declarations, colours, and which elements a selector means.

The one door to cssselect2, and beside the renderer's the other one to tinycss2.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import cssselect2
import tinycss2
import tinycss2.color4

Colour = tuple[float, float, float]  # red, green, blue, from 0 to 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """`name: value`. `tight` says that `!important` stands against the value without a blank."""

    name: str
    value: str
    important: bool
    tight: bool
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StyleRule:
    """A rule: its selector as written, what it declares, and the at-rules around it, the outermost first."""

    selector: str
    declarations: tuple[Declaration, ...]
    line: int
    around: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AtRule:
    """`@keyword prelude`, wherever it stands."""

    keyword: str
    prelude: str
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One style element. `is_kept` says that it is left as it is, and not written into the elements."""

    text: str
    is_kept: bool
    rules: tuple[StyleRule, ...]
    at_rules: tuple[AtRule, ...]
    faults: tuple[tuple[int, str], ...]

    def line(self, number: int) -> str:
        """A line of the sheet, from 1."""
        lines = self.text.split("\n")
        return lines[number - 1] if 0 < number <= len(lines) else ""


def read_sheet(css: str, *, is_kept: bool) -> Sheet:
    """Take a style sheet apart; what does not parse is in `faults`, by line."""
    reading = _Reading()
    reading.read(tinycss2.parse_stylesheet(css, skip_comments=True, skip_whitespace=True), ())
    return Sheet(
        text=css,
        is_kept=is_kept,
        rules=tuple(reading.rules),
        at_rules=tuple(reading.at_rules),
        faults=tuple(reading.faults),
    )


def read_style(text: str) -> tuple[Declaration, ...]:
    """The declarations of a style attribute."""
    return tuple(_declarations(tinycss2.parse_component_value_list(text)))


class _Reading:
    def __init__(self) -> None:
        self.rules: list[StyleRule] = []
        self.at_rules: list[AtRule] = []
        self.faults: list[tuple[int, str]] = []

    def read(self, nodes: Iterable[Any], around: tuple[str, ...]) -> None:
        for node in nodes:
            if node.type == "error":
                self.faults.append((node.source_line, node.message))
            elif node.type == "at-rule":
                self._read_at_rule(node, around)
            elif node.type == "qualified-rule":
                self.rules.append(
                    StyleRule(
                        selector=tinycss2.serialize(node.prelude).strip(),
                        declarations=tuple(_declarations(node.content)),
                        line=node.source_line,
                        around=around,
                    )
                )

    def _read_at_rule(self, node: Any, around: tuple[str, ...]) -> None:
        prelude = tinycss2.serialize(node.prelude).strip()
        self.at_rules.append(AtRule(keyword=node.lower_at_keyword, prelude=prelude, line=node.source_line))
        if node.content is not None and node.lower_at_keyword in {"media", "supports", "layer", "container"}:
            inside = tinycss2.parse_rule_list(node.content, skip_comments=True, skip_whitespace=True)
            self.read(inside, (*around, f"@{node.lower_at_keyword} {prelude}"))


def _declarations(content: list[Any]) -> Iterator[Declaration]:
    for node in tinycss2.parse_declaration_list(content, skip_comments=True, skip_whitespace=True):
        if node.type == "declaration":
            yield Declaration(
                name=node.lower_name,
                value=tinycss2.serialize(node.value).strip(),
                important=node.important,
                tight=node.important and bool(node.value) and node.value[-1].type != "whitespace",
                line=node.source_line,
            )


def functions_in(value: str) -> list[str]:
    """The names of the functions that a value calls, inner ones too, in small letters."""
    found: list[str] = []
    waiting = list(tinycss2.parse_component_value_list(value))
    while waiting:
        node = waiting.pop()
        if node.type == "function":
            found.append(node.lower_name)
            waiting += node.arguments
        elif node.type in {"() block", "[] block", "{} block"}:
            waiting += node.content
    return found


def length(value: str) -> float | None:
    """A length in CSS pixels, of px and pt only; None for anything else."""
    nodes = [node for node in tinycss2.parse_component_value_list(value) if node.type != "whitespace"]
    if len(nodes) != 1:
        return None
    node = nodes[0]
    if node.type == "dimension" and node.lower_unit in {"px", "pt"}:
        return float(node.value) * (1 if node.lower_unit == "px" else 4 / 3)
    return 0.0 if node.type == "number" and node.value == 0 else None


def lengths(value: str) -> list[float]:
    """All lengths in px and pt among the values of a shorthand."""
    found = (length(word) for word in value.split())
    return [one for one in found if one is not None]


def colour(value: str, under: Colour = (1.0, 1.0, 1.0)) -> Colour | None:
    """The colour that a value names, laid over `under` when it lets some through; None when it names none."""
    for node in tinycss2.parse_component_value_list(value):
        found = tinycss2.color4.parse_color(node)
        if found is None or isinstance(found, str):
            continue
        red, green, blue = found.to("srgb").coordinates
        alpha = found.alpha
        return (
            red * alpha + under[0] * (1 - alpha),
            green * alpha + under[1] * (1 - alpha),
            blue * alpha + under[2] * (1 - alpha),
        )
    return None


class Selectors:
    """The elements of one tree, and which of them selectors mean."""

    def __init__(self, root: Any) -> None:
        self._all = list(cssselect2.ElementWrapper.from_html_root(root).iter_subtree())

    def meant_by(self, selector: str) -> list[Any] | None:
        """The elements that a selector matches; None for a selector that does not parse."""
        try:
            compiled = cssselect2.compile_selector_list(selector)
        except cssselect2.SelectorError:
            return None
        tests = [one for one in compiled if one.pseudo_element is None]
        return [wrapper.etree_element for wrapper in self._all if any(one.test(wrapper) for one in tests)]


def is_selector(selector: str) -> bool:
    """Whether a selector parses."""
    try:
        cssselect2.compile_selector_list(selector)
    except cssselect2.SelectorError:
        return False
    return True
