"""Styles in their elements, and what would be lost refused."""

# ruff: noqa: E501 - an expected page is easier to read on one line

from __future__ import annotations

import re
import socket

import pytest

from dispatch.errors import IssueInvalid, TemplateInvalid
from tests.render.pages import BARE_HTML, page_of, read


def dense(html: str) -> str:
    """Without the spaces behind the separators of styles, which say nothing."""
    return re.sub(r"([;:,]) +", r"\1", html)


def layout(head: str) -> dict[str, str]:
    return {"bare/html.jinja": BARE_HTML.replace("</head>", f"{head}\n</head>")}


@pytest.mark.parametrize(
    ("css", "line", "message"),
    [
        pytest.param("@import url(http://example.com/x.css);", 3, "@import is never followed", id="import"),
        pytest.param("@import 'file:///etc/passwd';", 3, "@import", id="import of a file"),
        pytest.param(
            "@font-face { font-family: x; src: url(x) }", 3, "@font-face would be lost", id="font-face"
        ),
        pytest.param("@supports (color: red) { p { color: red } }", 3, "@supports", id="supports"),
        pytest.param("@keyframes x { from { color: red } }", 3, "@keyframes", id="keyframes"),
        pytest.param("@layer a { p { color: red } }", 3, "@layer", id="layer"),
        pytest.param("p { color: red }\n* { margin: 0 }", 4, "has a *", id="star"),
        pytest.param("p, td > * { margin: 0 }", 3, "has a *", id="star among others"),
        pytest.param("a[title*='x'] { color: red }", 3, "has a *", id="star of an attribute"),
        pytest.param(
            "@media print { @media screen { p { color: red } } }", 3, "inside @media", id="nested media"
        ),
        pytest.param(
            "@media print {\np { color: red; a { top: 0 } } }", 4, "rule inside", id="nested in media"
        ),
        pytest.param(
            "@media (width >= 600px) { p { top: 0 } }", 3, "top:0 in @media (width", id="media range"
        ),
        pytest.param("a[title='a,b'] { color: red }", 3, "comma between", id="comma in a selector"),
        pytest.param("td:not(.a, .b) { color: red }", 3, "comma between", id="comma between brackets"),
        pytest.param("[data-ogsc] p { color: red }", 3, "one mail program", id="Outlook's marker"),
        pytest.param("p, .x[DATA-OGSB] { color: red }", 3, "one mail program", id="Outlook's other marker"),
        pytest.param("u + .body p { color: red }", 3, "one mail program", id="Gmail's marker"),
        pytest.param("p, U+.body p { color: red }", 3, "one mail program", id="Gmail's marker in a list"),
        pytest.param(".ExternalClass p { top: 0 }", 3, "one mail program", id="Hotmail's marker"),
        pytest.param(":first-child { top: 0 }", 3, "begins with a colon", id="only a pseudo-class"),
        pytest.param("p[style] { top: 0 }", 3, "looks at a style", id="style of a style"),
        pytest.param("p { color: red; b { color: blue } }", 3, "rule inside a rule", id="nesting"),
        pytest.param("p { color: red;\ncolor: rgb(1, 2, 3) }", 4, "set twice", id="fallback"),
        pytest.param("p { Color: red; color: blue }", 3, "set twice", id="fallback in capitals"),
        pytest.param("@media print { p { top: 0; top: 1px } }", 3, "set twice", id="fallback in media"),
        pytest.param("p { color: rgb(0 0 0 / 50%) }", 3, "rgb(0 0 0 / 50%) would", id="colour with a slash"),
        pytest.param(
            "@media print { p { color: rgb(0 0 0 / 5%) } }", 3, "would be lost", id="slash in media"
        ),
        pytest.param("p {\ntop: 0;\nwidth: min(1px + 2px, 3px) }", 5, "width:min", id="arithmetic"),
        pytest.param("p { filter: progid:a.b(c='#80') }", 3, "filter:progid", id="filter of Microsoft"),
        pytest.param("p { color: red\\9 }", 3, "would be lost", id="for old browsers"),
        pytest.param("p { *display: inline }", 3, "does not parse", id="for older browsers"),
        pytest.param("p { color }", 3, "does not parse", id="no declaration"),
        pytest.param("p { color: }", 3, "would be lost", id="no value"),
        pytest.param("p { color: var(--x) }", 3, "var()", id="variable"),
        pytest.param("@media print { p { color: var(--x) } }", 3, "var()", id="variable in media"),
        pytest.param("p { color: red } }", 3, "does not parse", id="broken"),
    ],
)
def test_refused(css: str, line: int, message: str) -> None:
    """Each of premailer's failures is told before it happens, with the line of the style."""
    with pytest.raises(TemplateInvalid) as caught:
        page_of("x", layout=layout(f"<style>\n{css}\n</style>"))
    assert message in caught.value.message
    assert (caught.value.file, caught.value.line) == ("templates/bare/html.jinja", line)
    assert 'data-premailer="ignore"' in (caught.value.hint or "")


