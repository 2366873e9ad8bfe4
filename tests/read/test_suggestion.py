"""What somebody most likely meant."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.read.suggestion import closest, did_you_mean

CHOICES = ("subject", "send_at", "reply_to", "first name")


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        pytest.param("subjct", "subject", id="a letter left out"),
        pytest.param("Subject", "subject", id="a capital"),
        pytest.param("reply-to", "reply_to", id="a hyphen"),
        pytest.param("First_Name", "first name", id="an underscore for a blank"),
        pytest.param("zebra", None, id="nothing near"),
        pytest.param("", None, id="nothing at all"),
    ],
)
def test_the_nearest_name(word: str, meant: str | None) -> None:
    """A slip finds its name, another word finds none."""
    assert closest(word, CHOICES) == meant


def test_the_hint_is_a_question() -> None:
    """And there is no hint when nothing is near."""
    assert did_you_mean("sendat", CHOICES) == "did you mean send_at?"
    assert did_you_mean("zebra", CHOICES) is None


@given(st.text(), st.lists(st.text()))
def test_any_word_is_compared(word: str, choices: list[str]) -> None:
    """The answer is one of the choices, or none."""
    assert closest(word, choices) in {None, *choices}
