"""Simulations of a letter: what each takes away, and that none of them reaches out."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.web.markup import Kind, pieces
from dispatch.web.simulate import SIMULATIONS, simulated

GROUPS = {
    group: [one.name for one in SIMULATIONS if one.group == group]
    for group in ("screen", "program", "pictures")
}
ALL = [dict(zip(GROUPS, names, strict=True)) for names in itertools.product(*GROUPS.values())]
LETTER = """<!DOCTYPE html><html><head><style>p{color:#000}
@media (prefers-color-scheme: dark){p{color:#fff}}</style></head>
<body bgcolor="#ffffff"><p style="color:#111">Hi</p>
<img src="https://example.com/a.png" alt="A cat" width="120" height="80">
<img src="data:image/png;base64,AAAA" alt="A dog" width="20">
<a href="https://example.com/u/1">Leave</a> <a href="https://example.com/">Stay</a></body></html>"""


def test_every_simulation_says_whether_it_is_exact() -> None:
    """And in words what it does."""
    assert {one.name: one.exact for one in SIMULATIONS} == {
        "light": True,
        "dark": True,
        "inverted": False,
        "full": True,
        "no-style": True,
        "outlook": False,
        "on": True,
        "off": False,
    }
    assert all(len(one.words) > 30 for one in SIMULATIONS)


def test_dark_and_light_answer_the_style_sheet() -> None:
    """The rule for dark screens holds on one of them."""
    assert "(min-width:0px){p{color:#fff}}" in simulated(LETTER, screen="dark")
    assert "(max-width:-1px){p{color:#fff}}" in simulated(LETTER, screen="light")


def test_without_style_only_inline_styles_are_left() -> None:
    """As where a program drops the element."""
    html = simulated(LETTER, program="no-style")
    assert "prefers-color-scheme" not in html
    assert '<p style="color:#111">' in html


def test_inverted_turns_sheet_styles_and_attributes() -> None:
    """All three."""
    html = simulated(LETTER, screen="inverted")
    assert 'bgcolor="rgba(28,28,28,1)"' in html
    assert 'style="color:rgba(' in html
    assert "p{color:rgba(255,255,255,1)}" in html


def test_pictures_can_be_off() -> None:
    """The alternative text stays, and no picture has a source."""
    html = simulated(LETTER, pictures="off")
    assert 'alt="A cat"' in html
    assert "src=" not in html


def test_a_remote_picture_is_a_placeholder_of_its_size() -> None:
    """A local one is itself."""
    html = simulated(LETTER)
    assert "example.com/a.png" not in html
    assert "width%3D%22120%22%20height%3D%2280%22" in html
    assert "data:image/png;base64,AAAA" in html


def test_the_readers_own_links_lead_nowhere() -> None:
    """The others stay as they are."""
    html = simulated(LETTER, own_links={"https://example.com/u/1"}, harmless="/t/harmless")
    assert '<a href="/t/harmless">Leave</a> <a href="https://example.com/">Stay</a>' in html


REACHING_OUT = """<head><base href="https://x.example/"><link rel="stylesheet" href="https://x.example/s.css">
<link rel="dns-prefetch" href="//x.example"><meta http-equiv="Refresh" content="0;url=https://x.example/">
<style>@import url(https://x.example/i.css); p{background:url(https://x.example/b.png)}</style></head>
<body background="https://x.example/c.png"><script>fetch("https://x.example/")</script>
<iframe src="https://x.example/f"></iframe><object data="https://x.example/o"></object>
<td style="background-image:url('https://x.example/d.png')">x</td>
<img src="https://x.example/p.png" srcset="https://x.example/p2.png 2x"></body>"""


@pytest.mark.parametrize("chosen", ALL, ids=lambda chosen: "-".join(chosen.values()))
def test_nothing_reaches_out(chosen: dict[str, str]) -> None:
    """In no simulation is a foreign address left that a browser would ask by itself."""
    assert "x.example" not in simulated(REACHING_OUT, **chosen)


@given(st.text(), st.sampled_from(ALL))
def test_any_html_goes_through(html: str, chosen: dict[str, str]) -> None:
    """And none of its scripts."""
    shown = simulated(html + "<script>alert(1)</script>", **chosen)
    assert not any(one.kind is Kind.START and one.tag == "script" for one in pieces(shown))
