"""The links and pictures of a letter."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dispatch.render.anatomy import Image, Link, anatomy

LETTER = """<!DOCTYPE html><html><head><title><a href="x">é</a></title><style>p{}</style></head><body>
<h1>First <b>part</b></h1><p>x <a href=" https://example.com/ ">go  <i>there</i></a>, not here</p>
<a href="https://example.com/pic" href="y"><img src="cid:1" alt="A cat" width="20" height="10"></a>
<a name="z">no link</a><img src="b.png"></body></html>"""


def test_links_have_their_words() -> None:
    """A picture's alternative text are its words; of two addresses the first counts."""
    assert anatomy(LETTER).links == (
        Link(target="https://example.com/", words="go there"),
        Link(target="https://example.com/pic", words="A cat"),
    )


def test_pictures_have_what_the_letter_says_of_them() -> None:
    """No alternative text is something else than an empty one."""
    assert anatomy(LETTER).images == (
        Image(source="cid:1", alt="A cat", width="20", height="10"),
        Image(source="b.png", alt=None, width="", height=""),
    )


@given(st.text(alphabet="<a href=x>/img src\"'&;!-"))
def test_any_html_is_looked_through(html: str) -> None:
    """There are no more links than there are beginnings of tags."""
    found = anatomy(html)
    assert len(found.links) + len(found.images) <= html.count("<")
