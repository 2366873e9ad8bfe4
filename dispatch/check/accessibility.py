"""A11: whether everybody can read a letter: with eyes or ears, in the light and in the dark."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dispatch.check.document import Document, text_of
from dispatch.check.ground import Reading, readings
from dispatch.check.origin import origin_of
from dispatch.check.place import Place
from dispatch.check.rule import Found, Rule, Sample, Severity
from dispatch.check.style import length
from dispatch.check.view import View

_SMALLEST = 14
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_ENOUGH_LETTERS = 25
_DATA_ROLES = frozenset({"table", "grid"})


def _documents(view: View) -> Iterator[Document]:
    for specimen in view.specimens:
        if specimen.document:
            yield specimen.document


def _attribute_missing(view: View, name: str, why: str) -> Iterator[Found]:
    for document in _documents(view):
        html = document.root
        wrappers = [one for one in document.named("body", "div", "table", "center", "main") if one.get(name)]
        if not (html.get(name) or "").strip():
            yield Found(place=_of_root(view, document), message=f"<html> has no {name}; {why}")
        elif not wrappers:
            message = f"only <html> has a {name}, and webmail drops it; write it around the letter, too"
            yield Found(place=_of_root(view, document), message=message)


def _of_root(view: View, document: Document) -> Place:
    found = view.sources.at(document.root.get("data-dispatch-at") or "")
    return found or view.layout("html.jinja")


def _language(view: View) -> Iterator[Found]:
    yield from _attribute_missing(view, "lang", "screen readers guess how to say the words")


def _direction(view: View) -> Iterator[Found]:
    yield from _attribute_missing(view, "dir", "right-to-left scripts come out wrong")


def _tables(view: View) -> Iterator[Found]:
    for document in _documents(view):
        for table in document.named("table"):
            role = (table.get("role") or "").lower()
            heads = [cell for cell in table.iter("th") if next(cell.iterancestors("table")) is table]
            if role in {"presentation", "none"}:
                continue
            if not heads and role not in _DATA_ROLES:
                message = 'a table for layout without role="presentation" is read out cell by cell'
                yield Found(place=document.place(table), message=message)
            for cell in heads:
                if not cell.get("scope"):
                    message = "a <th> without scope does not say which cells it is the head of"
                    yield Found(place=document.place(cell), message=message)


def _headings(view: View) -> Iterator[Found]:
    for document in _documents(view):
        before = 0
        first: Any = None
        for heading in document.named(*_HEADINGS):
            level = _HEADINGS[heading.tag]
            if before and level > before + 1:
                message = f"<{heading.tag}> follows <h{before}>; a level is skipped"
                yield Found(place=document.place(heading), message=message)
            if level == 1 and first is not None:
                message = "this is another <h1>; the letter's title is one already"
                yield Found(place=document.place(heading), message=message)
            first = heading if level == 1 and first is None else first
            before = level


def _contrast(view: View) -> Iterator[Found]:
    for document in _documents(view):
        for reading in readings(document):
            yield Found(place=_coloured(view, document, reading), message=reading.message)


def _coloured(view: View, document: Document, reading: Reading) -> Place:
    found = view.sources.find_style(reading.line) if reading.line else None
    return found or origin_of(view, document, reading.element, "color")


def _silent_links(view: View) -> Iterator[Found]:
    for document in _documents(view):
        for link in document.named("a"):
            if not link.get("href") or document.is_hidden(link):
                continue
            alts = [image.get("alt") or "" for image in link.iter("img")]
            named = [link.get("aria-label") or "", link.get("title") or "", text_of(link), *alts]
            if not any(name.strip() for name in named) and not alts:
                yield Found(
                    place=document.place(link), message="the link has no words, so nobody can find it"
                )


def _links_by_colour(view: View) -> Iterator[Found]:
    for document in _documents(view):
        for link in document.named("a"):
            style = document.style(link)
            plain = "text-decoration" in style and style["text-decoration"].value.startswith("none")
            shaped = {
                "background",
                "background-color",
                "border",
                "border-bottom",
                "font-weight",
            } & style.keys()
            if plain and not shaped and text_of(link) and _stands_in_text(link) and link.find("img") is None:
                message = "the link differs from the text around it by its colour only; underline it"
                place = origin_of(view, document, link, "text-decoration")
                yield Found(place=place, message=message)


def _stands_in_text(link: Any) -> bool:
    parent = link.getparent()
    around = text_of(parent).replace(text_of(link), "", 1) if parent is not None else ""
    return sum(letter.isalpha() for letter in around) > len(text_of(link))


def _hard_to_read(view: View) -> Iterator[Found]:
    told: set[str] = set()
    for document in _documents(view):
        for element, text in document.texts:
            if element.tag in {"sup", "sub"}:
                continue
            size = length(document.computed(element, "font-size"))
            if size is not None and 0 < size < _SMALLEST and f"{size}" not in told:
                told.add(f"{size}")
                place = origin_of(view, document, element, "font-size")
                yield Found(place=place, message=f"text of {size:g} px is too small for many")
            if document.computed(element, "text-align") == "justify" and "justify" not in told:
                told.add("justify")
                message = "justified text has gaps that are hard for people with dyslexia"
                place = origin_of(view, document, element, "text-align")
                yield Found(place=place, message=message)
            if _is_shouted(document, element, text):
                message = "a paragraph in capitals is slow to read, and spelled out by some screen readers"
                yield Found(place=document.place(element), message=message)


def _is_shouted(document: Document, element: Any, text: str) -> bool:
    letters = [letter for letter in text if letter.isalpha() and letter.upper() != letter.lower()]
    if len(letters) < _ENOUGH_LETTERS or len(text.split()) < 4:
        return False
    made_so = document.computed(element, "text-transform") == "uppercase" and element.tag not in _HEADINGS
    return made_so or (all(letter.isupper() for letter in letters) and element.tag not in _HEADINGS)


def _title(view: View) -> Iterator[Found]:
    for document in _documents(view):
        titles = [title for title in document.named("title") if not any(title.iterancestors("svg"))]
        if not any(text_of(title) for title in titles):
            message = "the <title> is empty; browsers and screen readers name the letter by it"
            place = document.place(titles[0]) if titles else view.layout("html.jinja")
            yield Found(place=place, message=message)


RULES = (
    Rule(
        id="A11001",
        severity=Severity.ERROR,
        why="A screen reader needs the language to say the words rightly; webmail drops that of <html>.",
        source="WCAG 2.1, 3.1.1; Email Markup Consortium",
        kind=Sample.PAGE,
        bad='<!DOCTYPE html>\n<html dir="ltr">',
        good='<!DOCTYPE html>\n<html lang="en" dir="ltr">',
        look=_language,
    ),
    Rule(
        id="A11002",
        severity=Severity.WARNING,
        why="The direction of the script is not guessed well.",
        source="WCAG 2.1, technique H56; Email Markup Consortium",
        kind=Sample.PAGE,
        bad='<!DOCTYPE html>\n<html lang="en">',
        good='<!DOCTYPE html>\n<html lang="en" dir="ltr">',
        look=_direction,
    ),
    Rule(
        id="A11003",
        severity=Severity.WARNING,
        why="A table that only lays out is read as rows and columns, unless it says what it is.",
        source="WCAG 2.1, 1.3.1; Email Markup Consortium",
        kind=Sample.LAYOUT,
        bad="<table><tr><td>A line</td></tr></table>",
        good='<table role="presentation"><tr><td>A line</td></tr></table>',
        look=_tables,
    ),
    Rule(
        id="A11004",
        severity=Severity.WARNING,
        why="Who hears a letter jumps from heading to heading.",
        source="WCAG 2.1, 1.3.1 and technique G141",
        kind=Sample.BODY,
        bad="## A part\n\n#### A part of a part",
        good="## A part\n\n### A part of a part",
        look=_headings,
    ),
    Rule(
        id="A11005",
        severity=Severity.WARNING,
        why="Pale words vanish in the sun, and dark ones on a ground that a program has darkened.",
        source="WCAG 2.1, 1.4.3: 4.5 to 1",
        kind=Sample.BODY,
        bad='<p style="color: #aaaaaa; background-color: #ffffff">A pale line</p>',
        good='<p style="color: #333333; background-color: #ffffff">A dark line</p>',
        look=_contrast,
    ),
    Rule(
        id="A11006",
        severity=Severity.ERROR,
        why="A link without words cannot be heard and hardly be seen.",
        source="WCAG 2.1, 2.4.4",
        kind=Sample.BODY,
        bad='<p>A line <a href="https://example.com/story"></a> of text.</p>',
        good='<p>A line with <a href="https://example.com/story">the story</a>.</p>',
        look=_silent_links,
    ),
    Rule(
        id="A11007",
        severity=Severity.WARNING,
        why="One man in twelve does not see the colour that tells a link.",
        source="WCAG 2.1, 1.4.1",
        kind=Sample.BODY,
        bad='<p>A line of text with <a href="https://example.com/story" style="color: #9b2617; '
        'text-decoration: none">the story</a> in it.</p>',
        good='<p>A line of text with <a href="https://example.com" style="color: #9b2617">it</a>.</p>',
        look=_links_by_colour,
    ),
    Rule(
        id="A11008",
        severity=Severity.WARNING,
        why="Small, justified or shouted text is read by fewer people.",
        source="WCAG 2.1, 1.4.8; Email Markup Consortium",
        kind=Sample.BODY,
        bad='<p style="font-size: 11px">A line in small letters</p>',
        good='<p style="font-size: 16px">A line in good letters</p>',
        look=_hard_to_read,
    ),
    Rule(
        id="A11009",
        severity=Severity.WARNING,
        why="The title is what a browser's tab and a screen reader say first.",
        source="WCAG 2.1, 2.4.2",
        kind=Sample.HEAD,
        bad="<title></title>",
        good="<title>{{ issue.title }}</title>",
        look=_title,
    ),
)
