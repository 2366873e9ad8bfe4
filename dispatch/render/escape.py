"""A personal value made harmless for the place it is put in. Each place of a page has exactly one way."""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import StrEnum
from typing import Any
from urllib.parse import quote

from markupsafe import escape

# C0 without tab and newline, DEL, and C1: Gmail clips a letter at the first of the C1 controls.
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ufffe\uffff]")
_SCHEME = re.compile(r"(?:https?://|mailto:)", re.IGNORECASE)
_MAILBOX = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_NOT_IN_A_URL = re.compile(r"[\x00-\x20\x7f-\xa0\"<>\\^`{|}\u2028\u2029]")
_NOT_IN_A_STYLE = re.compile(r"[^\w#%.,+\- ]")
# Embeddings, overrides and isolates of the writing direction (UAX 9, section 2), and what ends them.
_TURNS = dict.fromkeys("\u202a\u202b\u202d\u202e", "\u202c") | dict.fromkeys("\u2066\u2067\u2068", "\u2069")
_TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")


class Place(StrEnum):
    """Where a value stands, and with it how it is escaped."""

    TEXT = "in_text"  # between tags, in an attribute, a title or a comment
    URL = "in_url"  # a whole address, or its beginning
    URL_PART = "in_url_part"  # inside an address
    MAILBOX = "in_mailbox"  # behind mailto:
    STYLE = "in_style"  # a style attribute or element
    PLAIN_URL = "in_plain_url"  # a whole address of the text part, or its beginning
    PLAIN = "in_plain_text"  # the text part and the preheader
    HEADER = "in_header"  # as it is: mail/message refuses what a header cannot hold, and says whose it was


def without_controls(text: str) -> str:
    """The text without control characters, its line ends made `\\n`."""
    return _CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def safe_url(text: str) -> str:
    """An http, https or mailto address, or `#`. Blanks and controls do not hide a scheme: they go first.

    A mailbox is an address too: `ann@example.com` becomes `mailto:ann@example.com`.
    """
    address = without_controls(text).strip()
    if _MAILBOX.fullmatch(address):
        return f"mailto:{address}"
    if not _SCHEME.match(address):
        return "#"
    return _NOT_IN_A_URL.sub(lambda match: quote(match[0]), address)


def url_part(text: str) -> str:
    """Percent-encoded whole, so that it can neither end the address nor add a parameter."""
    return quote(text, safe="", errors="replace")


def mailbox_part(text: str) -> str:
    """As `url_part`, except that the @ stays: some mail programs read no mailbox without one."""
    return quote(text, safe="@", errors="replace")


def css_value(text: str) -> str:
    """Letters, digits and `# % . , + -`: enough for a colour or a length, too little for anything else."""
    return _NOT_IN_A_STYLE.sub("", text)


def turned_back(text: str) -> str:
    """The text with every change of the writing direction ended, so that nothing behind it is turned."""
    if text.isascii() or not _TURNING.search(text):
        return text
    owed: list[str] = []
    for letter in _TURNING.findall(text):
        if letter in _TURNS:
            owed.append(_TURNS[letter])
        elif letter in owed:
            while owed.pop() != letter:
                pass
    return text + "".join(reversed(owed))


def _in_plain_text(text: str) -> str:
    return turned_back(without_controls(text))


def _in_text(text: str) -> str:
    return str(escape(_in_plain_text(text)))


_WAYS: dict[Place, Callable[[str], str]] = {
    Place.TEXT: _in_text,
    Place.URL: lambda text: str(escape(safe_url(text))),
    Place.PLAIN_URL: safe_url,
    Place.URL_PART: url_part,
    Place.MAILBOX: mailbox_part,
    Place.STYLE: css_value,
    Place.PLAIN: _in_plain_text,
    Place.HEADER: str,
}


# Patterns of what each way leaves as it is, where a glance tells: quicker to match than to go the way.
HARMLESS: dict[Place, str] = {
    Place.TEXT: r"[ !#-%(-;=?-~]*+",
    Place.URL: r"https?://[A-Za-z0-9._~/?=-]*+",
    Place.PLAIN_URL: r"https?://[A-Za-z0-9._~/?=&-]*+",
    Place.URL_PART: r"[A-Za-z0-9._~-]*+",
    Place.MAILBOX: r"[A-Za-z0-9._~@-]*+",
    Place.STYLE: r"[A-Za-z0-9#%.,+ -]*+",
    Place.PLAIN: r"[ -~]*+",
    Place.HEADER: r"[ -~]*+",
}


def written(value: Any) -> str:
    """A value as words: a list is joined by commas, nothing is the empty text."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, list | tuple):
        return ", ".join(written(one) for one in value)
    return str(value)


def way_into(place: Place) -> Callable[[Any], str]:
    """The function that makes a value of any type ready for a place."""
    escaped = _WAYS[place]
    return lambda value: escaped(written(value))
