"""Blocks around blocks: `::: note`, `::: columns`, and boxes of a class of one's own, `::: {.name}`.

Fences pair up like brackets: a line with a name opens, a bare one closes, however many colons they have.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Protocol

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.token import Token

from dispatch.errors import Topic
from dispatch.render.phrases import Phrases
from dispatch.render.tree import Node

COLUMNS, COLUMN = "columns", "column"
_LINE = re.compile(r":{3,}[ \t]*(.*?)[ \t]*")
_NAMED = re.compile(r"([^\s{}]+)(?:[ \t]+(.+))?")
_CLASSES = re.compile(r"(.*?)[ \t]+\{((?:[ \t]*\.[A-Za-z][\w-]*)+)[ \t]*\}")
_CLASSED = re.compile(r"\{((?:[ \t]*\.[A-Za-z][\w-]*)+)[ \t]*\}(?:[ \t]*(.+))?")
_MARKS = r"(?:(?:[-+*:~]|\d{1,9}[.)]|\[\^[^\]\s]+\]:)[ \t]+)*"  # of items, meanings and footnotes
_OPENING = re.compile("(" + _MARKS + r"):{3,}(?!:)[ \t]*\S")
_CLOSING = re.compile(r":{3,}[ \t]*")
_CODE = re.compile(_MARKS + r"(`{3,}(?=[^`]*$)|~{3,})")
_CODE_INDENT = 4
_LEAST, _MOST = 2, 3  # columns that a letter has room for


class Complain(Protocol):
    """Makes the error for a 1-based line of the masked source."""

    def __call__(
        self, line: int, message: str, hint: str | None = None, about: Topic | None = None
    ) -> Exception: ...


def add_containers(md: MarkdownIt, phrases: Phrases, complain: Complain) -> None:
    """Teach Markdown the fences. A fence that is unknown, not closed or closes nothing is an error."""

    def rule(state: StateBlock, start: int, end: int, silent: bool) -> bool:
        match = _LINE.fullmatch(_line(state, start))
        if not match or state.is_code_block(start):
            return False
        if silent:
            return True
        written = match[1]
        if not written:
            hint = "delete it, or write \\::: for the signs themselves"
            raise complain(start + 1, "this `:::` closes nothing", hint)
        fence = _read(written, phrases, lambda words, hint: complain(start + 1, words, hint))
        last = _last_line(state, start, end)
        if last is None:
            raise complain(start + 1, f"`::: {written}` is not closed", "end it with a line `:::`")
        _push(state, (start, last), fence)
        return True

    interrupts = ["paragraph", "reference", "blockquote", "list", "table"]
    md.block.ruler.before("fence", "container", rule, {"alt": interrupts})


def _line(state: StateBlock, number: int) -> str:
    return state.src[state.bMarks[number] + state.tShift[number] : state.eMarks[number]]


@dataclass(frozen=True, slots=True)
class _Fence:
    """What an opening fence says. A box of the author's own has no name, only classes."""

    name: str
    title: str
    classes: str


def _read(written: str, phrases: Phrases, complain: Callable[[str, str], Exception]) -> _Fence:
    if own := _CLASSED.fullmatch(written):
        return _Fence("", own[2] or "", _classes(own[1]))
    classed = _CLASSES.fullmatch(written)
    words, classes = (classed[1], _classes(classed[2])) if classed else (written, "")
    match = _NAMED.fullmatch(words)
    name, title = (match[1].lower(), match[2] or "") if match else (words, "")
    if name in phrases.callouts:
        return _Fence(name, title or phrases.callouts[name], classes)
    if name not in {COLUMNS, COLUMN}:
        known = (*phrases.callouts, COLUMNS, COLUMN)
        close = get_close_matches(name, known, n=1)
        hint = f"did you mean `::: {close[0]}`?" if close else f"there are {', '.join(known)}"
        raise complain(f"there is no box `::: {name}`", f"{hint} (a class of your own: `::: {{.name}}`)")
    if title:
        raise complain(f"`::: {name}` takes no title", "write a heading inside of it")
    return _Fence(name, "", classes)


