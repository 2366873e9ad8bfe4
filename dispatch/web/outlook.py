"""A letter roughly as Outlook on Windows reads it, which lays out with Word's engine.

What Word does not do is taken from Microsoft's list of its HTML and CSS ("Word 2007 HTML and CSS Rendering
Capabilities in Outlook 2007", which still holds for the classic Outlook) and from caniemail.com.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from dispatch.web.markup import Kind, Piece, pieces, without
from dispatch.web.styles import kept_declarations, kept_rules

_WORD = 16  # the version that Outlook 2016 to 2021 call themselves in conditional comments
_SHOWN = re.compile(r"\[if\s+([^\]]*)\]>(.*)<!\[endif\]", re.DOTALL | re.IGNORECASE)
_OPENING = re.compile(r"\[if\s+([^\]]*)\]", re.IGNORECASE)
_TERM = re.compile(r"(!?)\s*(?:(gte|gt|lte|lt)\s+)?(mso|ie|vml)(?:\s+(\d+))?", re.IGNORECASE)

_NEVER = frozenset(
    {
        *("max-width", "min-width", "max-height", "min-height", "overflow", "object-fit", "outline"),
        *(
            "border-radius",
            "box-shadow",
            "text-shadow",
            "opacity",
            "visibility",
            "word-break",
            "overflow-wrap",
        ),
        *("position", "float", "clear", "flex", "grid", "gap", "transform", "transition", "animation"),
        *("background-image", "background-size", "background-position"),
    }
)
_MARKS = {Kind.COMMENT, Kind.OTHER}
_CELLS = {"td", "th", "table"}
_BOX = {"padding", "padding-top", "padding-right", "padding-bottom", "padding-left", "width", "height"}


def as_outlook(parts: Iterable[Piece]) -> Iterator[Piece]:
    """The pieces with Outlook's own comments opened and what Word cannot do left out."""
    inside = False
    for part in without(_opened(parts), "xml"):
        if part.tag == "style":
            inside = part.kind is Kind.START
            yield part.having(media=None) if inside else part
        elif inside and part.kind is Kind.TEXT:
            yield Piece(kind=Kind.TEXT, raw=kept_rules(part.raw, _is_known))
        elif part.kind is Kind.START and "style" in part.attributes:
            yield part.having(style=_styled(part))
        else:
            yield part


def _styled(part: Piece) -> str:
    def keep(name: str, value: str) -> bool:
        is_inline_box = name in _BOX and part.tag not in _CELLS
        return _is_known(name, value) and not (is_inline_box and part.tag != "img")

    hidden = ";display:none" if "mso-hide:all" in part.attributes["style"].replace(" ", "").lower() else ""
    return kept_declarations(part.attributes["style"], keep) + hidden


def _is_known(name: str, value: str) -> bool:
    if name in _NEVER or "calc(" in value or "var(" in value:
        return False
    return name != "display" or value == "none"


def _opened(parts: Iterable[Piece]) -> Iterator[Piece]:
    """Conditional comments resolved: `<!--[if mso]>` is shown, what stands for the others is not."""
    skipping = False
    for part in parts:
        if part.kind is Kind.COMMENT and (match := _SHOWN.fullmatch(part.content.strip())):
            if _holds(match[1]):
                yield from pieces(match[2])
        elif part.kind in {Kind.COMMENT, Kind.OTHER} and (
            asked := re.search(r"\[if\s+([^\]]*)\]", part.raw, re.IGNORECASE)
        ):
            skipping = not _holds(asked[1])
        elif part.kind in {Kind.COMMENT, Kind.OTHER} and "[endif]" in part.raw.lower():
            skipping = False
        elif not skipping:
            yield part


def _holds(condition: str) -> bool:
    """A condition of `mso`, versions, `!`, `&` and `|`; brackets only group what is in one of them."""
    return any(
        all(_term(term) for term in group.split("&")) for group in re.sub(r"[()]", "", condition).split("|")
    )


def _term(written: str) -> bool:
    match = _TERM.search(written)
    if match is None or match[3].lower() == "ie":
        return "!" in written
    version = int(match[4]) if match[4] else _WORD
    compared = {
        "gte": version <= _WORD,
        "gt": version < _WORD,
        "lte": version >= _WORD,
        "lt": version > _WORD,
    }
    holds = compared.get((match[2] or "").lower(), version == _WORD)
    return holds != bool(match[1])
