"""Where things stand in HTML, tidy or not."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.render.personal import Mask, Part
from dispatch.render.place import Spot, mark_statements, stretches

HTML = st.lists(
    st.sampled_from(
        ["<p>", "</p>", "<a href='", '"', "'", ">", "<", "<!--", "-->", "<style>", "</style>", "=", " x "]
    ),
    max_size=20,
).map("".join)


@settings(deadline=None)
@given(HTML | st.text())
def test_stretches_are_the_whole_page(html: str) -> None:
    """Nothing is left out, nothing comes twice, however broken the page."""
    assert "".join(html[one.start : one.end] for one in stretches(html)) == html


@pytest.mark.parametrize(
    ("html", "spot", "name"),
    [
        pytest.param("<p>@</p>", Spot.CONTENT, "", id="content"),
        pytest.param('<p class="@">', Spot.ATTRIBUTE, "class", id="attribute"),
        pytest.param("<p class='a > @'>", Spot.ATTRIBUTE, "class", id="single quotes"),
        pytest.param("<p CLASS=@>", Spot.TAG, "", id="no quotes"),
        pytest.param('<p CLASS="@">', Spot.ATTRIBUTE, "class", id="capitals"),
        pytest.param("<p @>", Spot.TAG, "", id="attribute name"),
        pytest.param("<@>", Spot.CONTENT, "", id="no tag"),
        pytest.param("<!-- @ -->", Spot.COMMENT, "", id="comment"),
        pytest.param("<!-- <p>@</p> -->", Spot.COMMENT, "", id="markup in a comment"),
        pytest.param("<!--[if mso]><p>@</p><![endif]-->", Spot.COMMENT, "", id="for Outlook"),
        pytest.param('<!--[if mso]><p id="@"><![endif]-->', Spot.ATTRIBUTE, "id", id="attribute for Outlook"),
        pytest.param("<!--[if !mso]><!--><p>@</p><!--<![endif]-->", Spot.CONTENT, "", id="not for Outlook"),
        pytest.param("<style>@</style>", Spot.RAW, "style", id="style"),
        pytest.param("<title><b>@</title>", Spot.RAW, "title", id="title"),
        pytest.param("<STYLE>p > @ {}", Spot.RAW, "style", id="style without an end"),
        pytest.param('<p class="@', Spot.CONTENT, "", id="cut off"),
    ],
)
def test_where(html: str, spot: Spot, name: str) -> None:
    """The stretch that holds the @."""
    (found,) = [one for one in stretches(html) if "@" in html[one.start : one.end]]
    assert (found.spot, found.name) == (spot, name)


def test_statements_in_content_become_comments() -> None:
    """Elsewhere they stay letters and digits."""
    mask = Mask("seed")
    (part,) = [
        one for one in mask.parts_of("{% if x %}", file="x", line=1, in_issue=True) if isinstance(one, Part)
    ]
    token = part.token
    html = f'<p title="{token}">{token}<!-- {token} --><style>{token}</style></p>'
    assert mark_statements(html, mask) == html.replace(f">{token}<!", f"><!--{token}--><!")
