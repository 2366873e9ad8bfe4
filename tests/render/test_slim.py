"""Spaces that nobody sees go, and every space that somebody sees stays."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from lxml import html as lxml_html

from dispatch.render.slim import compact, slim

INLINE, BLOCK = ("b", "a", "span", "code"), ("p", "div", "ul", "li", "table", "td", "h2")


def slimmed(body: str) -> str:
    root: Any = lxml_html.fragment_fromstring(body, create_parent="body")
    slim(root)
    return str(lxml_html.tostring(root, encoding="unicode")).removeprefix("<body>").removesuffix("</body>")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("<p>a</p>\n\n  <p>b</p>", "<p>a</p>\n<p>b</p>", id="between blocks"),
        pytest.param("<p>a</p>   <p>b</p>", "<p>a</p><p>b</p>", id="no line break to keep"),
        pytest.param("<p>  a \t b  </p>", "<p>a b</p>", id="in a block"),
        pytest.param("<p>a <b> b </b> c</p>", "<p>a <b> b </b> c</p>", id="between words"),
        pytest.param("<p><b>a</b> <i>b</i></p>", "<p><b>a</b> <i>b</i></p>", id="between inline elements"),
        pytest.param("<p><b>a</b>\n   <i>b</i></p>", "<p><b>a</b>\n<i>b</i></p>", id="many between them"),
        pytest.param("<p>a<br>\n b</p>", "<p>a<br>\nb</p>", id="after a line break"),
        pytest.param("<p>a&nbsp;&nbsp; b</p>", "<p>a\xa0\xa0 b</p>", id="spaces that do not break"),
        pytest.param("<pre>  a\n\n  <b>  b</b>\n</pre>", "<pre>  a\n\n  <b>  b</b>\n</pre>", id="code"),
        pytest.param(
            '<p style="white-space:pre-wrap"> a  b </p>',
            '<p style="white-space:pre-wrap"> a  b </p>',
            id="kept by style",
        ),
        pytest.param("<p>a</p>\n<!--x-->\n<p>b</p>", "<p>a</p>\n<!--x--><p>b</p>", id="around a comment"),
        pytest.param(
            "<p><!--for--><b>a</b> <!--end--></p>", "<p><!--for--><b>a</b> <!--end--></p>", id="in a loop"
        ),
        pytest.param("<p><!--if-->a <!--end-->b</p>", "<p><!--if-->a <!--end-->b</p>", id="in a condition"),
    ],
)
def test_slim(before: str, after: str) -> None:
    """What a browser shows is the same."""
    assert slimmed(before) == after


TEXTS = st.text(st.sampled_from("ab \n\t\xa0"), max_size=4)
TREES = st.recursive(
    TEXTS,
    lambda inside: st.tuples(st.sampled_from(INLINE + BLOCK), st.lists(inside, max_size=3)).map(
        lambda node: f"<{node[0]}>{''.join(node[1])}</{node[0]}>"
    ),
    max_leaves=12,
)


@given(st.lists(TREES, max_size=4).map("".join))
def test_words_are_neither_joined_nor_lost(body: str) -> None:
    """The words of each line are those from before; a second time nothing happens."""
    root: Any = lxml_html.fragment_fromstring(body, create_parent="body")
    before = _words(root)
    slim(root)
    assert _words(root) == before
    once = etree.tostring(root)
    slim(root)
    assert etree.tostring(root) == once


def _words(root: Any) -> list[str]:
    """As a browser would show them: a space for every run, an end of line at every edge of a block."""
    shown = ""
    for event, element in etree.iterwalk(root, events=("start", "end")):
        edge = "\n" if element.tag in BLOCK or element.tag == "body" else ""
        text = element.text if event == "start" else element.tail
        shown += edge + "".join(" " if letter in " \t\n" else letter for letter in text or "")
    lines = (" ".join(part for part in line.split(" ") if part) for line in shown.split("\n"))
    return [line for line in lines if line]


@pytest.mark.parametrize(
    ("style", "short"),
    [
        ("margin:0 0 20px; color:red", "margin:0 0 20px;color:red"),
        ("font-family:Georgia, 'Times New Roman', serif", "font-family:Georgia,'Times New Roman',serif"),
        ("content:'a; b, c'; color:red", "content:'a; b, c';color:red"),
        ('content:"\\"; b"; color:red', 'content:"\\"; b";color:red'),
        ("background:url(a; b); color:red", "background:url(a; b);color:red"),
        ("color:red !important; top:0", "color:red !important;top:0"),
        ("", ""),
    ],
)
def test_compact(style: str, short: str) -> None:
    """No space behind a separator, except in a text or an address."""
    assert compact(style) == short
