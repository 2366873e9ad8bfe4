"""HTML as a row of pieces that can be changed one by one; what nobody changes stays byte for byte."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from html import escape
from html.parser import HTMLParser


class Kind(Enum):
    """What a piece is."""

    START = auto()
    END = auto()
    TEXT = auto()
    COMMENT = auto()
    OTHER = auto()  # a doctype, a declaration, an entity


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A piece of HTML: `raw` is how it stands there. Tags have a name, start tags attributes as well."""

    kind: Kind
    raw: str
    tag: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)

    def having(self, **changes: str | None) -> Piece:
        """The start tag with attributes set, or left out when None."""
        given = {**self.attributes, **changes}
        kept = {name: value for name, value in given.items() if value is not None}
        words = "".join(f' {name}="{escape(value)}"' for name, value in kept.items())
        return replace(self, raw=f"<{self.tag}{words}>", attributes=kept)

    @property
    def content(self) -> str:
        """What a comment says."""
        return self.raw.removeprefix("<!--").removesuffix("-->")


def pieces(html: str) -> list[Piece]:
    """The HTML cut into pieces; joined again they are the same HTML."""
    found = [(0, Piece(kind=Kind.TEXT, raw="")), *_Cutter(html).found]
    ends = [start for start, _ in found[1:]] + [len(html)]
    return [
        replace(piece, raw=html[start:end])
        for (start, piece), end in zip(found, ends, strict=True)
        if start < end
    ]


def joined(parts: Iterable[Piece]) -> str:
    """The HTML of the pieces."""
    return "".join(part.raw for part in parts)


def without(parts: Iterable[Piece], *tags: str) -> Iterator[Piece]:
    """The pieces outside of elements of these names."""
    inside = 0
    for part in parts:
        if part.tag in tags:
            inside = max(0, inside + {Kind.START: 1, Kind.END: -1}[part.kind])
        elif not inside:
            yield part


class _Cutter(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=False)
        self.found: list[tuple[int, Piece]] = []
        self._line_starts = [0]
        for line in html.split("\n"):
            self._line_starts.append(self._line_starts[-1] + len(line) + 1)
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Of an attribute that stands there twice the first one counts, as in a browser."""
        given = {name: value or "" for name, value in reversed(attrs)}
        self._note(Piece(kind=Kind.START, raw="", tag=tag, attributes=dict(reversed(given.items()))))

    def handle_endtag(self, tag: str) -> None:
        self._note(Piece(kind=Kind.END, raw="", tag=tag))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)

    def handle_data(self, data: str) -> None:
        self._note(Piece(kind=Kind.TEXT, raw=data))

    def handle_comment(self, data: str) -> None:
        self._note(Piece(kind=Kind.COMMENT, raw=data))

    def handle_decl(self, decl: str) -> None:
        self._note(Piece(kind=Kind.OTHER, raw=decl))

    def unknown_decl(self, data: str) -> None:
        self._note(Piece(kind=Kind.OTHER, raw=data))

    def handle_pi(self, data: str) -> None:
        self._note(Piece(kind=Kind.OTHER, raw=data))

    def handle_entityref(self, name: str) -> None:
        self._note(Piece(kind=Kind.TEXT, raw=name))

    def handle_charref(self, name: str) -> None:
        self._note(Piece(kind=Kind.TEXT, raw=name))

    def _note(self, piece: Piece) -> None:
        line, column = self.getpos()
        self.found.append((self._line_starts[line - 1] + column, piece))
