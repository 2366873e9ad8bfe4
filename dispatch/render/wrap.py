"""Lines of plain text: how wide they are, where they break, how columns stand side by side."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence

WIDTH = 72

Measure = Callable[[str], int]


def columns_of(text: str) -> int:
    """How many columns a terminal needs: two for wide letters, none for combining ones (UAX 11)."""
    if text.isascii():
        return len(text)
    return sum(_columns(letter) for letter in text)


def _columns(letter: str) -> int:
    if unicodedata.combining(letter) or unicodedata.category(letter) in {"Cf", "Me"}:
        return 0
    return 2 if unicodedata.east_asian_width(letter) in "WF" else 1


def wrapped(text: str, width: int, measure: Measure = columns_of) -> list[str]:
    """The text in lines of at most `width`; a longer word, such as an address, has a line of its own."""
    return [line for paragraph in text.split("\n") for line in _filled(paragraph, width, measure)]


def _filled(text: str, width: int, measure: Measure) -> list[str]:
    lines: list[str] = []
    line, used = "", 0
    for word in re.split("[ \t]+", text.strip(" \t")):
        size = measure(word)
        if line and used + 1 + size > width:
            lines.append(line)
            line, used = word, size
        else:
            line, used = (f"{line} {word}", used + 1 + size) if line else (word, size)
    return [*lines, line]


def column_widths(rows: Sequence[Sequence[str]], width: int, measure: Measure) -> list[int]:
    """Widths for the cells of a table: as wide as they want, the widest narrowed until the row fits."""
    count = max(len(row) for row in rows)
    widths = [max((measure(row[at]) for row in rows if at < len(row)), default=0) or 1 for at in range(count)]
    narrowest = 8
    while sum(widths) + 2 * (count - 1) > width and max(widths) > narrowest:
        widths[widths.index(max(widths))] -= 1
    return widths


def row_lines(
    cells: Sequence[str], widths: Sequence[int], aligns: Sequence[str], measure: Measure
) -> list[str]:
    """One row of a table as lines, its cells wrapped and padded."""
    columns = [wrapped(cell, size, measure) for cell, size in zip(cells, widths, strict=False)]
    height = max((len(column) for column in columns), default=1)
    lines = []
    for at in range(height):
        texts = [column[at] if at < len(column) else "" for column in columns]
        padded = [_padded(*one, measure) for one in zip(texts, widths, aligns, strict=False)]
        lines.append("  ".join(padded).rstrip())
    return lines


def _padded(text: str, width: int, align: str, measure: Measure) -> str:
    space = max(0, width - measure(text))
    left = {"right": space, "center": space // 2}.get(align, 0)
    return " " * left + text + " " * (space - left)
