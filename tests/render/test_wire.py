"""Quoted-printable in pieces that join."""

from __future__ import annotations

import quopri
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.render.wire import decode, encode

# Letters, and with them what a body stumbles over: dots, blanks, line ends, `=`, braces, NUL, far planes.
TEXTS = st.text(
    st.one_of(st.sampled_from(". =\t\n\r{%#}F\x00\x7f\x85\u2028\U0001f600é"), st.characters(codec="utf-8")),
    max_size=400,
) | st.lists(st.sampled_from(["From ", ".", " ", "\n", "x" * 75, "ü" * 26, "="]), max_size=12).map("".join)


def assert_on_the_wire(body: str) -> None:
    """What RFC 5322, 2045 and 5321 want of every line, and what makes DKIM's relaxed form the identity."""
    assert body.isascii()
    assert not set("\r\n") & set(body.replace("\r\n", ""))
    for line in body.split("\r\n"):
        assert len(line) <= 76
        assert not line.startswith((".", "From "))
        assert line == line.rstrip(" \t")
        assert not re.search(r"[ \t]{2}|\t", line)


def canonical(text: str) -> bytes:
    return re.sub(r"\r\n?|\n", "\r\n", text).encode("utf-8", "replace")


@settings(deadline=None)
@given(TEXTS)
def test_a_piece_decodes_to_what_was_put_in(text: str) -> None:
    """The standard library reads back the text, its line ends made CRLF."""
    body = encode(text)
    assert_on_the_wire(body)
    assert quopri.decodestring(body.encode()) == canonical(text)


@settings(deadline=None)
@given(st.lists(TEXTS, max_size=6))
def test_pieces_join_into_one_body(pieces: list[str]) -> None:
    """Pieces encoded one by one are a body when they stand one after the other."""
    body = "".join(map(encode, pieces))
    assert_on_the_wire(body)
    assert quopri.decodestring(body.encode()) == b"".join(map(canonical, pieces))


@settings(deadline=None)
@given(TEXTS)
def test_a_piece_opens_nothing_in_a_template(text: str) -> None:
    """Static text becomes part of a template's source, and must not be one."""
    assert not re.search(r"\{[{%#]", encode(text))


@pytest.mark.parametrize(
    ("text", "body"),
    [
        pytest.param("", "", id="nothing"),
        pytest.param("Ann", "Ann=\r\n", id="plain"),
        pytest.param("a\n", "a\r\n", id="whole line"),
        pytest.param(".hidden\n", "=2Ehidden\r\n", id="leading dot"),
        pytest.param("From here\n", "=46rom here\r\n", id="mbox line"),
        pytest.param("a  b \n", "a =20b=20\r\n", id="blanks"),
        pytest.param("\tx", "=09x=\r\n", id="tab"),
        pytest.param("x" * 75, "x" * 75 + "=\r\n", id="as long as a soft line can be"),
        pytest.param("x" * 76, "x" * 75 + "=\r\nx=\r\n", id="one longer"),
        pytest.param("x" * 76 + "\n", "x" * 76 + "\r\n", id="as long as a line can be"),
        pytest.param("a=b", "a=3Db=\r\n", id="equals sign"),
        pytest.param("é" * 13, "=C3=A9" * 12 + "=C3=\r\n=A9=\r\n", id="never inside an escape"),
        pytest.param(
            "x" * 75 + ".y\n", "x" * 75 + "=\r\n=2Ey\r\n", id="a dot that folding brings to the front"
        ),
    ],
)
def test_encodes(text: str, body: str) -> None:
    """The form byte for byte."""
    assert encode(text) == body


def test_decodes_for_a_reader() -> None:
    """A body read as a mail program does has plain line ends."""
    assert decode(encode("Grüße\nund mehr").encode()) == "Grüße\nund mehr"