@pytest.mark.parametrize(
    "css",
    [
        "p { width: calc(100% / 3); height: clamp(1px, 2vw, 3px) }",
        "p { font: 14px/1.5 Arial; aspect-ratio: 16 / 9; background: url('a b.png') center / cover }",
        "p { background: url(data:image/gif;base64,R0=) }",
        "p { content: 'a;b' '}' '\\201C'; quotes: '\"' \"'\" }",
        "p { margin: 0px -.5em +1.50px 1e3px; letter-spacing: .0px; -webkit-text-size-adjust: 100% }",
        "p { mso-line-height-rule: exactly; color: #AbCdEf; color-scheme: light dark }",
        "p { color: hsl(0 0% 0%); width: 10PX }",
        "<!-- p { top: 0 } -->",
        "p { top: 0;; } td { }",
        "p /* * , : */, td { top: 0 /* ; */ }",
        "p { top: 0",
    ],
)  # fmt: skip
def test_not_refused(css: str) -> None:
    """What comes through as it is, or as the same in other letters, is nobody's mistake."""
    html = read("x", layout=layout(f"<style>{css}</style>")).html or ""
    assert "<p style=" in html


def test_the_line_is_found_behind_placeholders() -> None:
    """A style that is written with values of the newsletter, one of another template, one of the issue."""
    css = "p { top: 0 }\np { padding-{{ 'left' }}: var(--x) }"
    with pytest.raises(TemplateInvalid, match=r"bare/html\.jinja:4: padding-left uses var"):
        page_of("x", layout=layout(f"<style>\n{css}\n</style>"))
    with pytest.raises(TemplateInvalid, match=r"templates/bare/a\.css:2: padding-left uses var"):
        page_of("x", layout={**layout("<style>{% include 'bare/a.css' %}</style>"), "bare/a.css": css})
    with pytest.raises(TemplateInvalid, match=r"bare/html\.jinja:3: this style does not parse"):
        page_of("x", layout=layout("\n<style>{% if subscriber.plan %}p{top:0}{% endif %}</style>"))
    with pytest.raises(IssueInvalid, match=r"issues/x\.md:8: color uses var"):
        page_of("a\n\n<style>\np { color: var(--x) }\n</style>", layout=layout(""))


def test_kept_byte_for_byte() -> None:
    """The style that is not for inlining stays as it is, whatever it holds."""
    css = (
        "@import url(x);\n[data-ogsc] p{color:#aabbcc!important}@media (x){*{y:z}@media (y){p{top:0}}}"
        "@font-face{src:url(x)} a>b{c:d}\n\n  u + .body .x { color: rgb(0 0 0 / 50%); color: var(--a, red) }"
        "a[title='a,b']{top:0}@supports (a:b){p{c:d}}@keyframes k{from{top:0}}p{a:b;& i{c:d}}\n"
        "@media (prefers-color-scheme: dark) { .x { color: #ffffff !important; color: red!important } }"
    )
    html = read("x", layout=layout(f'<style data-premailer="ignore">{css}</style>')).html or ""
    assert f"<style>{css}</style>" in html


def test_inlined() -> None:
    """Important declarations win, classes stay, pictures keep their size, hover rules and media queries remain."""
    css = "p { color: red } .x { color: blue !important; width: 50% } a:hover { color: green } @media print { p { top: 0 } }"
    body = '<p class="x" style="margin:1px">a <img src="cid:1@e.com" width="20" style="width:20px"></p>'
    html = read(body, layout=layout(f"<style>{css}</style>")).html or ""
    assert '<p class="x" style="width:50%;color:blue !important;margin:1px">' in dense(html)
    assert '<img src="cid:1@e.com" width="20" style="width:20px">' in html
    assert "a:hover {color:green !important}" in html
    assert "@media print" in html


