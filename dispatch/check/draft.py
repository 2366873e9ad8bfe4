"""The page before styles are inlined and values are filled in: all branches of it, tokens for values.

Here one sees what the author wrote and the inliner mends or drops: a missing end tag, a style in the body. A
value cannot be mistaken for the author's own text, because it is not there yet.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from html.parser import HTMLParser

from dispatch.check.document import Document
from dispatch.check.place import STAMP, Place, Sources
from dispatch.render.personal import Kind, Part

_COLUMN = re.compile(r"\bsubscriber(?:\.([A-Za-z_]\w*)|\[\s*[\"']([^\"']+)[\"']\s*\])")
# Comments around the body of the issue in a page that is made to be looked at.
CONTENT_BEGINS, CONTENT_ENDS = "dispatch: the issue begins", "dispatch: the issue ends"
_TOKEN = re.compile(r"q[0-9a-f]{9}[xscupb]\d{5}z")
_VOID_WORDS = "area base br col embed hr img input link meta param source track wbr"
_VOID = frozenset(_VOID_WORDS.split())
_MAY_STAY_OPEN_WORDS = "p li dt dd option thead tbody tfoot tr td th html head body colgroup"
_MAY_STAY_OPEN = frozenset(_MAY_STAY_OPEN_WORDS.split())


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag:
    """A start tag. `is_open` says that its end never came; `crossed` is the end tag that came first."""

    name: str
    place: Place | None
    attributes: Mapping[str, str | None]
    in_body: bool
    is_open: bool = False
    crossed: str = ""


class Draft:
    """The draft with its parts by token; `subject` is the subject with tokens in it."""

    def __init__(
        self, html: str, parts: Mapping[str, Part], sources: Sources, written: Mapping[str, str] | None = None
    ) -> None:
        self.html = html
        self.parts = parts
        self._sources = sources
        self._written = written

    @cached_property
    def document(self) -> Document:
        """The draft as a tree."""
        return Document(self.html, self._sources, self._written)

    @cached_property
    def _paired(self) -> tuple[list[Tag], list[str]]:
        reader = _Tags(self._sources)
        reader.feed(self.html)
        reader.close()
        return reader.finished()

    @property
    def tags(self) -> list[Tag]:
        """Every start tag, as written."""
        return self._paired[0]

    @property
    def strays(self) -> list[str]:
        """The names of end tags that nothing opened."""
        return self._paired[1]

    def is_personal(self, text: str) -> bool:
        """Whether there is a token in this text."""
        return any(token in self.parts for token in _TOKEN.findall(text))

    def parts_in(self, text: str) -> list[Part]:
        """The parts whose tokens stand in this text."""
        return [self.parts[token] for token in _TOKEN.findall(text) if token in self.parts]

    def without_tokens(self, text: str) -> str:
        """The author's own text around the tokens."""
        return _TOKEN.sub("", text)

    @cached_property
    def asked_for(self) -> frozenset[str]:
        """The columns that decide what is shown: those named in an if, an elif or a for."""
        statements = (part for part in self.parts.values() if part.tag in {"if", "elif", "for", "set"})
        return frozenset(name for part in statements for name in columns_in(part.source))

    @cached_property
    def bare(self) -> dict[str, Part]:
        """The columns that are written out with nothing to stand in for an empty value, each at one place."""
        found: dict[str, Part] = {}
        for part in self.parts.values():
            instead = "default" in part.source or " if " in part.source or " or " in part.source
            if part.kind in {Kind.EXPRESSION, Kind.ADDRESS, Kind.ADDRESS_PART} and not instead:
                for name in columns_in(part.source):
                    found.setdefault(name, part)
        return {name: part for name, part in found.items() if name not in self.asked_for and name != "email"}

    @cached_property
    def addresses(self) -> dict[str, Part]:
        """The columns that are whole addresses of the web, each at one place."""
        found: dict[str, Part] = {}
        for element in self.document.elements:
            for name in ("href", "src"):
                value = (element.get(name) or "").strip()
                match = _TOKEN.match(value)
                if match and match[0] in self.parts:
                    part = self.parts[match[0]]
                    found |= dict.fromkeys(columns_in(part.source), part)
        return found


def columns_in(expression: str) -> list[str]:
    """The columns that an expression names, case-folded as the list's own are."""
    return [(match[1] or match[2]).casefold() for match in _COLUMN.finditer(expression)]


class _Tags(HTMLParser):
    """Keeps the start tags of a page and pairs them with their end tags, mending nothing.

    What the issue opens and closes is its own matter: between its two marks no tag of the layout is closed.
    """

    def __init__(self, sources: Sources) -> None:
        super().__init__(convert_charrefs=True)
        self._sources = sources
        self._found: list[Tag] = []
        self._open: list[int] = []
        self._floor = 0  # of the tags that may be closed here
        self._in_body = False
        self.strays: list[str] = []

    def handle_comment(self, data: str) -> None:
        if data == CONTENT_BEGINS:
            self._floor = len(self._open)
        elif data == CONTENT_ENDS:
            self._leave(self._open[self._floor :])
            del self._open[self._floor :]
            self._floor = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._add(tag, attrs)
        if tag == "body":
            self._in_body = True
        if tag not in _VOID:
            self._open.append(len(self._found) - 1)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._add(tag, attrs)

    def _add(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        place = self._sources.at(attributes.pop(STAMP, None) or "")
        self._found.append(Tag(name=tag, place=place, attributes=attributes, in_body=self._in_body))

    def handle_endtag(self, tag: str) -> None:
        here = self._open[self._floor :]
        if tag in _VOID:
            return
        if tag not in {self._found[index].name for index in here}:
            self.strays.append(tag)
            return
        while self._found[index := self._open.pop()].name != tag:
            self._leave([index], crossed=tag)

    def _leave(self, left_open: Sequence[int], crossed: str = "") -> None:
        for index in left_open:
            if self._found[index].name not in _MAY_STAY_OPEN:
                self._found[index] = replace(self._found[index], is_open=True, crossed=crossed)

    def finished(self) -> tuple[list[Tag], list[str]]:
        self._leave(self._open)
        return self._found, self.strays
