"""CSV records with the text that they stood in: together they are the file."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.errors import ListInvalid
from dispatch.read.records import Records

MAIN = frozenset({"email"})


def _records(data: bytes, size: int = 1 << 16) -> Records:
    pieces = [data[start : start + size] for start in range(0, len(data), size)]
    return Records(pieces, file="list.csv", main=MAIN)


def _whole(records: Records) -> bytes:
    text = ("\ufeff" if records.marked else "") + records.top
    for _line, _cells, _trouble in records:
        text += records.text
    return text.encode("utf-8", "surrogateescape")


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"\xef\xbb\xbf\r\n\nemail;name\r\na@b.de;A\r\n\r\nb@b.de;B", id="mark, blanks, no end"),
        pytest.param(b'email,name\na@b.de,"x\ny"\nb@b.de,"open\nc@b.de,C\n', id="an open quote"),
        pytest.param(b"email\tname\ra@b.de\tA\rb@b.de\t\xe9\r", id="CR and bad bytes"),
        pytest.param(b'"email","name"\n\x00\n', id="a NUL"),
    ],
)
def test_the_texts_together_are_the_file(data: bytes) -> None:
    """Byte for byte, however it is broken and in whatever pieces it comes."""
    assert _whole(_records(data)) == data
    assert _whole(_records(data, 1)) == data


@given(
    st.lists(st.text(alphabet='ab@.,;"\t\r\n é\ufeff', max_size=12), max_size=8),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.booleans(),
    st.integers(1, 20),
)
def test_any_rows_come_back_as_they_were(rows: list[str], ending: str, marked: bool, size: int) -> None:
    """What is not changed is not touched."""
    text = ("\ufeff" if marked else "") + ending.join(["email,name", *rows])
    data = text.encode()
    try:
        records = _records(data, size)
    except ListInvalid:
        return
    assert _whole(records) == data


def test_the_file_s_own_habits_are_known() -> None:
    """Its delimiter, its line ends, and a line too long to be held."""
    records = _records(b"email;name\r\na@b.de;A\r\n")
    assert (records.delimiter, records.ending, records.marked) == (";", "\r\n", False)
    long = _records(b"email,name\na@b.de," + b"x" * 3_000_000 + b"\nb@b.de,B\n")
    rows = [(line, cells) for line, cells, _ in long]
    assert (rows[-1], long.lines.cut) == ((3, ["b@b.de", "B"]), True)
