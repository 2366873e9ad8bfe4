"""TXT: the plain-text part, which watches, screen readers, filters and some people read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

from dispatch.check.place import Place
from dispatch.check.rule import Found, Rule, Sample, Severity
from dispatch.check.view import View

_LEAST = 0.2
_TAG = re.compile(
    r"</?(?:a|b|br|div|em|font|h[1-6]|hr|i|img|li|ol|p|span|strong|table|tbody|td|th|tr|u|ul)(?:\s[^<>]*)?/?>"
)
_ENTITY = re.compile(r"&(?:[a-zA-Z]{2,8}|#\d{1,6}|#x[0-9a-fA-F]{1,5});")
_CODE_INDENT = "    "


def _too_short(view: View) -> Iterator[Found]:
    for specimen in view.specimens[:1]:
        words = len([word for word in specimen.text.split() if any(letter.isalnum() for letter in word)])
        if words == 0:
            yield Found(place=view.layout("text.jinja"), message="the text part is empty")
        elif specimen.document and words < _LEAST * len(specimen.document.words):
            share = f"{words:,} of {len(specimen.document.words):,} words"
            yield Found(place=view.layout("text.jinja"), message=f"the text part has {share} of the HTML")


def _missing_addresses(view: View) -> Iterator[Found]:
    for specimen in view.specimens:
        if specimen.document is None:
            continue
        pictures = {image.get("src") for image in specimen.document.named("img")}
        text = "".join(specimen.text.split())
        for link in specimen.document.named("a", "area"):
            href = (link.get("href") or "").strip()
            if href in pictures or specimen.unsubscribe_url in href:
                continue  # LNK008 tells of the way out
            if href.startswith(("http://", "https://")) and not _stands_in(href, text):
                message = f"{href[:100]} stands in the HTML and not in the text"
                yield Found(place=specimen.document.place(link), message=message)


def _stands_in(address: str, text: str) -> bool:
    return "".join(address.split()) in text or unescape(address) in text or address.rstrip("/") in text


def _markup(view: View) -> Iterator[Found]:
    for specimen in view.specimens[:1]:
        for line in specimen.text.split("\n"):
            if line.lstrip("> ").startswith(_CODE_INDENT) or line.startswith(_CODE_INDENT) or "`" in line:
                continue
            for match in (*_TAG.findall(line), *_ENTITY.findall(line)):
                place = _place_of(view, match)
                if place:
                    yield Found(place=place, message=f"{match[:60]} stands in the text part as it is")


def _place_of(view: View, words: str) -> Place | None:
    """Where the layout or the issue has it; a value out of the list may look like a tag, and is no fault."""
    found = view.sources.find(words)
    return found or next(
        (
            Place(source.file, number)
            for source in view.sources.all
            for number, line in enumerate(source.text.split("\n"), start=source.first)
            if unescape(words) in unescape(line) and words != unescape(words)
        ),
        None,
    )


RULES = (
    Rule(
        id="TXT001",
        severity=Severity.ERROR,
        why="A letter whose text part says less than its HTML looks as if it had something to hide.",
        source="SpamAssassin: MPART_ALT_DIFF",
        kind=Sample.TEXT,
        bad="Out: {{ unsubscribe_url }}\n1 Street, Town",
        good="{{ content }}\n\nOut: {{ unsubscribe_url }}\n1 Street, Town",
        look=_too_short,
    ),
    Rule(
        id="TXT002",
        severity=Severity.WARNING,
        why="Who reads the text part wants to follow the links, too.",
        source="RFC 2046, section 5.1.4: alternatives say the same",
        kind=Sample.LAYOUT,
        bad='<p><a href="https://example.com/only-here">The shop</a></p>',
        good="<p>The shop</p>",
        look=_missing_addresses,
    ),
    Rule(
        id="TXT003",
        severity=Severity.WARNING,
        why="Tags and entities in the text part are read as they are.",
        source="RFC 2046, section 4.1.3",
        kind=Sample.TEXT,
        bad="{{ content }}<br>\n\nOut: {{ unsubscribe_url }}\n1 Street, Town",
        good="{{ content }}\n\nOut: {{ unsubscribe_url }}\n1 Street, Town",
        look=_markup,
    ),
)
