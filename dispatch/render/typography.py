"""Straight quotes, dashes and dots as a printer sets them, by the language of the letter."""

from __future__ import annotations

import re

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.rules_core.replacements import replace_rare

# An apostrophe where a quotation mark could begin: 'em, 'tis, rock 'n' roll, the '90s.
_ELIDED = re.compile(r"(?<![\w'])'(?=(?:em|tis|twas|til|cause|bout|round)\b|\d\ds?\b|n['’])", re.IGNORECASE)
_ELIDED_END = re.compile(r"(?<=’n)'")


def add_typography(md: MarkdownIt, quotes: tuple[str, str, str, str]) -> None:
    """Teach Markdown the signs. `(c)` and `(r)` stay: they may be items of a list."""
    md.options["typographer"] = True
    md.options["quotes"] = list(quotes)
    md.core.ruler.at("replacements", _dashes)
    md.core.ruler.before("smartquotes", "apostrophes", _apostrophes)
    md.enable(["replacements", "smartquotes"])


def _dashes(state: StateCore) -> None:
    for token in state.tokens:
        if token.type == "inline" and token.children:
            replace_rare(token.children)


def _apostrophes(state: StateCore) -> None:
    for token in state.tokens:
        for child in token.children or []:
            if child.type == "text" and "'" in child.content:
                child.content = _ELIDED_END.sub("’", _ELIDED.sub("’", child.content))
