"""A page as a tree: its elements with their places, words and styles. The door to lxml of this floor."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

from lxml import html as lxml_html

from dispatch.check.place import STAMP, Place, Sources
from dispatch.check.style import Declaration, Selectors, Sheet, read_sheet, read_style

_INHERITED = frozenset({"color", "font-size", "font-weight", "text-align", "text-transform", "font-style"})
_SILENT = frozenset({"style", "script", "title", "head", "template"})
_CODE = frozenset({"code", "pre", "kbd", "samp"})
_NO_WORDS = "\u034f\u00ad\u200b\u200c\u200d\u2060\ufeff"  # what pads a preheader


class Document:
    """A parsed page. `written` are the paths of local pictures by the address that the page shows them at."""

    def __init__(self, html: str, sources: Sources, written: Mapping[str, str] | None = None) -> None:
        self._sources = sources
        self._written = written or {}
        self.root: Any = lxml_html.document_fromstring(html, parser=lxml_html.HTMLParser(huge_tree=True))
        self.elements: list[Any] = [one for one in self.root.iter() if isinstance(one.tag, str)]
        self._places: dict[Any, Place] = {}
        self._styles: dict[Any, dict[str, Declaration]] = {}

    def named(self, *names: str) -> Iterator[Any]:
        """The elements of these names, in order."""
        return (element for element in self.elements if element.tag in names)

    def place(self, element: Any) -> Place:
        """Where an element stands in its source: by its stamp, its words, or what is around it."""
        if element not in self._places:
            self._places[element] = self._found(element)
        return self._places[element]

    def _found(self, element: Any) -> Place:
        stamped = self._sources.at(element.get(STAMP, ""))
        if stamped:
            return stamped
        found = self._by_address(element) or self._sources.find_words(first_words(element))
        if found:
            return found
        parent = element.getparent()
        return self.place(parent) if parent is not None else Place(self._sources.issue.file, 1)

    def _by_address(self, element: Any) -> Place | None:
        if element.tag == "img":
            source = element.get("src") or ""
            return (
                self._sources.find(self._written.get(source, source))
                or self._sources.find_words(element.get("alt") or "")
                or self._sources.find_words(source)
            )
        if element.tag == "a":
            address = element.get("href") or ""
            return self._sources.find(address, nth=self._turn(element)) or self._sources.find_words(address)
        return None

    def _turn(self, element: Any) -> int:
        """How many links of Markdown's making to the same address stand before this one."""
        return self._turns.get(element, 0)

    @cached_property
    def _turns(self) -> dict[Any, int]:
        seen: Counter[str] = Counter()
        turns = {}
        for link in self.named("a"):
            if not link.get(STAMP):
                turns[link] = seen[link.get("href") or ""]
                seen[link.get("href") or ""] += 1
        return turns

    @cached_property
    def sheets(self) -> list[Sheet]:
        """The style elements of the page, those in comments for Outlook left out."""
        return [
            read_sheet(
                style.text or "",
                is_kept=style.get("data-premailer") == "ignore"
                or style.get("media") not in {None, "", "all", "screen"},
            )
            for style in self.named("style")
        ]

    @cached_property
    def selectors(self) -> Selectors:
        """What finds elements by selector."""
        return Selectors(self.root)

    def style(self, element: Any) -> dict[str, Declaration]:
        """The declarations in an element's own style attribute, by name."""
        if element not in self._styles:
            written = read_style(element.get("style") or "")
            self._styles[element] = {declaration.name: declaration for declaration in written}
        return self._styles[element]

    def computed(self, element: Any, name: str) -> str:
        """A property by the style attributes, inherited where CSS inherits; empty when nothing is said."""
        here = element
        while here is not None and isinstance(here.tag, str):
            declared = self.style(here).get(name)
            if declared:
                return declared.value
            here = here.getparent() if name in _INHERITED else None
        return ""

    def is_hidden(self, element: Any) -> bool:
        """Whether an element or one around it is not shown, as a preheader."""
        return any(
            (declared := self.style(one).get("display")) is not None and declared.value == "none"
            for one in (element, *element.iterancestors())
        )

    @cached_property
    def texts(self) -> list[tuple[Any, str]]:
        """Every piece of visible text with the element that it stands in; code is left out."""
        found: list[tuple[Any, str]] = []
        for element in self.elements:
            if element.tag in _SILENT or self._is_in(element, _SILENT | _CODE) or self.is_hidden(element):
                continue
            pieces = [element.text, *(child.tail for child in element)]
            found += [(element, piece) for piece in pieces if piece and piece.strip()]
        return found

    @staticmethod
    def _is_in(element: Any, names: frozenset[str]) -> bool:
        return element.tag in names or any(one.tag in names for one in element.iterancestors())

    @cached_property
    def words(self) -> list[str]:
        """The words that a reader sees, code among them."""
        visible = [
            piece
            for element in self.elements
            if element.tag not in _SILENT
            and not self._is_in(element, _SILENT)
            and not self.is_hidden(element)
            for piece in (element.text, *(child.tail for child in element))
            if piece
        ]
        return [word for word in " ".join(visible).split() if any(letter.isalnum() for letter in word)]


def text_of(element: Any) -> str:
    """The words in an element, without those of comments, padding left out."""
    text = str(element.xpath("string()"))
    return " ".join(text.translate(dict.fromkeys(map(ord, _NO_WORDS))).split())


def first_words(element: Any) -> str:
    """The first piece of text in an element, by which its source may be found."""
    for piece in element.xpath(".//text()"):
        if piece.strip():
            return str(piece).strip().split("\n")[0]
    return ""
