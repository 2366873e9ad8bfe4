"""Recorded refusals by kind, by reply code and by enhanced code."""

from __future__ import annotations

import pytest

from dispatch.mail.refusal import Refusals, kind_of

HARD = (550, "5.1.1", "no such user", "")
FULL = (552, "5.2.2", "mailbox full", "")
BLOCKED = (550, "5.7.1", "blocked by policy", "")
EXPIRED = (450, "4.2.1", "greylisted", "expired: 450 4.2.1 greylisted")
UNSENT = (None, "", "", "a copy cannot be made")
ALL = {"hard": HARD, "soft": FULL, "block": BLOCKED, "expired": EXPIRED, "unsent": UNSENT}


@pytest.mark.parametrize("kind", ALL)
def test_each_refusal_is_of_one_kind(kind: str) -> None:
    """A copy that expired is not soft, although its last reply was."""
    assert kind_of(*ALL[kind]) == kind
    assert [name for name in ALL if Refusals.read(kind).include(*ALL[name])] == [kind]


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("550", {"hard", "block"}),
        ("552", {"soft"}),
        ("5.2.2", {"soft"}),
        (" HARD ", {"hard"}),
        ("450", {"expired"}),
    ],
)
def test_refusals_by_code(word: str, meant: set[str]) -> None:
    """Exactly those with the code; 5.2 is not the beginning of 5.2.2."""
    assert {name for name in ALL if Refusals.read(word).include(*ALL[name])} == meant


@pytest.mark.parametrize("word", ["", "all", "250", "5.2", "55", "2.0.0", "None", "5٥٢", "5.2.2\n5"])
def test_other_words_are_refused(word: str) -> None:
    """A success is no refusal, and half a code is none either."""
    with pytest.raises(ValueError, match="none of hard, soft, block, expired"):
        Refusals.read(word)
