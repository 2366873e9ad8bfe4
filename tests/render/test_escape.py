"""Values made harmless, place by place."""

from __future__ import annotations

import re
from html import unescape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.render.escape import (
    HARMLESS,
    Place,
    css_value,
    mailbox_part,
    safe_url,
    turned_back,
    url_part,
    way_into,
)

SCRIPTS = [
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    " javascript:alert(1)",
    "java\tscript:alert(1)",
    "java\nscript:alert(1)",
    "\x01javascript:alert(1)",
    "vbscript:x",
    "data:text/html,<script>",
    "javascript&colon;alert(1)",
    "&#106;avascript:1",
    "//evil.example.com",
    "file:///etc/passwd",
    "\u200bjavascript:1",
    "httpx://a",
    "",
]


@pytest.mark.parametrize("text", SCRIPTS, ids=repr)
def test_an_unsafe_address_becomes_a_hash(text: str) -> None:
    """Only http, https and mailto lead anywhere."""
    assert safe_url(text) == "#"


@pytest.mark.parametrize(
    ("text", "address"),
    [
        pytest.param("https://example.com/a?b=1&c=2", "https://example.com/a?b=1&c=2", id="as it is"),
        pytest.param("  https://example.com \n", "https://example.com", id="blanks around"),
        pytest.param("HTTP://EXAMPLE.com", "HTTP://EXAMPLE.com", id="capitals"),
        pytest.param("mailto:ann@example.com", "mailto:ann@example.com", id="mail"),
        pytest.param('https://e.com/"><b>', "https://e.com/%22%3E%3Cb%3E", id="quotes"),
        pytest.param("https://e.com/a b", "https://e.com/a%20b", id="blank inside"),
        pytest.param("https://e.com/ä", "https://e.com/ä", id="letters of other scripts"),
    ],
)
def test_a_safe_address_is_kept(text: str, address: str) -> None:
    """What could end the attribute is percent-encoded."""
    assert safe_url(text) == address


@settings(deadline=None)
@given(st.text())
def test_part_of_an_address_is_unreserved(text: str) -> None:
    """Nothing that has a meaning in an address is left."""
    assert not set(url_part(text)) & set("/:?#[]@!$&'()*+,;= \"<>")


@settings(deadline=None)
@given(st.text())
def test_a_style_value_cannot_leave_its_declaration(text: str) -> None:
    """No semicolon, no brace, no function, no quote."""
    assert not set(css_value(text)) & set(";{}()'\"<>\\/:&!@*")


@settings(deadline=None)
@given(st.text())
def test_text_is_text(text: str) -> None:
    """No markup survives, and reading it back gives the words."""
    shown = way_into(Place.TEXT)(text)
    assert not set(shown) & set("<>\"'")
    assert unescape(shown) == way_into(Place.PLAIN)(text)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        pytest.param("a\x00b\x08c\x0bd\x7fe\x85f\x9fg", "abcdefg", id="controls"),
        pytest.param("a\tb\nc\r\nd\re", "a\tb\nc\nd\ne", id="tab and line ends stay"),
        pytest.param(None, "", id="nothing"),
        pytest.param(["a", 1], "a, 1", id="list"),
        pytest.param(2.5, "2.5", id="number"),
    ],
)
def test_plain_text(value: object, words: str) -> None:
    """Every value is words, without what no letter holds."""
    assert way_into(Place.PLAIN)(value) == words


def test_a_header_value_is_left_alone() -> None:
    """Who has a line break in the name is told so; it is not taken out in silence."""
    assert way_into(Place.HEADER)("a\r\nBcc: x") == "a\r\nBcc: x"


@settings(deadline=None)
@given(st.text(alphabet="a\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"))
def test_no_text_turns_what_follows(text: str) -> None:
    """Every change of the writing direction is ended, the innermost first, and nothing is taken away."""
    turned = turned_back(text)
    assert turned.startswith(text)
    open_now: list[str] = []
    for letter in turned:
        if letter in "\u202a\u202b\u202d\u202e":
            open_now.append("\u202c")
        elif letter in "\u2066\u2067\u2068":
            open_now.append("\u2069")
        elif letter in open_now:
            while open_now.pop() != letter:
                pass
    assert open_now == []
    assert turned_back(turned) == turned


@pytest.mark.parametrize(
    ("value", "address"),
    [
        pytest.param("ann@example.com", "mailto:ann@example.com", id="mailbox"),
        pytest.param(" a.b+c@d-e.example ", "mailto:a.b+c@d-e.example", id="with marks"),
        pytest.param("ann@example.com?bcc=x@y.z", "#", id="with headers"),
        pytest.param("ann@example", "#", id="without a domain"),
        pytest.param("javascript:a@b.c", "#", id="with a scheme"),
    ],
)
def test_a_mailbox_is_an_address(value: str, address: str) -> None:
    """As an author who links a column of mailboxes means it; nothing else becomes one."""
    assert safe_url(value) == address


def test_a_mailbox_keeps_its_at_sign() -> None:
    """And can neither name a second one nor add a header."""
    assert mailbox_part("a@b.c") == "a@b.c"
    assert mailbox_part("a@b.c,d@e.f?bcc=g h") == "a@b.c%2Cd@e.f%3Fbcc%3Dg%20h"


@pytest.mark.parametrize("place", list(Place))
@given(st.data())
def test_what_is_harmless_at_a_glance_goes_its_way_unchanged(place: Place, data: st.DataObject) -> None:
    """What the pattern of a place matches may skip the way into it."""
    text = data.draw(st.from_regex(HARMLESS[place], fullmatch=True))
    assert way_into(place)(text) == text


@pytest.mark.parametrize("place", list(Place))
def test_no_single_character_is_harmless_that_its_way_changes(place: Place) -> None:
    """Alone and behind the beginning of an address."""
    for begun in ("", "https://example.com/"):
        for code in range(0x3000):
            if re.fullmatch(HARMLESS[place], text := begun + chr(code)):
                assert way_into(place)(text) == text
