"""Physical lines: where they end, what is unreadable in them, and that no line fills the memory."""

from __future__ import annotations

import hashlib
import re
import tracemalloc
from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.read.csv_lines import LONGEST, Lines, unreadable

LINE_LIKE = st.text("ab\r\n\v\f\x1c\x85\u2028é", max_size=40)


def pieces(data: bytes, cuts: list[int]) -> list[bytes]:
    """`data`, cut at these places."""
    places = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
    return [data[start:end] for start, end in pairwise(places)]


@given(LINE_LIKE, st.lists(st.integers(0, 100)))
def test_a_line_ends_with_lf_crlf_or_cr_only(text: str, cuts: list[int]) -> None:
    """However the bytes arrive, also in the middle of a letter or of a CR LF."""
    lines = list(Lines(pieces(text.encode(), cuts)))

    assert lines == re.findall(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+", text)


@given(st.binary(max_size=60), st.lists(st.integers(0, 100)))
def test_any_bytes_are_lines(data: bytes, cuts: list[int]) -> None:
    """Nothing raises, nothing is lost but a BOM, the hash is that of the bytes, and bad bytes are noticed."""
    lines = Lines(pieces(data, cuts))
    text = "".join(lines)

    assert text.encode("utf-8", "surrogateescape") == data.removeprefix(b"\xef\xbb\xbf")
    assert lines.sha256 == hashlib.sha256(data).hexdigest()
    assert lines.suspicious == (unreadable(text) is not None)


@pytest.mark.parametrize(
    ("data", "found"),
    [
        pytest.param(b"caf\xc3\xa9", None, id="UTF-8"),
        pytest.param(b"caf\xe9", "the byte 0xE9, which is not UTF-8", id="Latin-1"),
        pytest.param(b"\xed\xa0\x80", "the byte 0xED, which is not UTF-8", id="half a surrogate pair"),
        pytest.param(b"\xc3", "the byte 0xC3, which is not UTF-8", id="half a letter"),
        pytest.param(b"a\0b", "a NUL", id="NUL"),
    ],
)
def test_what_cannot_be_read_is_named(data: bytes, found: str | None) -> None:
    """By the byte that is wrong."""
    lines = Lines([data])

    assert unreadable("".join(lines)) == found
    assert lines.suspicious == (found is not None)


def test_a_line_without_an_end_is_cut() -> None:
    """A file of one line of 60 MB costs a few megabytes, and the next line is whole."""

    def endless() -> Iterator[bytes]:
        for _ in range(1000):
            yield b"x" * 60_000
        yield b"y\nann\r"
        yield b"\nbob"

    tracemalloc.start()
    lines = list(Lines(endless()))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert lines[1:] == ["ann\r\n", "bob"]
    assert LONGEST < len(lines[0]) < LONGEST + 100_000
    assert peak < 10_000_000
