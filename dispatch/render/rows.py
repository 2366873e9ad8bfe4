"""`{% if %}` and `{% for %}` among the rows of a table: on lines of their own, or around a row on one."""

from __future__ import annotations

import re
from collections.abc import Callable

from markdown_it.rules_block import StateBlock, table

from dispatch.errors import Topic
from dispatch.render.pairs import are_one, unpaired
from dispatch.render.personal import Kind, Mask, Part
from dispatch.render.tree import Node, leaf

_DELIMITER_ROW = re.compile(r"[\s|:-]*-[\s|:-]*")
_AROUND = ("if", "for")


def table_with(mask: Mask) -> Callable[[StateBlock, int, int, bool], bool]:
    """Markdown's tables, whose rows may have statements before their first bar and behind their last.

    Those are moved into the cells, where the table does not drop them; `freed` takes them out again.
    """
    statements = rf"(?:{mask.statement.pattern}[ \t]*)+"
    around = re.compile(rf"({statements})\|(.*)\|([ \t]*{statements})")

    def rule(state: StateBlock, start: int, end: int, silent: bool) -> bool:
        if not silent and start + 2 < end and _DELIMITER_ROW.fullmatch(line_of(state, start + 1)):
            for number in range(start + 2, end):
                line = line_of(state, number)
                if not line:
                    break
                if match := around.fullmatch(line):
                    at = state.bMarks[number] + state.tShift[number]
                    moved = f"|{match[1]}{match[2]}{match[3]}|"
                    state.src = state.src[:at] + moved + state.src[at + len(moved) :]
        return table(state, start, end, silent)

    return rule


def line_of(state: StateBlock, number: int) -> str:
    """A line of the source without the blanks around it."""
    return state.src[state.bMarks[number] + state.tShift[number] : state.eMarks[number]].strip()


def stay_in_table(state: StateBlock, at: int, end: int, mask: Mask, alone: re.Pattern[str]) -> bool:
    """Whether all statements of this line find their partners among the rows of the table around it.

    Raises when they do not, and another row follows: it would be a line of bars in the letter.
    """

    def is_row(number: int) -> bool:
        line = line_of(state, number)
        return bool(alone.fullmatch(line)) or ("|" in line and not _DELIMITER_ROW.fullmatch(line))

    first = last = at
    while first > 0 and is_row(first - 1):
        first -= 1
    while last + 1 < end and is_row(last + 1):
        last += 1
    around = [part for number in range(first, last + 1) for part in mask.found_in(line_of(state, number))]
    loose = {part.token for part in unpaired(around)}
    torn = [part for part in mask.found_in(line_of(state, at)) if part.token in loose]
    if torn and _row_follows(state, at, end, alone):
        raise _torn(torn[0])
    return not torn


def refuse_conditional_heading(state: StateBlock, at: int, mask: Mask) -> None:
    """Raise for a statement between the heading of a table and the line of dashes below it."""
    if at == 0 or at + 1 >= state.lineMax or "|" not in line_of(state, at - 1):
        return
    below = line_of(state, at + 1)
    if "|" in below and _DELIMITER_ROW.fullmatch(below):
        raise _torn(mask.found_in(line_of(state, at))[0])


def _row_follows(state: StateBlock, at: int, end: int, alone: re.Pattern[str]) -> bool:
    following = [line_of(state, number) for number in range(at + 1, end)]
    lines = [line for line in following if not alone.fullmatch(line)] + ["", ""]
    return "|" in lines[0] and not _DELIMITER_ROW.fullmatch(lines[1])


def _torn(part: Part) -> Exception:
    return part.error(
        f"{part.source.strip()} stands in a table, and its partner does not stand among the same rows",
        hint="let both stand around whole rows below the heading, or around the whole table",
        about=Topic.NESTING,
    )


def freed(row: Node, mask: Mask) -> list[Node]:
    """A row that holds statements only becomes those statements; those that are around its cells leave it."""
    cells = [cell.children[0].token for cell in row.children]
    content = " ".join(cell.content for cell in cells).strip()
    if mask.statement.search(content) and not mask.statement.sub("", content).strip():
        return [leaf("statement", content, row.token.map)]
    parts = [part for part in mask.found_in(content) if part.kind is Kind.STATEMENT]
    if not are_one(parts, _AROUND):
        return [row]
    first, last = (cells[0].children or [])[:1], (cells[-1].children or [])[-1:]
    opener, closer = parts[0].token, parts[-1].token
    if not (first and first[0].type == "text" and first[0].content.startswith(opener)):
        return [row]
    if not (last and last[0].type == "text" and last[0].content.endswith(closer)):
        return [row]
    first[0].content = first[0].content.removeprefix(opener).lstrip()
    last[0].content = last[0].content.removesuffix(closer).rstrip()
    return [leaf("statement", opener, row.token.map), row, leaf("statement", closer, row.token.map)]
