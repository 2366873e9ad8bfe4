"""An inlined page without the characters that change nothing: Gmail clips by the byte.

Blank lines, indentation and the spaces at the edges of blocks go. Where there was a line break between two
blocks, one stays: it costs a byte, spares the wire form a soft break of three, and the source can be read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from lxml import etree

# Spaces at the edges of these are never shown.
_BLOCKS = frozenset(
    name
    for names in (
        "html head meta title link style body",
        "address article aside div figcaption figure footer header main nav section center",
        "h1 h2 h3 h4 h5 h6 p pre blockquote hr br",
        "ul ol li dl dt dd",
        "table caption colgroup col thead tbody tfoot tr th td",
    )
    for name in names.split()
)
_AS_WRITTEN = frozenset({"pre", "textarea", "style", "script", "title"})
_SPACE = " \t\r\n\f"
_RUN = re.compile(r"[ \t\r\n\f]{2,}")
# A text in quotes or brackets, which stays; or a separator with the space behind it.
_STYLE = re.compile(r"""("(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|\([^)]*\))|([;:,]) +""")


def slim(root: Any) -> None:
    """Take the needless spaces out of a page, in place."""
    for element in _spaced_freely(root):
        children = list(element)
        element.text = _between(element.text, element, children[0] if children else element)
        for child, after in pairwise([*children, element]):
            child.tail = _between(child.tail, child, after)


def compact(style: str) -> str:
    """A style attribute without the spaces behind its separators."""
    return _STYLE.sub(lambda match: match[1] or match[2], style)


def _spaced_freely(root: Any) -> Iterator[Any]:
    """Every element whose spaces run together, which those of `pre` and of all in it do not."""
    waiting = [root]
    while waiting:
        element = waiting.pop()
        if element.tag not in _AS_WRITTEN and "white-space:pre" not in element.get("style", ""):
            yield element
            waiting += [child for child in element if isinstance(child.tag, str)]


def _between(text: str | None, before: Any, after: Any) -> str | None:
    """A text between two tags. Beside a comment no space goes: a reader may get words in its place."""
    if not text:
        return text
    inner = text.strip(_SPACE)
    if not inner and before.tag is etree.Comment and after.tag in _BLOCKS:
        return None  # the line break before the comment is left, and enough when nothing is in its place
    if not inner:
        edge = before.tag in _BLOCKS or after.tag in _BLOCKS
        return _break_in(text) if edge else _RUN.sub(_run, text)
    start, end = text[: text.index(inner)], text[text.index(inner) + len(inner) :]
    start = _break_in(start) if before.tag in _BLOCKS else start
    end = _break_in(end) if after.tag in _BLOCKS else end
    return _RUN.sub(_run, start + inner + end)


def _break_in(spaces: str) -> str:
    return "\n" if "\n" in spaces else ""


def _run(spaces: re.Match[str]) -> str:
    return _break_in(spaces[0]) or " "
