"""Duplicates of a list, found on disk."""

from __future__ import annotations

from dispatch.ledger.seen import nobody_seen


def test_the_first_line_of_each_key_is_remembered() -> None:
    """Within one batch and over several, and lone surrogates do not matter."""
    with nobody_seen() as seen:
        assert seen.first_lines([("a", 2), ("b", 3), ("a", 4), ("\udcff", 5)]) == {4: 2}
        assert seen.first_lines([("b", 6), ("c", 7), ("b", 8), ("\udcff", 9)]) == {6: 3, 8: 3, 9: 5}
        assert seen.first_lines([]) == {}
