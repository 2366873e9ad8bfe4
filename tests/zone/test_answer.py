"""Records for people: what is to be pasted into a zone fits into it, and tags read as they are written."""

from __future__ import annotations

import dns.rdata
import pytest
from dns.rdtypes.ANY.TXT import TXT
from hypothesis import given
from hypothesis import strategies as st

from dispatch.zone.answer import quoted, tags, txt_record


@given(st.text(min_size=1, max_size=700))
def test_a_record_to_paste_says_what_it_should(text: str) -> None:
    """A name server that reads it has the same octets, in strings of at most 255."""
    value = txt_record("x.example", text).removeprefix("x.example. IN TXT ").strip("() ")
    record = dns.rdata.from_text("IN", "TXT", value)
    assert isinstance(record, TXT)
    assert b"".join(record.strings) == text.encode()
    assert max(map(len, record.strings)) <= 255


@given(st.text())
def test_a_strangers_record_stays_on_one_short_line(text: str) -> None:
    """Nothing in it reaches the terminal as a command."""
    shown = quoted(text)
    assert len(shown) <= 122
    assert shown.isascii()
    assert shown.isprintable()


def test_tags_lose_their_blanks() -> None:
    """As RFC 6376 section 3.2 lets them be written."""
    assert tags(" v = DMARC1 ;p= none;; rua=mailto:a@b?x=1 ;") == {
        "v": "DMARC1",
        "p": "none",
        "rua": "mailto:a@b?x=1",
    }


@pytest.mark.parametrize("record", ["p", "v=DMARC1; p", "p=none; p=none", "=x", "p p=none"])
def test_what_is_no_list_of_tags_is_refused(record: str) -> None:
    """A receiver takes the whole record as broken."""
    with pytest.raises(ValueError, match="tag"):
        tags(record)
