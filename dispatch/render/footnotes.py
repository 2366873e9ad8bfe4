"""Footnotes: an end list, numbered as they are referred to. In-page links fail in many mail clients."""

from __future__ import annotations

import re

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from mdit_py_plugins.footnote import footnote_plugin

from dispatch.render.container import Complain

_REFERENCE = re.compile(r"\[\^([^\]\s]+)\]")


def add_footnotes(md: MarkdownIt, complain: Complain) -> None:
    """Teach Markdown `[^1]` and `^[inline]`. A note without a reference, or the reverse, is an error."""
    md.use(footnote_plugin)

    def check(state: StateCore) -> None:
        refs = state.env.get("footnotes", {}).get("refs", {})
        seen: dict[str, int] = {}
        for token in state.tokens:
            line = (token.map or [0])[0] + 1
            if token.type == "footnote_reference_open":
                label = token.meta["label"]
                if label in seen:
                    hint = f"it is on line {seen[label]} already" if line > seen[label] else None
                    raise complain(line, f"the footnote [^{label}] stands here again", hint)
                seen[label] = line
                if refs[f":{label}"] < 0:
                    message = f"nothing refers to the footnote [^{label}]"
                    raise complain(line, message, f"write [^{label}] where it belongs, or delete it")
            elif token.type == "inline":
                _check_references(token, line, complain)

    md.core.ruler.before("footnote_tail", "footnotes_checked", check)


def _check_references(inline: Token, line: int, complain: Complain) -> None:
    for child in inline.children or []:
        # An escaped bracket is a token of its own, and so never found here.
        if child.type == "text" and (found := _REFERENCE.search(child.content)):
            hint = f"write `[^{found[1]}]: ...` below, or \\[^{found[1]}] for the signs themselves"
            raise complain(line, f"there is no footnote [^{found[1]}]", hint)
        line += child.type in {"softbreak", "hardbreak"}


def footnote_number(token: Token) -> int:
    """The number that a note is shown by, from 1."""
    return int(token.meta["id"]) + 1
