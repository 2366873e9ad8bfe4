"""What takes the room in a page: its bytes by kind and by section. Gmail shows the first 102,400 of them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape
from html.parser import HTMLParser
from itertools import pairwise

GMAIL_SHOWS = 102_400  # bytes of HTML; the rest is folded away behind a link

_ATTRIBUTE = re.compile(r"""\s(style|href|src)\s*=\s*("[^"]*"|'[^']*'|[^\s"'>]+)""", re.IGNORECASE)
_HEADINGS = frozenset({"h1", "h2"})


@dataclass(frozen=True, slots=True)
class Section:
    """From one heading of the first or second rank to the next. What is before the first has no title."""

    title: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Weight:
    """Bytes of UTF-8. The five kinds add up to `total`, and so do the sections.

    `kept_styles` stand in style elements, `inline_styles` in attributes; `links` are the addresses of links
    and pictures; `markup` is the rest: tags, their other attributes, comments.
    """

    total: int
    text: int
    inline_styles: int
    kept_styles: int
    links: int
    markup: int
    sections: tuple[Section, ...]

    @property
    def largest(self) -> Section:
        """The section that takes the most room."""
        return max(self.sections, key=lambda section: section.size)


def weigh(html: str) -> Weight:
    """Weigh an inlined page."""
    scale = _Scale(html)
    scale.feed(html)
    scale.close()
    total = _bytes(html)
    return Weight(
        total=total,
        text=scale.text,
        inline_styles=scale.inline_styles,
        kept_styles=scale.kept_styles,
        links=scale.links,
        markup=total - scale.text - scale.inline_styles - scale.kept_styles - scale.links,
        sections=scale.sections(),
    )


class _Scale(HTMLParser):
    """Adds up what it is shown; nothing is decoded on the way, so that every byte is counted once."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=False)
        self.text = self.inline_styles = self.kept_styles = self.links = 0
        self._html = html
        self._lines = [0, *(match.end() for match in re.finditer("\n", html))]
        self._marks = [0]
        self._titles = [""]
        self._heading = ""
        self._style = False

    def handle_starttag(self, tag: str, _attrs: list[tuple[str, str | None]]) -> None:
        self._style = tag == "style"
        for match in _ATTRIBUTE.finditer(self.get_starttag_text() or ""):
            size = _bytes(match[2].strip("\"'"))
            if match[1].lower() == "style":
                self.inline_styles += size
            else:
                self.links += size
        if tag in _HEADINGS:
            self._marks.append(self._offset())
            self._titles.append("")
            self._heading = tag

    def handle_endtag(self, tag: str) -> None:
        self._style = False
        if tag == self._heading:
            self._heading = ""

    def handle_data(self, data: str) -> None:
        if self._style:
            self.kept_styles += _bytes(data)
            return
        self.text += _bytes(data)
        if self._heading:
            self._titles[-1] += data

    def handle_entityref(self, name: str) -> None:
        self._handle_reference(f"&{name}")

    def handle_charref(self, name: str) -> None:
        self._handle_reference(f"&#{name}")

    def _handle_reference(self, written: str) -> None:
        """A character by its name or number, whose semicolon an author may have left out."""
        ends = self._html.startswith(";", self._offset() + len(written))
        self.handle_data(f"{written};" if ends else written)

    def _offset(self) -> int:
        line, column = self.getpos()
        return self._lines[line - 1] + column

    def sections(self) -> tuple[Section, ...]:
        """The page cut before each heading."""
        ends = pairwise([*self._marks, len(self._html)])
        sizes = [_bytes(self._html[start:end]) for start, end in ends]
        titles = (" ".join(unescape(title).split()) for title in self._titles)
        return tuple(Section(title, size) for title, size in zip(titles, sizes, strict=True))


def _bytes(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))
