"""What takes the room: every byte is counted once."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.render.gauge import Section, weigh
from tests.layouts import SAMPLE, SPECIMEN, WITH_HTML, html_in, page_in

PAGE = (
    "<!DOCTYPE html><html><head><title>T</title><style>p{x:y}</style></head><body>"
    '<h1 style="color:red">One &amp; two</h1><p style="margin:0">Grüße <a href="https://example.com/">hier</a></p>'
    '<h2>Three<br>four</h2><img src="cid:1" alt="x"><!-- <style>no</style> --></body></html>\n'
)


def test_each_kind_is_counted() -> None:
    """Text by its bytes in UTF-8, styles and addresses by their values."""
    weight = weigh(PAGE)
    assert weight.total == len(PAGE.encode())
    assert weight.text == len("T" + "One &amp; two" + "Grüße " + "hier" + "Three" + "four" + "\n") + 2
    assert weight.inline_styles == len("color:red" + "margin:0")
    assert weight.kept_styles == len("p{x:y}")
    assert weight.links == len("https://example.com/" + "cid:1")


def test_sections_begin_at_headings() -> None:
    """The first of them is what stands above; the titles are as people read them."""
    weight = weigh(PAGE)
    sizes = [PAGE.index("<h1"), PAGE.index("<h2") - PAGE.index("<h1") + 2, len(PAGE) - PAGE.index("<h2")]
    titles = ["", "One & two", "Threefour"]
    assert weight.sections == tuple(map(Section, titles, sizes))
    assert weight.largest == weight.sections[1]


@pytest.mark.parametrize("layout", WITH_HTML)
@pytest.mark.parametrize("source", [SAMPLE, SPECIMEN], ids=["sample", "specimen"])
def test_it_adds_up_for_the_layouts(layout: str, source: object) -> None:
    """Five kinds, and the sections, are the whole."""
    html = html_in(page_in(layout, source=SAMPLE if source == SAMPLE else SPECIMEN))
    assert_adds_up(html)
    assert weigh(html).kept_styles > 1_000


@given(
    st.lists(
        st.sampled_from(
            [
                "<h1>",
                "</h1>",
                "<p",
                ' style="',
                '"',
                ">",
                "a",
                "é",
                "\n",
                "<!--",
                "-->",
                "&",
                "&#1",
                "<style>",
                "</style>",
                "<",
                "</",
                "<![CDATA[",
            ]
        )
    ).map("".join)
)
def test_it_adds_up_for_anything(html: str) -> None:
    """Also for what is no HTML."""
    assert_adds_up(html)


def assert_adds_up(html: str) -> None:
    weight = weigh(html)
    parts = [weight.text, weight.inline_styles, weight.kept_styles, weight.links, weight.markup]
    assert sum(parts) == weight.total == len(html.encode()) == sum(one.size for one in weight.sections)
    assert min(parts) >= 0