@pytest.mark.parametrize(
    ("rules", "own", "style"),
    [
        pytest.param("p{top:0}", "top:1px", "top:1px", id="the tag beats a rule"),
        pytest.param("p{top:0!important}", "top:1px", "top:0 !important", id="an important rule beats the tag"),
        pytest.param("p{top:0!important}", "top:1px!important", "top:1px!important", id="an important tag beats both"),
        pytest.param("p{top:0!important}", "TOP:1px;left:0", "top:0 !important; left:0", id="the rest of the tag stays"),
        pytest.param("p{margin:0}", "margin-top:1px", "margin:0; margin-top:1px", id="a part of it"),
        pytest.param("p{top:0}", "color:red;color:rgb(0 0 0 / 50%);", "top:0; color:red;color:rgb(0 0 0 / 50%)", id="fallbacks in a tag"),
        pytest.param("p{top:0}", "color:var(--x,#aabbcc)", "top:0; color:var(--x,#aabbcc)", id="a variable in a tag"),
        pytest.param("p{top:0}", "*zoom:1", "top:0; *zoom:1", id="what does not parse in a tag"),
        pytest.param("p{margin-top:1px}p{margin:0}", "", "margin-top:1px; margin:0", id="a later shorthand"),
        pytest.param(".x{margin:0}p{margin:2px;margin-top:1px}", "", "margin:2px; margin-top:1px", id="other rules"),
        pytest.param("p{margin:0;margin-top:1px}p:first-child{margin:2px}", "", "margin-top:1px; margin:2px", id="a weightier shorthand"),
        pytest.param("P{top:0}", "", "top:0", id="an element in capitals"),
        pytest.param("body > p:first-child{top:1px}p{top:0}", "", "top:1px", id="a pseudo-class weighs"),
        pytest.param("i{top:0}", " left:0 ", "left:0", id="no rule"),
        pytest.param("p{top:0}", "", "top:0", id="an empty style"),
        pytest.param("p{color:#aabbcc}", "left:0", "color:#aabbcc; left:0", id="six digits stay six"),
        pytest.param("p{left:0;top:0}", "{% if subscriber.plan %}top:1px{% endif %}", "left:0; top:0; top:1px", id="a condition in a tag"),
        pytest.param("p{left:0}", "top:{{ subscriber.name }}px", "left:0; top:Annpx", id="a value in a tag"),
    ],
)  # fmt: skip
def test_a_style_of_its_own(rules: str, own: str, style: str) -> None:
    """What an author wrote in a tag stays to the letter, behind the rules, and is beaten by important ones only."""
    html = read(f'<p style="{own}">x</p>', layout=layout(f"<style>{rules}</style>")).html or ""
    assert f'<p style="{dense(style)}">x</p>' in dense(html)


def test_pictures_keep_their_width() -> None:
    """A width of 100% is for the style; Outlook reads the attribute, and wants pixels."""
    css = "<style>img { width: 100%; height: auto } td { width: 50%; text-align: center; background-color: #fff }</style>"
    body = '<table><tr><td><img src="https://e.com/a.png" alt="" width="520" height="90"></td></tr></table>'
    html = dense(read(body, layout=layout(css)).html or "")
    assert (
        '<img src="https://e.com/a.png" alt="" width="520" height="90" style="width:100%;height:auto">'
        in html
    )
    assert '<td style="width:50%;text-align:center;background-color:#fff">' in html


@pytest.mark.parametrize(
    "doctype", ["<!doctype html>", "<!DOCTYPE html>", "", '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0">']
)
def test_the_doctype(doctype: str) -> None:
    """However a layout writes it, one in capitals comes out, once."""
    html = (
        read("x", layout={"bare/html.jinja": f"{doctype}<html><body>{{{{ content }}}}</body></html>"}).html
        or ""
    )
    assert html.startswith("<!DOCTYPE html>\n<html>")
    assert html.lower().count("<!doctype") == 1


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
    """What the inliner would drop with a style is an error, not a hole in the letter."""
    with pytest.raises(IssueInvalid, match=r"x\.md:5: .* is lost on the way to HTML"):
        page_of("<style>p { top: 0 } /* {{ subscriber.name }} */</style>")


def test_outlook_reads_values_too() -> None:
    """In a conditional comment a value is escaped as in the page around it."""
    body = '<!--[if mso]>{% if subscriber.plan %}<a href="{{ subscriber.url }}">{{ subscriber.name }}</a>{% endif %}<![endif]-->'
    html = read(body, {"name": "--><b>", "url": "javascript:1"}).html or ""
    assert '<!--[if mso]><a href="#">--&gt;&lt;b&gt;</a><![endif]-->' in html
