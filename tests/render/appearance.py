"""How a page is seen, worked out over the parsed tree: the colours and sizes of every piece of text.

By day from the inline styles alone; by night with the rules that the head keeps for dark screens, or with
those for Outlook on the web; and on a screen that inverts colours.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

import tinycss2
from cssselect import GenericTranslator, parse
from lxml import html as lxml_html

from dispatch.model.colour import Colour, parse_colour

_INHERITED = ("color", "font-size", "text-align", "text-decoration", "text-transform")
_MARKS = ("[data-ogsc]", "[data-ogsb]")
_ROOT = {"color": "#000000", "background-color": "#ffffff", "font-size": "16px"}


class Light(Enum):
    """What the page is looked at with."""

    DAY = "by day"
    NIGHT = "by night"
    OUTLOOK = "by night in Outlook on the web"
    INVERTED = "inverted"


@dataclass(frozen=True, slots=True)
class Words:
    """A piece of text, or the alternative of a picture, as it is seen."""

    text: str
    element: Any
    style: Mapping[str, str]
    ink: Colour
    ground: Colour

    @property
    def size(self) -> float:
        """In pixels."""
        return float(self.style["font-size"].removesuffix("px"))


def words_of(html: str, light: Light = Light.DAY) -> Iterator[Words]:
    """Every piece of text that is shown."""
    root = lxml_html.document_fromstring(html)
    if light is Light.OUTLOOK:
        for mark in ("data-ogsc", "data-ogsb"):
            root.set(mark, "")
    over = _kept(root, light)
    yield from _words(root.find("body"), _ROOT, over, inverted=light is Light.INVERTED)


def _words(
    element: Any, around: Mapping[str, str], over: Mapping[Any, Mapping[str, str]], *, inverted: bool
) -> Iterator[Words]:
    own = {**declarations(element.get("style", "")), **over.get(element, {})}
    if own.get("display") == "none":
        return
    inherited = {name: around[name] for name in (*_INHERITED, "background-color") if name in around}
    style = {**inherited, **{name: value for name, value in own.items() if value != "transparent"}}
    colours = [parse_colour(style[name]) for name in ("color", "background-color")]
    ink, ground = (colour.inverted for colour in colours) if inverted else colours
    texts = [element.text, element.get("alt"), *(child.tail for child in element)]
    for text in texts:
        if text and text.strip():
            yield Words(text.strip(), element, style, ink, ground)
    for child in element:
        if isinstance(child.tag, str):
            yield from _words(child, style, over, inverted=inverted)


def declarations(css: str) -> dict[str, str]:
    """The declarations of a style attribute."""
    nodes = tinycss2.parse_declaration_list(css, skip_comments=True, skip_whitespace=True)
    return {node.name: tinycss2.serialize(node.value).strip() for node in nodes if node.type == "declaration"}


def kept_css(root: Any) -> str:
    """What stands in the style elements."""
    return "\n".join(style.text or "" for style in root.iter("style"))


def _kept(root: Any, light: Light) -> dict[Any, dict[str, str]]:
    """For each element, what the rules of the head make of it; the more specific and the later one wins."""
    rules = tinycss2.parse_stylesheet(kept_css(root), skip_comments=True, skip_whitespace=True)
    found: list[tuple[tuple[int, ...], int, Any, dict[str, str]]] = []
    for order, rule in enumerate(_rules_for(rules, light)):
        for selector in parse(tinycss2.serialize(rule.prelude)):
            path = GenericTranslator().selector_to_xpath(selector)
            content = declarations(tinycss2.serialize(rule.content))
            found += [(selector.specificity(), order, element, content) for element in root.xpath(path)]
    over: dict[Any, dict[str, str]] = {}
    for _, _, element, content in sorted(found, key=lambda one: one[:2]):
        over.setdefault(element, {}).update(content)
    return over


def _rules_for(rules: list[Any], light: Light) -> Iterator[Any]:
    for rule in rules:
        if rule.type == "at-rule" and light is Light.NIGHT and "prefers-color-scheme" in rule.serialize():
            yield from tinycss2.parse_rule_list(rule.content, skip_comments=True, skip_whitespace=True)
        marked = rule.type == "qualified-rule" and tinycss2.serialize(rule.prelude).strip().startswith(_MARKS)
        if marked and light is Light.OUTLOOK:
            yield rule
