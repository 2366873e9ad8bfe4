"""A table as plain text: columns side by side, or row by row with a label each where they do not fit."""

from __future__ import annotations

from collections.abc import Sequence

from dispatch.render.wrap import Measure, wrapped

_GAP = 2
_NARROWEST = 8


def column_widths(rows: Sequence[Sequence[str]], width: int, measure: Measure) -> list[int] | None:
    """Widths for the cells: as wide as they want, the widest narrowed until a row fits; None if none does.

    No column becomes narrower than its longest word, so that no word sticks out of it.
    """
    count = max(len(row) for row in rows)
    columns = [[row[at] for row in rows if at < len(row)] for at in range(count)]
    widths = [max(1, *(measure(cell) for cell in column), 0) for column in columns]
    least = [
        min(wide, max(_NARROWEST, *(_longest_word(cell, measure) for cell in column)))
        for wide, column in zip(widths, columns, strict=True)
    ]
    room = width - _GAP * (count - 1)
    if sum(least) > room:
        return None
    while sum(widths) > room:
        spare = max(range(count), key=lambda at: (widths[at] > least[at], widths[at]))
        widths[spare] -= 1
    return widths


def _longest_word(cell: str, measure: Measure) -> int:
    return max(measure(line) for line in wrapped(cell, 1, measure))


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
        lines.append((" " * _GAP).join(padded).rstrip())
    return lines


def _padded(text: str, width: int, align: str, measure: Measure) -> str:
    space = max(0, width - measure(text))
    left = {"right": space, "center": space // 2}.get(align, 0)
    return " " * left + text + " " * (space - left)


def rule(widths: Sequence[int]) -> str:
    """The line below the head of a table."""
    return (" " * _GAP).join("-" * size for size in widths)


def labelled(head: Sequence[str], cells: Sequence[str], width: int, measure: Measure) -> list[str]:
    """One row as a line for each cell that is not empty, with the head of its column before it."""
    lines = []
    for label, cell in zip(head, cells, strict=False):
        if cell:
            words = wrapped(f"{label}: {cell}" if label else cell, width - 2, measure)
            lines += [words[0], *(f"  {line}" for line in words[1:])]
    return lines