def _classes(written: str) -> str:
    return " ".join(written.replace(".", " ").split())


def _last_line(state: StateBlock, start: int, end: int) -> int | None:
    """The line that closes the container of line `start`; None when the block around it ends before."""
    indents = [state.blkIndent]  # of each container that is open: how far the list item around it is indented
    code = ""
    for number in range(start + 1, end):
        line, indent = _line(state, number).rstrip(), state.sCount[number]
        while line and indents and indent < indents[-1]:
            indents.pop()
        if not indents:
            return None
        if code:
            code = "" if line.startswith(code) and not line.strip(code[0]) else code
        elif indent - indents[-1] >= _CODE_INDENT:
            continue
        elif fence := _CODE.match(line):
            code = fence[1]
        elif opening := _OPENING.match(line):
            indents.append(_indent_behind(opening[1], indent, indents[-1]))
        elif _CLOSING.fullmatch(line):
            indents.pop()
        if not indents:
            return number
    return None


def _indent_behind(marks: str, indent: int, around: int) -> int:
    """How far the lines are indented that belong to what these marks begin."""
    if not marks:
        return around
    return indent + (_CODE_INDENT if marks.startswith("[^") else len(marks))


def _push(state: StateBlock, lines: tuple[int, int], fence: _Fence) -> None:
    start, last = lines
    before = state.parentType, state.lineMax
    state.parentType, state.lineMax = "container", last  # no paragraph runs on past the closing fence
    opening = state.push("container_open", "div", 1)
    opening.info, opening.map = fence.name, [start, last]
    if fence.classes:
        opening.attrSet("class", fence.classes)
    if fence.title:
        state.push("container_title_open", "p", 1).map = [start, start + 1]
        words = state.push("inline", "", 0)
        words.content, words.map, words.children = fence.title, [start, start + 1], []
        state.push("container_title_close", "p", -1)
    state.md.block.tokenize(state, start + 1, last)
    state.push("container_close", "div", -1)
    state.parentType, state.lineMax = before
    state.line = last + 1


def is_callout(box: Token) -> bool:
    """Whether this container is a note, a tip or a warning."""
    return box.info not in {COLUMNS, COLUMN, ""}


def arrange_columns(nodes: Sequence[Node], complain: Complain, around: Node | None = None) -> None:
    """Give each column its place among its neighbours. Raises for columns that do not fit together."""
    for node in nodes:
        kind = node.token.info if node.type == "container" else ""
        line = (node.token.map or [0])[0] + 1
        beside = around is not None and around.token.info == COLUMNS
        if beside and kind != COLUMN:
            hint = "a condition stands inside of a column, or around all of the columns"
            raise complain(line, "only `::: column` stands directly in `::: columns`", hint)
        if kind == COLUMN and not beside:
            raise complain(
                line, "`::: column` stands outside of `::: columns`", "write `::: columns` around it"
            )
        if kind == COLUMNS:
            _number(node, line, complain)
        arrange_columns(node.children, complain, node if kind else None)


def _number(columns: Node, line: int, complain: Complain) -> None:
    count = len(columns.children)
    if any((one.type, one.token.info) != ("container", COLUMN) for one in columns.children):
        return  # the one among them that is none is complained of by itself
    if not _LEAST <= count <= _MOST:
        words = {0: "no column", 1: "one column only"}.get(count, f"{count} columns")
        raise complain(line, f"`::: columns` has {words}", "a letter has room for two or three")
    if any((one.type, one.info) == ("container_open", COLUMNS) for one in _within(columns)):
        raise complain(line, "columns inside of columns", "a letter has room for two or three side by side")
    for at, column in enumerate(columns.children):
        column.token.meta = {"at": at, "of": count}


def _within(node: Node) -> list[Token]:
    return [token for child in node.children for token in (child.token, *_within(child))]
