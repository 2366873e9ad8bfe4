"""How a letter stands in the inbox before it is opened: sender, subject and the words after it, cut to fit.

Every mail program cuts in its own way; these are the three usual shapes. A phone gives each of the three a
line of its own, a tablet puts subject and preview on one line below the sender, a desktop all on one row.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from dispatch.render.wrap import columns_of

WIDTHS = (40, 60, 90)
_ROW = 90
_STACK = 40
_SENDER = 20  # columns that a desktop's row leaves for the sender
_JOINER = "\u200d"
_EXCERPT = 200


@dataclass(frozen=True, slots=True)
class InboxLine:
    """What an inbox shows of a letter in so many columns; a row's parts are padded to stand in columns."""

    width: int
    sender: str
    subject: str
    preview: str
    rows: int


def inbox_line(*, sender: str, subject: str, preview: str, width: int) -> InboxLine:
    """The three parts, each cut to what is left for it at this width."""
    subject, preview = _one_line(subject), _one_line(preview)
    if width <= _STACK:
        return InboxLine(width, cut(sender, width), cut(subject, width), cut(preview, width), rows=3)
    rows = 2 if width < _ROW else 1
    room = width if rows == 2 else width - _SENDER - 1
    shown = cut(subject, room)
    left = room - columns_of(shown) - 3
    return InboxLine(
        width,
        cut(sender, width if rows == 2 else _SENDER),
        shown,
        cut(preview, left) if left > 3 else "",
        rows=rows,
    )


def first_words(text: str) -> str:
    """What mail programs show when there is no preheader: the letter's first words."""
    return _one_line(text[: 4 * _EXCERPT])[:_EXCERPT]


def cut(text: str, width: int) -> str:
    """The text in at most `width` columns, an ellipsis at the end of what is cut; no letter is torn."""
    if columns_of(text) <= width:
        return text
    kept = ""
    for letter in text:
        if columns_of(kept + letter) > width - 1:
            break
        kept += letter
    while kept and (kept[-1] == _JOINER or columns_of(text[len(kept)]) == 0):
        kept = kept[:-1]
    return kept.rstrip() + "…"


def _one_line(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()
