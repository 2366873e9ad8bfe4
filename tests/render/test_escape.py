"""Values made harmless, place by place."""

from __future__ import annotations

from html import unescape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.render.escape import Place, css_value, safe_url, url_part, way_into

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
