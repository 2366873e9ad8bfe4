"""Pictures on the page: their size, their link to the large one, and the author's own HTML."""

# ruff: noqa: E501 - a case is easier to read on one line

from __future__ import annotations

import re

import pytest

from dispatch.errors import IssueInvalid
from tests.pictures import png
from tests.render.pages import html_of, page_of, text_of

IMAGES = {"wide.png": png(1040, 520), "wide@2x.png": png(1040, 520), "small.png": png(100, 50)}


def sizes(html: str) -> list[tuple[str, str]]:
    """Width and height of every picture, empty where there is none."""
    tags = re.findall(r"<img[^>]*>", html)
    return [(said(tag, "width"), said(tag, "height")) for tag in tags]


def said(tag: str, name: str) -> str:
    """The value of an attribute of a tag."""
    found = re.search(rf'{name}="([^"]*)"', tag)
    return found[1] if found else ""


@pytest.mark.parametrize(
    ("body", "size"),
    [
        pytest.param("![](small.png)", ("100", "50"), id="as it is"),
        pytest.param("![](wide.png)", ("520", "260"), id="no wider than the letter"),
        pytest.param("![](wide@2x.png)", ("520", "260"), id="twice as dense"),
        pytest.param("![](wide.png){width=260}", ("260", "130"), id="a width"),
        pytest.param("![](wide.png){height=130}", ("260", "130"), id="a height"),
        pytest.param("![](wide.png){width=50 height=50}", ("50", "50"), id="both"),
        pytest.param("![](wide.png){width=9000}", ("520", "260"), id="a width that no letter has"),
        pytest.param("![](https://e.com/a.png){width=300}", ("300", ""), id="somewhere else"),
        pytest.param("![](https://e.com/a.png)", ("", ""), id="somewhere else, nothing said"),
        pytest.param('<img src="wide.png">', ("520", "260"), id="HTML"),
        pytest.param("<IMG ALT=a SRC=small.png>", ("100", "50"), id="HTML without quotes"),
        pytest.param("<img src='small.png' width='50'/>", ("50", "25"), id="HTML with a width"),
        pytest.param('<img height="25" src="small.png">', ("50", "25"), id="HTML with a height"),
        pytest.param('<img src="small.png" width="100%">', ("100%", ""), id="HTML with a share"),
        pytest.param('a <img alt="x > y" src="small.png"> b', ("100", "50"), id="HTML in a sentence"),
        pytest.param('<p><img src="https://e.com/a.png"></p>', ("", ""), id="HTML from somewhere else"),
    ],
)
def test_every_picture_has_its_size(body: str, size: tuple[str, str]) -> None:
    """A mail program then keeps the room, and Outlook shows no picture in its full size."""
    assert sizes(html_of(body, images=IMAGES)) == [size]


def test_pictures_in_comments() -> None:
    """One for Outlook travels; one that is commented out is not even looked for."""
    body = '<!--[if mso]><img src="small.png"><![endif]--><!-- <img src="gone.png"> -->'
    page = page_of(body, images=IMAGES)
    assert len(page.embedded) == 1
    assert 'src="gone.png"' in page.html_source


@pytest.mark.parametrize(
    ("body", "link"),
    [
        pytest.param("![](wide.png)", "https://e.com/i/wide.png", id="shown smaller"),
        pytest.param("![](small.png)", "", id="shown as it is"),
        pytest.param("![](wide.png){link=https://e.com/x}", "", id="no attribute"),
        pytest.param('![](wide.png){link="https://e.com/x"}', "https://e.com/x", id="to somewhere else"),
    ],
)
def test_a_figure_leads_to_its_large_picture(body: str, link: str) -> None:
    """Only where that shows more."""
    if "link=https" in body:
        with pytest.raises(IssueInvalid, match="cannot be read as attributes"):
            html_of(body, images=IMAGES, image_host="https://e.com/i")
        return
    html = html_of(body, images=IMAGES, image_host="https://e.com/i")
    assert re.findall(r'<a href="([^"]*)"', html) == ([link] if link else [])
    assert ("Click to enlarge" in html) == (link.endswith(".png"))


def test_the_text_leads_there_as_well() -> None:
    """Behind the caption; what is in the mail itself needs no address."""
    body = '![A chart](wide.png "What *it* [shows](https://e.com/s)")'
    assert text_of(body, images=IMAGES, image_host="https://e.com/i") == (
        "[Image: A chart]\nWhat _it_ shows [1] [2]\n\n[1] https://e.com/s\n[2] https://e.com/i/wide.png\n"
    )
    assert text_of("![A chart](wide.png)", images=IMAGES) == "[Image: A chart]\n"


def test_a_picture_without_words_is_silent_in_the_text() -> None:
    """It is there for its looks; where it leads somewhere it is said."""
    assert text_of('![](small.png)\n\n![](small.png "Cap")', images=IMAGES) == "Cap\n"
    linked = text_of("[![](small.png)](https://e.com)", images=IMAGES)
    assert linked == "[Image] [1]\n\n[1] https://e.com\n"


def test_the_alt_text_has_no_markup() -> None:
    """A screen reader says words."""
    html = html_of("![a *b* `c` [d](https://e.com)\ne](small.png)", images=IMAGES)
    assert said(html, "alt") == "a b c d e"


@pytest.mark.parametrize(
    ("body", "line", "message"),
    [
        pytest.param("a\n\n![b](none.png)", 7, "there is no picture none.png", id="missing"),
        pytest.param("a\nb\n![b](none.png)\nc", 7, "there is no picture none.png", id="in a paragraph"),
        pytest.param('![](small.png){link="javascript:x"}', 5, "a picture cannot link to javascript:x", id="a script"),
        pytest.param("<div>\n<p>\n<img src=none.png>", 7, "there is no picture none.png", id="in HTML"),
        pytest.param('![](small.png){width="50%"}', 5, "the width of a picture is a number of pixels, not 50%", id="share"),
        pytest.param("![](small.png){width=50%}", 5, "{width=50%} cannot be read as attributes", id="braces"),
        pytest.param("![](small.png){height=0}", 5, "the height of a picture is a number", id="nothing"),
        pytest.param('<img src="https://e.com/a.png" srcset="small.png 2x">', 5, "srcset cannot name", id="srcset"),
        pytest.param("{{ subscriber.name\n}}\n\na ![b](text.png)", 8, "text.png is not a PNG", id="no picture"),
    ],
)  # fmt: skip
def test_a_picture_that_is_none(body: str, line: int, message: str) -> None:
    """The line is that of the issue, whatever stands before it."""
    with pytest.raises(IssueInvalid, match=re.escape(message)) as caught:
        page_of(body, images={**IMAGES, "text.png": b"hello"})
    assert caught.value.where == f"issues/x.md:{line}"
