"""Styles in their elements, and what would be lost refused."""

# ruff: noqa: E501 - an expected page is easier to read on one line

from __future__ import annotations

import socket

import pytest

from dispatch.errors import IssueInvalid, TemplateInvalid
from tests.render.pages import BARE_HTML, page_of, read


def layout(head: str) -> dict[str, str]:
    return {"bare/html.jinja": BARE_HTML.replace("</head>", f"{head}\n</head>")}


@pytest.mark.parametrize(
    ("css", "line", "message"),
    [
        pytest.param("@import url(http://example.com/x.css);", 4, "@import is never followed", id="import"),
        pytest.param("@import 'file:///etc/passwd';", 4, "@import", id="import of a file"),
        pytest.param(
            "@font-face { font-family: x; src: url(x) }", 4, "@font-face would be lost", id="font-face"
        ),
        pytest.param("@supports (color: red) { p { color: red } }", 4, "@supports", id="supports"),
        pytest.param("@keyframes x { from { color: red } }", 4, "@keyframes", id="keyframes"),
        pytest.param("p { color: red }\n* { margin: 0 }", 5, "has a *", id="star"),
        pytest.param(
            "@media print { @media screen { p { color: red } } }", 4, "inside @media", id="nested media"
        ),
        pytest.param("a[title='a,b'] { color: red }", 4, "comma between brackets", id="comma in a selector"),
        pytest.param("[data-ogsc] p { color: red }", 4, "one mail program", id="Outlook's marker"),
        pytest.param("u + .body p { color: red }", 4, "one mail program", id="Gmail's marker"),
        pytest.param("p { color: red; b { color: blue } }", 4, "rule inside a rule", id="nesting"),
        pytest.param("p { color: red; color: rgb(1, 2, 3) }", 4, "set twice", id="fallback"),
        pytest.param("p { color: rgb(0 0 0 / 50%) }", 4, "with a /", id="colour with a slash"),
        pytest.param("p { color: var(--x) }", 4, "var()", id="variable"),
        pytest.param("p { color: red } }", 4, "does not parse", id="broken"),
    ],
)
def test_refused(css: str, line: int, message: str) -> None:
    """Each of premailer's failures is told before it happens, with the line of the style."""
    with pytest.raises(TemplateInvalid) as caught:
        page_of("x", layout=layout(f"<style>\n{css}\n</style>"))
    assert message in caught.value.message
    assert (caught.value.file, caught.value.line) == ("templates/bare/html.jinja", line - 1)
    assert 'data-premailer="ignore"' in (caught.value.hint or "")


def test_kept_byte_for_byte() -> None:
    """The style that is not for inlining stays as it is, whatever it holds."""
    css = "@import url(x);\n[data-ogsc] p{color:#aabbcc!important}@media (x){*{y:z}}@font-face{src:url(x)} a>b{c:d}"
    html = read("x", layout=layout(f'<style data-premailer="ignore">{css}</style>')).html or ""
    assert f"<style>{css}</style>" in html


def test_inlined() -> None:
    """Important declarations win, classes stay, pictures keep their size, hover rules and media queries remain."""
    css = "p { color: red } .x { color: blue !important; width: 50% } a:hover { color: green } @media print { p { top: 0 } }"
    body = '<p class="x" style="margin:1px">a <img src="cid:1@e.com" width="20" style="width:20px"></p>'
    html = read(body, layout=layout(f"<style>{css}</style>")).html or ""
    assert '<p class="x" style="color:blue !important;width:50%;margin:1px">' in html
    assert '<img src="cid:1@e.com" width="20" style="width:20px">' in html
    assert "a:hover {color:green !important}" in html
    assert "@media print" in html


def test_what_mail_programs_need_survives() -> None:
    """Outlook's comments, void elements, entities, the doctype, data: addresses."""
    head = '<!--[if mso]><xml><o:x>96</o:x></xml><![endif]--><!--[if !mso]><!--><meta name="a" content="b"><!--<![endif]-->'
    body = 'a<br>&copy;&nbsp;&lt;b&gt; <img src="data:image/gif;base64,R0=" alt=""> <a href="tel:+41">t</a>'
    html = read(body, layout=layout(head)).html or ""
    assert html.startswith("<!DOCTYPE html>\n<html>")
    assert head in html
    assert 'a<br>©\xa0&lt;b&gt; <img src="data:image/gif;base64,R0=" alt=""> <a href="tel:+41">t</a>' in html


def test_text_behind_a_style_is_kept() -> None:
    """premailer drops it together with the element."""
    assert "before behind" in (
        read("x", layout={"bare/html.jinja": "<body>before <style>p { top: 0 }</style>behind</body>"}).html
        or ""
    )


def test_nothing_is_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    """Style sheets by link stay links, and no socket is opened."""

    def refuse(*_args: object, **_more: object) -> None:
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    link = '<link rel="stylesheet" href="http://example.com/x.css">'
    html = read(
        "<p style=\"background: url('http://example.com/x')\">x</p>",
        layout=layout(link + "<style>p { top: 0 }</style>"),
    ).html
    assert link in (html or "")


def test_a_lost_expression_is_told() -> None:
    """What the inliner would drop with a declaration is an error, not a hole in the letter."""
    css = "<style>p { color: red }</style>"
    body = '<p style="top:0;{% if subscriber.plan %}left:0;{% endif %}">x</p>'
    with pytest.raises(IssueInvalid, match=r"x\.md:5: .* is lost on the way to HTML"):
        page_of(body, layout=layout(css))


def test_outlook_reads_values_too() -> None:
    """In a conditional comment a value is escaped as in the page around it."""
    body = '<!--[if mso]>{% if subscriber.plan %}<a href="{{ subscriber.url }}">{{ subscriber.name }}</a>{% endif %}<![endif]-->'
    html = read(body, {"name": "--><b>", "url": "javascript:1"}).html or ""
    assert '<!--[if mso]><a href="#">--&gt;&lt;b&gt;</a><![endif]-->' in html
