"""Where `{% if %}` and `{% for %}` stand among Markdown's blocks: between paragraphs, rows and list items.

A line of statements only is a block of its own. What Markdown then tears apart, such as one list around a
conditional item, is put together again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock

from dispatch.render.pairs import are_one, unpaired
from dispatch.render.personal import Kind, Mask, Part
from dispatch.render.rows import freed, line_of, refuse_conditional_heading, stay_in_table, table_with
from dispatch.render.tree import Node, leaf

_LISTS = {"bullet_list", "ordered_list"}


def add_statement_blocks(md: MarkdownIt, mask: Mask) -> None:
    """Teach Markdown that a line of statements only is a block; it interrupts every other."""
    alone = re.compile(rf"(?:{mask.salt}[sc]\d+z[ \t]*)+")

    def rule(state: StateBlock, start: int, end: int, silent: bool) -> bool:
        line = line_of(state, start)
        if not alone.fullmatch(line) or state.is_code_block(start):
            return False
        if silent and not mask.statement.search(line):
            return False  # a comment inside a paragraph does not end it
        if state.parentType == "table" and stay_in_table(state, start, end, mask, alone):
            return False
        if not silent:
            state.line = start + 1
            statements = " ".join(part.token for part in mask.found_in(line) if part.kind is Kind.STATEMENT)
            if statements:
                refuse_conditional_heading(state, start, mask)
                token = state.push("statement", "", 0)
                token.content = statements
                token.map = [start, start + 1]
        return True

    md.block.ruler.before(
        "table", "statement", rule, {"alt": ["paragraph", "reference", "blockquote", "list"]}
    )
    md.block.ruler.at("table", table_with(mask), {"alt": ["paragraph", "reference"]})


def settle(nodes: list[Node], mask: Mask) -> list[Node]:
    """Every statement put where HTML can hold it as a comment: blocks in, blocks out."""
    settled: list[Node] = []
    for node in nodes:
        node.children = settle(node.children, mask)
        settled += freed(node, mask) if node.type == "tr" else _hoisted(node, mask)
    return _lists_joined(settled, mask)


def _is_only_statements(content: str, mask: Mask) -> bool:
    return bool(mask.statement.search(content)) and not mask.statement.sub("", content).strip()


def _hoisted(node: Node, mask: Mask) -> list[Node]:
    """A paragraph or list item that is one `{% if %}` as a whole stands inside it, not around it.

    So nothing empty is left when the condition is false.
    """
    if node.type == "paragraph":
        return _paragraph_hoisted(node, mask)
    inside = node.children
    if node.type == "list_item" and len(inside) > 2 and inside[0].type == inside[-1].type == "statement":
        parts = [
            part for one in inside if one.type == "statement" for part in mask.found_in(one.token.content)
        ]
        if are_one(parts) and len(mask.found_in(inside[0].token.content)) == 1:
            node.children = inside[1:-1]
            return [inside[0], node, inside[-1]]
    return [node]


def _paragraph_hoisted(node: Node, mask: Mask) -> list[Node]:
    inline = node.children[0].token
    if _is_only_statements(inline.content, mask):
        return [leaf("statement", inline.content, inline.map)]
    texts = inline.children or []
    parts = [part for part in mask.found_in(inline.content) if part.kind is Kind.STATEMENT]
    if not are_one(parts) or texts[0].type != "text" or texts[-1].type != "text":
        return [node]
    first, last = parts[0].token, parts[-1].token
    if not texts[0].content.startswith(first) or not texts[-1].content.endswith(last):
        return [node]
    texts[0].content = texts[0].content.removeprefix(first)
    texts[-1].content = texts[-1].content.removesuffix(last)
    inline.content = inline.content.removeprefix(first).removesuffix(last)
    inline.children = [text for text in texts if text.type != "text" or text.content]
    return [leaf("statement", first, inline.map), node, leaf("statement", last, inline.map)]


def _lists_joined(nodes: list[Node], mask: Mask) -> list[Node]:
    """Lists with statements between them made one list again, where the statements pair up among them."""
    joined: list[Node] = []
    run: list[Node] = []
    for node in [*nodes, None]:
        if node and (node.type == "statement" or (node.type in _LISTS and _same_kind(run, node))):
            run.append(node)
            continue
        if node and node.type in _LISTS:
            end = _end_of(run, mask)
            joined += _run_joined(run[:end], mask)
            run = [*run[end:], node]
        else:
            joined += [*_run_joined(run, mask), *([node] if node else [])]
            run = []
    return joined


def _end_of(run: Sequence[Node], mask: Mask) -> int:
    """Where a run ends before a list of another kind: what opens behind its last list belongs to that one."""
    end = max((at for at, node in enumerate(run, start=1) if node.type in _LISTS), default=0)
    while end < len(run) and unpaired(_parts(run[:end], mask)):
        end += 1
    return end


def _same_kind(run: Sequence[Node], node: Node) -> bool:
    kinds = {(one.type, one.token.markup) for one in run if one.type in _LISTS}
    return kinds <= {(node.type, node.token.markup)}


def _run_joined(run: list[Node], mask: Mask) -> list[Node]:
    """A run of statements and lists of one kind, cut where a statement's partner is outside of it."""
    loose = {part.token for part in unpaired(_parts(run, mask))}
    pieces: list[list[Node]] = [[]]
    for node in run:
        if any(part.token in loose for part in _parts([node], mask)):
            pieces += [[node], []]
        else:
            pieces[-1].append(node)
    return [node for piece in pieces for node in _piece_joined(piece, mask)]


def _parts(nodes: Iterable[Node], mask: Mask) -> list[Part]:
    return [part for node in nodes if node.type == "statement" for part in mask.found_in(node.token.content)]


def _piece_joined(piece: list[Node], mask: Mask) -> list[Node]:
    lists = [node for node in piece if node.type in _LISTS]
    if len(piece) == 1 or not _has_anchor(piece, mask):
        return piece
    whole = lists[0]
    whole.children = [child for node in piece for child in (node.children if node in lists else [node])]
    _set_looseness(whole)
    return [whole]


def _has_anchor(piece: Sequence[Node], mask: Mask) -> bool:
    """Whether a list stands in no branch of an if, so that the joined list is never empty of itself."""
    depth = 0
    for node in piece:
        if node.type in _LISTS and depth == 0:
            return True
        for part in _parts([node], mask):
            depth += (part.tag == "if") - (part.tag == "endif")
    return False


def _set_looseness(whole: Node) -> None:
    """If one of the lists was loose, all items of the whole are."""
    paragraphs = [child for item in whole.children for child in item.children if child.type == "paragraph"]
    if any(not paragraph.token.hidden for paragraph in paragraphs):
        for paragraph in paragraphs:
            paragraph.token.hidden = False
            if paragraph.close:
                paragraph.close.hidden = False
