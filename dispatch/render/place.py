"""Where tokens stand in the text of an HTML page: in content, in an attribute, in a style, in a comment."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto

from dispatch.errors import Topic
from dispatch.render.escape import Place
from dispatch.render.personal import Kind, Mask, Part

_MARKUP = re.compile(
    r"(?P<comment><!--.*?(?:-->|\Z))"
    r"|(?P<declaration><[!?][^>]*(?:>|\Z))"
    r"|(?P<end></[a-zA-Z][^>]*(?:>|\Z))"
    r"|<(?P<tag>[a-zA-Z][^\s/>]*)(?P<attributes>(?:[^\"'>]|\"[^\"]*\"|'[^']*')*)(?:>|\Z)",
    re.DOTALL,
)
_ATTRIBUTE = re.compile(r"(?P<name>[^\s\"'>/=]+)(?:\s*=\s*(?:\"(?P<a>[^\"]*)\"|'(?P<b>[^']*)'|[^\s\"'>]+))?")
_RAW_TAGS = {"style", "title", "script", "textarea", "xmp"}
_URLS = {
    "href",
    "src",
    "action",
    "formaction",
    "background",
    "cite",
    "codebase",
    "data",
    "dynsrc",
    "longdesc",
    "lowsrc",
    "manifest",
    "ping",
    "poster",
    "srcset",
    "xlink:href",
}
# What would be read as a page or run as a program, whatever is escaped in it.
_PROGRAMS = {"script", "animate", "set"}
_PROGRAM_SCHEME = re.compile(r"(?:javascript|vbscript|data):", re.IGNORECASE)
_REDIRECTION = re.compile(r"url\s*=\s*[\"']?\Z", re.IGNORECASE)
_STYLE_ADDRESS = re.compile(r"\burl\(\s*[\"']?(?P<before>[^\"')]*)\Z", re.IGNORECASE)


class Spot(Enum):
    """The parts of an HTML page."""

    CONTENT = auto()
    COMMENT = auto()
    ATTRIBUTE = auto()
    RAW = auto()  # the text of style, title, script
    TAG = auto()  # in a tag, but in no quoted value


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """A stretch of a page. `name` is the attribute's or the raw element's; `tag` the element's."""

    start: int
    end: int
    spot: Spot
    name: str = ""
    tag: str = ""


def stretches(html: str, start: int = 0, end: int | None = None) -> Iterator[Stretch]:
    """All stretches of a page in order, nothing left out."""
    end = len(html) if end is None else end
    position = start
    while match := _MARKUP.search(html, position, end):
        if position < match.start():
            yield Stretch(start=position, end=match.start(), spot=Spot.CONTENT)
        yield from _within(html, match)
        position = match.end()
        if (tag := (match["tag"] or "").lower()) in _RAW_TAGS:
            closing = re.compile(f"</{tag}", re.IGNORECASE).search(html, position, end)
            raw_end = closing.start() if closing else end
            yield Stretch(start=position, end=raw_end, spot=Spot.RAW, name=tag, tag=tag)
            position = raw_end
    if position < end:
        yield Stretch(start=position, end=end, spot=Spot.CONTENT)


def _within(html: str, match: re.Match[str]) -> Iterator[Stretch]:
    if match["comment"] is not None:
        yield from _comment(html, match)
    elif match["tag"] is not None:
        yield from _tag(match)
    else:
        yield Stretch(start=match.start(), end=match.end(), spot=Spot.TAG)


def _comment(html: str, match: re.Match[str]) -> Iterator[Stretch]:
    """A comment; the inside of one that Outlook reads is HTML for Outlook."""
    inside = re.compile(r"<!--\[if[^\]]*\]>(?!<!-->)").match(html, match.start(), match.end())
    if not inside:
        yield Stretch(start=match.start(), end=match.end(), spot=Spot.COMMENT)
        return
    for one in stretches(html, inside.end(), match.end() - 3):
        spot = Spot.COMMENT if one.spot is Spot.CONTENT else one.spot
        yield Stretch(start=one.start, end=one.end, spot=spot, name=one.name, tag=one.tag)


