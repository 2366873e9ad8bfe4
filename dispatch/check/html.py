"""HTM: markup that mail programs drop, mend each in its own way, or take for an attack."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from dispatch.check.place import Place
from dispatch.check.rule import Found, Rule, Sample, Severity
from dispatch.check.view import View

_ACTIVE = frozenset({"script", "iframe", "frame", "frameset", "form", "object", "embed", "applet"})
_CONDITIONAL = re.compile(r"<!--\[if[^\]]*\]>(<!-->|<!--\s*-->)?|<!\[endif\](?:--)?>|-->")


def _somewhere(place: Place | None, view: View, words: str) -> Place:
    return place or view.sources.find(words) or view.layout("html.jinja")


def _doctype(view: View) -> Iterator[Found]:
    if view.draft and not view.draft.html.lstrip("\ufeff \t\r\n").lower().startswith("<!doctype html>"):
        message = "the page does not begin with <!DOCTYPE html>, so mail programs fall into quirks mode"
        place = view.draft.document.place(view.draft.document.root)
        yield Found(place=place, message=message)


def _nesting(view: View) -> Iterator[Found]:
    if any(_conditional_comments(view)):
        return  # half of the page may be in a comment
    for tag in view.draft.tags if view.draft else ():
        if tag.is_open:
            end = f"</{tag.crossed}> comes before its end" if tag.crossed else "its end tag never comes"
            place = _somewhere(tag.place, view, f"<{tag.name}")
            yield Found(place=place, message=f"<{tag.name}> is not closed: {end}")
    yield from _strays(view)


def _strays(view: View) -> Iterator[Found]:
    for name in view.draft.strays if view.draft else ():
        place = view.sources.find_last(f"</{name}") or view.layout("html.jinja")
        yield Found(place=place, message=f"</{name}> ends what nothing has begun")


def _styles(view: View) -> Iterator[Found]:
    for tag in view.draft.tags if view.draft else ():
        place = _somewhere(tag.place, view, f"<{tag.name}")
        if tag.name == "style" and tag.in_body:
            yield Found(place=place, message="<style> stands in the body, where Gmail drops it")
        elif tag.name == "link" and "stylesheet" in (tag.attributes.get("rel") or "").lower().split():
            yield Found(place=place, message="a linked style sheet is loaded by almost no mail program")
        elif tag.name == "base":
            yield Found(
                place=place, message="<base> changes the addresses of links in some mail programs only"
            )


def _active(view: View) -> Iterator[Found]:
    for tag in view.draft.tags if view.draft else ():
        if tag.name in _ACTIVE:
            message = f"<{tag.name}> is dropped by mail programs, and taken for an attack by filters"
            yield Found(place=_somewhere(tag.place, view, f"<{tag.name}"), message=message)


def _conditional_comments(view: View) -> Iterator[Found]:
    """`<!--[if mso]>` needs its `<![endif]-->`: without one the rest of the letter is a comment."""
    opened: tuple[str, int] | None = None
    seen: Counter[str] = Counter()
    for match in _CONDITIONAL.finditer(view.draft.html if view.draft else ""):
        comment = match[0]
        here = comment, seen[comment]
        seen[comment] += 1
        if comment.startswith("<!--[if"):
            if opened:
                yield _unbalanced(view, *opened)
            opened = here
        elif comment.startswith("<![endif]"):
            if not opened:
                yield _unbalanced(view, *here)
            opened = None
        elif opened and not opened[0].endswith(("<!-->", "-->")):
            yield _unbalanced(view, *opened)
            opened = None
    if opened:
        yield _unbalanced(view, *opened)


def _unbalanced(view: View, comment: str, turn: int) -> Found:
    what = "has no comment to end" if "endif" in comment else "has no <![endif]-->"
    place = view.sources.find(comment, nth=turn) or view.layout("html.jinja")
    return Found(place=place, message=f"{comment} {what}")


def _foreign(view: View) -> Iterator[Found]:
    for tag in view.draft.tags if view.draft else ():
        if tag.name in {"svg", "math"}:
            message = f"<{tag.name}> inside the page is shown by Apple Mail and hardly anybody else"
            yield Found(place=_somewhere(tag.place, view, f"<{tag.name}"), message=message)


def _anchors(view: View) -> Iterator[Found]:
    if view.draft is None:
        return
    document = view.draft.document
    for link in document.named("a"):
        href = (link.get("href") or "").strip()
        if href.startswith("#") and len(href) > 1:
            message = f"the link to {href} jumps nowhere in Gmail's and other apps"
            yield Found(place=document.place(link), message=message)


def _ids(view: View) -> Iterator[Found]:
    for specimen in view.specimens:
        if specimen.document is None:
            continue
        seen: Counter[str] = Counter()
        for element in specimen.document.elements:
            name = element.get("id")
            if name:
                seen[name] += 1
                if seen[name] == 2:
                    message = f"the id {name} stands here for the second time"
                    yield Found(place=specimen.document.place(element), message=message)


RULES = (
    Rule(
        id="HTM001",
        severity=Severity.ERROR,
        why="Without a doctype widths and gaps are those of 1999.",
        source="HTML Living Standard, section 13.1.1; caniemail: html-doctype",
        kind=Sample.PAGE,
        bad='<html lang="en" dir="ltr">',
        good='<!DOCTYPE html>\n<html lang="en" dir="ltr">',
        look=_doctype,
    ),
    Rule(
        id="HTM002",
        severity=Severity.WARNING,
        why="Each mail program mends a missing or crossed end tag in its own way.",
        source="HTML Living Standard, section 13.1.2",
        kind=Sample.BODY,
        bad="<div><strong>A line</div>",
        good="<div><strong>A line</strong></div>",
        look=_nesting,
    ),
    Rule(
        id="HTM003",
        severity=Severity.ERROR,
        why="Styles in the body, linked style sheets and <base> are dropped or break links.",
        source="caniemail: html-style, html-link, html-base",
        kind=Sample.HEAD,
        bad='<link rel="stylesheet" href="https://example.com/style.css">',
        good='<meta name="format-detection" content="telephone=no">',
        look=_styles,
    ),
    Rule(
        id="HTM004",
        severity=Severity.ERROR,
        why="Nothing in a letter may run: such elements are dropped, and the letter with them.",
        source="caniemail: html-form, html-object",
        kind=Sample.BODY,
        bad='<iframe src="https://example.com/film"></iframe>',
        good="[The film](https://example.com/film)",
        look=_active,
    ),
    Rule(
        id="HTM005",
        severity=Severity.ERROR,
        why="A comment for Outlook that does not end hides the rest of the letter.",
        source="Microsoft: conditional comments",
        kind=Sample.LAYOUT,
        bad='<!--[if mso]><table role="presentation"><tr><td>-->\n<p>Inside</p>',
        good='<!--[if mso]><table role="presentation"><tr><td><![endif]-->\n<p>Inside</p>\n'
        "<!--[if mso]></td></tr></table><![endif]-->",
        look=_conditional_comments,
    ),
    Rule(
        id="HTM006",
        severity=Severity.WARNING,
        why="SVG and MathML inside the page are invisible to most readers.",
        source="caniemail: html-svg",
        kind=Sample.BODY,
        bad='<svg width="10" height="10"></svg>',
        good='<img src="https://example.com/dot.png" alt="A dot" width="10">',
        look=_foreign,
    ),
    Rule(
        id="HTM007",
        severity=Severity.WARNING,
        why="A link to a place in the same letter fails in many mail programs.",
        source="caniemail: html-anchor-links",
        kind=Sample.BODY,
        bad="[To the end](#end)",
        good="[To our page](https://example.com/end)",
        look=_anchors,
    ),
    Rule(
        id="HTM008",
        severity=Severity.WARNING,
        why="Two elements with one id confuse screen readers and styles.",
        source="WCAG 2.1, technique H93",
        kind=Sample.BODY,
        bad='<p id="one">A line</p><p id="one">Another</p>',
        good='<p id="one">A line</p><p id="two">Another</p>',
        look=_ids,
    ),
)
