"""HTML in pieces: nothing is lost, and only what is changed changes."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from dispatch.web.markup import Kind, joined, pieces, without

SNIPPETS = [
    "<p>",
    "</p>",
    '<a href="x">',
    "<br/>",
    "<!-- c -->",
    "<!--[if mso]>",
    "<![endif]-->",
    "<![if !mso]>",
    "<!DOCTYPE html>",
    "<style>",
    "</style>",
    "<script>",
    "</script>",
    "<title>",
    "&amp;",
    "&#65;",
    "&nbsp",
    "<",
    "</",
    "<!",
    "<?php ?>",
    "a\nb",
    "é😀",
    ">",
    "<a b='1' b=2>",
    "<textarea>",
    "<plaintext>",
    "\r\n",
    "\r",
    "\x0c",
    "]]>",
    "<![CDATA[x]]>",
]


@given(st.one_of(st.text(), st.lists(st.sampled_from(SNIPPETS)).map("".join)))
@example("<style>a{b:c}</style>")
@example("<p")
def test_the_pieces_joined_are_the_html(html: str) -> None:
    """Byte for byte, whatever it is."""
    assert joined(pieces(html)) == html


def test_a_start_tag_has_its_attributes_and_can_have_others() -> None:
    """Values are unescaped to look at and escaped again; the first of two of a name counts."""
    (link,) = pieces('<A Href="?a=1&amp;b=2" href=no title>')
    assert (link.tag, dict(link.attributes)) == ("a", {"href": "?a=1&b=2", "title": ""})
    assert link.having(title=None).raw == '<a href="?a=1&amp;b=2">'
    assert link.having(title='"<').raw == '<a href="?a=1&amp;b=2" title="&quot;&lt;">'


def test_elements_are_left_out_with_what_is_in_them() -> None:
    """Also nested ones, and a closing tag without its opening does no harm."""
    html = "a<b>1<b>2</b>3</b>c</b>d<i>e</i>"
    assert joined(without(pieces(html), "b")) == "acd<i>e</i>"


def test_kinds_are_told_apart() -> None:
    """Text of a style element is text; a comment says what is in it."""
    found = pieces("<!DOCTYPE html><style>a > b {}</style><!--[if mso]>x<![endif]-->")
    assert [piece.kind for piece in found] == [Kind.OTHER, Kind.START, Kind.TEXT, Kind.END, Kind.COMMENT]
    assert found[-1].content == "[if mso]>x<![endif]"
