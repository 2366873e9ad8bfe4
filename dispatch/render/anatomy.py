"""The links and pictures of a finished HTML letter, in their order, as one reader gets them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from html.parser import HTMLParser

_UNSEEN = {"style", "script", "title"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """Where a link leads, and by which words (the alt text of a picture counts)."""

    target: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """A picture as the letter shows it; `width` and `height` are the attributes, empty without one."""

    source: str
    alt: str | None
    width: str
    height: str


@dataclass(frozen=True, slots=True)
class Anatomy:
    """What was found."""

    links: tuple[Link, ...]
    images: tuple[Image, ...]


def anatomy(html: str) -> Anatomy:
    """Look through a letter."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    links = tuple(Link(target=target, words=_joined(words)) for target, words in reader.links)
    return Anatomy(links, tuple(reader.images))


def _joined(words: Iterable[str]) -> str:
    return " ".join("".join(words).split())


class _Reader(HTMLParser):
    """One pass over a letter; a link collects its words as long as it is open."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.links: list[tuple[str, list[str]]] = []
        self.images: list[Image] = []
        self._link: list[str] | None = None
        self._unseen = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Of an attribute that stands there twice the first one counts, as in a browser."""
        given = {name: value or "" for name, value in reversed(attrs)}
        if self._unseen:
            return  # older parsers see tags in a title
        if tag in _UNSEEN:
            self._unseen = tag
        elif tag == "a" and "href" in given:
            self._link = []
            self.links.append((given["href"].strip(), self._link))
        elif tag == "img":
            source, width, height = (given.get(name, "") for name in ("src", "width", "height"))
            self.images.append(Image(source=source, alt=given.get("alt"), width=width, height=height))
            self.handle_data(given.get("alt", ""))

    def handle_endtag(self, tag: str) -> None:
        """Close what was opened."""
        if tag == self._unseen:
            self._unseen = ""
        elif tag == "a":
            self._link = None

    def handle_data(self, data: str) -> None:
        """Words belong to the link that they stand in."""
        if self._link is not None and not self._unseen:
            self._link.append(data)
