"""The hash of what is sent, and what of it has changed."""

from __future__ import annotations

import pytest

from dispatch.model.content import changes, content_hash, in_words


@pytest.mark.parametrize(
    ("issue", "layout", "people", "words"),
    [
        ("a", "b", "l1", "nothing has changed"),
        ("x", "b", "l1", "the issue has changed"),
        ("a", "x", "l1", "the layout or [newsletter] has changed"),
        ("a", "b", "l2", "the list has changed"),
        ("x", "x", "l2", "the issue and the layout or [newsletter] and the list have changed"),
    ],
)
def test_each_part_is_told_apart(issue: str, layout: str, people: str, words: str) -> None:
    """The two halves of the hash and the list's own."""
    now = content_hash(issue, layout)
    assert len(now) == 64
    assert in_words(changes(content_hash("a", "b"), now, list_before="l1", list_now=people)) == words