def _tag(match: re.Match[str]) -> Iterator[Stretch]:
    tag = match["tag"].lower()
    position = match.start()
    for attribute in _ATTRIBUTE.finditer(match["attributes"]):
        group = next((one for one in ("a", "b") if attribute[one] is not None), None)
        if group is None:
            continue  # without quotes a blank in a value would end it, and begin another attribute
        start, end = (match.start("attributes") + place for place in attribute.span(group))
        yield Stretch(start=position, end=start, spot=Spot.TAG, tag=tag)
        yield Stretch(start=start, end=end, spot=Spot.ATTRIBUTE, name=attribute["name"].lower(), tag=tag)
        position = end
    yield Stretch(start=position, end=match.end(), spot=Spot.TAG, tag=tag)


def mark_statements(html: str, mask: Mask) -> str:
    """The page with the statements of its content as comments, which are safe even between table rows."""
    written = []
    position = 0
    for stretch in stretches(html):
        written.append(html[position : stretch.start])
        text = html[stretch.start : stretch.end]
        if stretch.spot is Spot.CONTENT:
            text = mask.statement.sub(r"<!--\g<0>-->", text)
        written.append(text)
        position = stretch.end
    return "".join(written) + html[position:]


@dataclass(frozen=True, slots=True)
class Slot:
    """A part in a finished page: where its token begins and ends, and how its value is escaped."""

    start: int
    end: int
    part: Part
    place: Place


def slots(html: str, mask: Mask) -> list[Slot]:
    """All tokens of a finished page with their places, in order. Raises where no value is safe."""
    found = []
    for stretch in stretches(html):
        for match in mask.token.finditer(html, stretch.start, stretch.end):
            part = mask.parts[match[0]]
            start, end = match.span()
            if (
                part.kind is Kind.STATEMENT
                and html[start - 4 : start] == "<!--"
                and html[end : end + 3] == "-->"
            ):
                start, end = start - 4, end + 3
            within = html[stretch.start : match.start()] if stretch.name else ""
            found.append(Slot(start, end, part, _place(part, stretch, mask.token.sub("", within))))
    return found


def _place(part: Part, stretch: Stretch, before: str) -> Place:
    """How a value is escaped here; `before` is the literal text of the stretch so far."""
    if stretch.spot is Spot.TAG:
        raise part.error(
            f"{part.source.strip()} stands in a tag outside of a quoted value",
            hint='write it as name="..."',
            about=Topic.NESTING,
        )
    if stretch.tag in _PROGRAMS or stretch.name.startswith("on") or stretch.name == "srcdoc":
        raise part.error(f"{part.source.strip()} stands in a script, where no value is safe")
    if part.kind is Kind.STATEMENT:
        return Place.TEXT  # it writes nothing itself
    if stretch.name == "style":
        return _place_in_style(part, before)
    if stretch.spot is not Spot.ATTRIBUTE:
        return Place.TEXT
    if stretch.tag == "meta" and _REDIRECTION.search(before):
        return Place.URL
    return _place_in_address(part, before) if stretch.name in _URLS else Place.TEXT


def _place_in_style(part: Part, before: str) -> Place:
    address = _STYLE_ADDRESS.search(before)
    if address and not address["before"].strip():
        raise part.error(
            f"{part.source.strip()} is an address in a style, where none is safe",
            hint='show the picture with <img src="...">, or write the beginning of the address out',
        )
    return Place.URL_PART if address else Place.STYLE


def _place_in_address(part: Part, before: str) -> Place:
    begun = re.sub(r"[\x00-\x20]+", "", before)
    if _PROGRAM_SCHEME.match(begun):
        raise part.error(f"{part.source.strip()} stands in a script, where no value is safe")
    if begun.lower() == "mailto:":
        return Place.MAILBOX
    return Place.URL_PART if begun else Place.URL
