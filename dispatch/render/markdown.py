"""Markdown with masked expressions -> blocks. The door to markdown-it.

markup.py writes the HTML and text.py the plain text, both from the same blocks.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock, html_block
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from mdit_py_plugins.attrs import attrs_block_plugin, attrs_plugin
from mdit_py_plugins.deflist import deflist_plugin
from mdit_py_plugins.gfm_autolink import gfm_autolink_plugin

from dispatch.render.container import Complain, add_containers, arrange_columns
from dispatch.render.footnotes import add_footnotes
from dispatch.render.image import Gallery
from dispatch.render.personal import Mask
from dispatch.render.phrases import Phrases
from dispatch.render.picture import place_pictures
from dispatch.render.shapes import Shapes
from dispatch.render.statements import add_statement_blocks, settle
from dispatch.render.tree import Node, tree
from dispatch.render.typography import add_typography

_ATTRIBUTES = re.compile(r"\{[^{}\n]*[=.#%][^{}\n]*\}")  # what was meant for attributes and is none
_CLOSINGS = {f"{name}_close" for name in ("link", "span", "strong", "em", "s")}
_BEFORE_ATTRIBUTES = {"image", "code_inline"} | _CLOSINGS
_DEEPEST = 40  # levels; a list takes two
_AT_THE_END = re.compile(r"(?<!\\)\{(?:[ \t]*[.#][A-Za-z][\w-]*)+[ \t]*\}[ \t]*\Z")


def read_markdown(
    source: str, mask: Mask, gallery: Gallery, phrases: Phrases, complain: Complain
) -> list[Node]:
    """The blocks of a masked source: code as the author wrote it, statements and pictures in their places.

    Raises what `complain` makes, for a picture that is unfit and for Markdown that cannot be meant.
    """
    md = _parser(mask, phrases, complain)
    tokens = md.parse(source)
    for token in tokens:
        _check_depth(token, complain)
        _restore_code(token, mask)
        _check_attributes(token, complain)
    blocks = settle(tree(tokens), mask)
    arrange_columns(blocks, complain)
    place_pictures(blocks, gallery, mask, complain)
    shapes = Shapes(lambda words: md.parseInline(words)[0].children or [], phrases)
    return [shapes.given(block) for block in blocks]


def _parser(mask: Mask, phrases: Phrases, complain: Complain) -> MarkdownIt:
    md = MarkdownIt("js-default", {"html": True, "linkify": False})
    md.use(deflist_plugin).use(gfm_autolink_plugin).use(attrs_plugin, spans=True).use(attrs_block_plugin)
    add_typography(md, phrases.quotes)
    add_footnotes(md, complain)
    add_containers(md, phrases, complain)
    add_statement_blocks(md, mask)
    bracketed = re.compile(rf"<({mask.salt}x\d+z)>")
    md.inline.ruler.before("autolink", "personal_link", _personal_link(bracketed))
    md.block.ruler.at(
        "html_block", _html_block_but(bracketed), {"alt": ["paragraph", "reference", "blockquote"]}
    )
    return md


def _personal_link(bracketed: re.Pattern[str]) -> Callable[[StateInline, bool], bool]:
    """`<{{ unsubscribe_url }}>` is a link to its own text, as `<https://example.com>` is."""

    def rule(state: StateInline, silent: bool) -> bool:
        match = bracketed.match(state.src, state.pos)
        if not match:
            return False
        if not silent:
            state.push("link_open", "a", 1).attrs = {"href": match[1]}
            state.push("text", "", 0).content = match[1]
            state.push("link_close", "a", -1)
        state.pos = match.end()
        return True

    return rule


def _html_block_but(bracketed: re.Pattern[str]) -> Callable[[StateBlock, int, int, bool], bool]:
    """CommonMark's HTML blocks, except that a link to itself at the start of a line is no tag."""

    def rule(state: StateBlock, start: int, end: int, silent: bool) -> bool:
        if bracketed.match(state.src, state.bMarks[start] + state.tShift[start]):
            return False
        return html_block(state, start, end, silent)

    return rule


def _restore_code(token: Token, mask: Mask) -> None:
    if token.type in {"code_inline", "code_block", "fence"}:
        token.content = mask.restored(token.content)
        token.info = mask.restored(token.info)
    for child in token.children or []:
        _restore_code(child, mask)


def _check_depth(token: Token, complain: Complain) -> None:
    """Raise before markdown-it, which drops what is nested deeper than 100 levels without a word."""
    if token.level > _DEEPEST and token.map:
        message = f"this is nested more than {_DEEPEST // 2} deep"
        raise complain(token.map[0] + 1, message, "a letter is read on a phone")


def _check_attributes(token: Token, complain: Complain) -> None:
    """Raise for braces behind words or at the end of a block that would stand in the letter as they are."""
    line = (token.map or [0])[0] + 1
    before = ""
    for child in token.children or []:
        if before in _BEFORE_ATTRIBUTES and (found := _ATTRIBUTES.match(child.content)):
            hint = 'write {.class name=word name="a value"} behind a link, a picture, `code` or [words]'
            raise complain(line, f"{found[0]} cannot be read as attributes", hint)
        line += child.type in {"softbreak", "hardbreak"}
        before = child.type
    if token.type == "inline" and (found := _AT_THE_END.search(token.content)):
        hint = "the attributes of a block stand on a line of their own above it"
        if token.children and token.children[-1].type == "text":
            raise complain(line, f"{found[0].strip()} at the end of a block is no attribute", hint)
