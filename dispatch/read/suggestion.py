"""The name that somebody most likely meant."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

_LONGEST = 100  # a longer word is no misspelling, and comparing it takes long


def closest(word: str, choices: Iterable[str]) -> str | None:
    """The one of `choices` that `word` looks most like, or None."""
    by_form = {_form(choice): choice for choice in choices}
    found = get_close_matches(_form(word[:_LONGEST]), by_form, n=1)
    return by_form[found[0]] if found else None


def did_you_mean(word: str, choices: Iterable[str]) -> str | None:
    """`did you mean X?` as a hint, or None when nothing is near."""
    found = closest(word, choices)
    return f"did you mean {found}?" if found else None


def _form(word: str) -> str:
    """Capitals, hyphens and blanks are the commonest slips, so they count for nothing."""
    return word.strip().casefold().replace("-", "_").replace(" ", "_")
