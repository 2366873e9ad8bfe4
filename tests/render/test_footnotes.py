"""Notes at the end of a letter, found by their number."""

# ruff: noqa: E501 - an expected page is easier to read on one line

from __future__ import annotations

import pytest

from dispatch.errors import IssueInvalid
from tests.render.pages import html_of, page_of


@pytest.mark.parametrize(
    ("body", "html"),
    [
        pytest.param("a[^1]\n\n[^1]: b", '<p>a<sup>1</sup></p>\n<section class="footnotes">\n<ol>\n<li><p>b</p>\n</li>\n</ol>\n</section>', id="footnotes"),
        pytest.param("a^[b *c*]", '<p>a<sup>1</sup></p>\n<section class="footnotes">\n<ol>\n<li><p>b <em>c</em></p>\n</li>\n</ol>\n</section>', id="footnote in a line"),
    ],
)  # fmt: skip
def test_html(body: str, html: str) -> None:
    """A number, and a list without links back, which fail in many mail clients."""
    assert html_of(body) == html


@pytest.mark.parametrize(
    ("body", "line", "message"),
    [
        pytest.param("a\n\n[^1]: b", 7, "nothing refers to the footnote [^1]", id="note without a reference"),
        pytest.param("a\nb[^1]", 6, "there is no footnote [^1]", id="reference without a note"),
        pytest.param(
            "a[^1]\n\n[^1]: b\n\n[^1]: c", 9, "the footnote [^1] stands here again", id="note twice"
        ),
    ],
)
def test_what_cannot_be_meant(body: str, line: int, message: str) -> None:
    """It is refused with its line: nothing that was written is lost in silence."""
    with pytest.raises(IssueInvalid) as caught:
        page_of(body)
    assert (caught.value.where, message in caught.value.message) == (f"issues/x.md:{line}", True)


@pytest.mark.parametrize("body", [r"a \[^1] b", "`[^1]`", "[^1](https://e.com)"])
def test_what_only_looks_like_a_footnote(body: str) -> None:
    """An escaped one, code, and a link."""
    assert "[^1]" in html_of(body) or "^1" in html_of(body)
