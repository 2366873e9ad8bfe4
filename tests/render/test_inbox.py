"""A letter in the inbox, cut to fit."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.render.inbox import WIDTHS, InboxLine, cut, first_words, inbox_line
from dispatch.render.wrap import columns_of

PREVIEW = "Why no server can promise to deliver exactly once, and what that means."


def test_a_phone_gives_each_part_a_line() -> None:
    """Of forty columns."""
    line = inbox_line(sender="Ann Meier", subject="The dot", preview=PREVIEW, width=40)
    assert line == InboxLine(40, "Ann Meier", "The dot", "Why no server can promise to deliver ex…", 3)


def test_a_desktop_puts_all_on_one_row() -> None:
    """The sender has twenty columns, the subject what it needs, the preview the rest."""
    line = inbox_line(sender="A sender with a long name", subject="The dot", preview=PREVIEW, width=90)
    assert line.sender == "A sender with a lon…"
    assert 21 + len(line.subject) + len(" - ") + len(line.preview) <= 90
    assert line.preview == "Why no server can promise to deliver exactly once, and wha…"


def test_a_subject_that_fills_the_row_leaves_no_preview() -> None:
    """Not even a letter of it."""
    line = inbox_line(sender="A", subject="x" * 100, preview=PREVIEW, width=60)
    assert (line.subject, line.preview) == ("x" * 59 + "…", "")


@given(st.text(), st.text(), st.text(), st.sampled_from(WIDTHS))
def test_nothing_is_wider_than_it_may_be(sender: str, subject: str, preview: str, width: int) -> None:
    """Whatever the letters are."""
    line = inbox_line(sender=sender, subject=subject, preview=preview, width=width)
    assert max(columns_of(part) for part in (line.sender, line.subject, line.preview)) <= width


@pytest.mark.parametrize(
    ("text", "width", "expected"),
    [
        ("plain", 5, "plain"),
        ("plainer", 5, "plai…"),
        ("two words", 5, "two…"),
        ("田中由紀", 5, "田中…"),
        ("Zoe\u0301 and", 4, "Zoe\u0301…"),
        ("ab\U0001f469\u200d\U0001f4bb", 4, "ab\U0001f469\u200d\U0001f4bb"),
        ("ab\U0001f469\u200d\U0001f4bbc", 4, "ab…"),
    ],
)
def test_no_letter_is_torn(text: str, width: int, expected: str) -> None:
    """Wide letters count two, and an accent or a joined picture stays whole or goes."""
    assert cut(text, width) == expected


def test_the_first_words_stand_in_for_a_preheader() -> None:
    """On one line, however the letter breaks them."""
    assert first_words("THE LETTER\n\nDear  Ann,\n") == "THE LETTER Dear Ann,"
