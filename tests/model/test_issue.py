"""An issue: frozen, with defaults that send it to everybody in the public archive."""

from __future__ import annotations

from dataclasses import FrozenInstanceError

import pytest

from dispatch.model.issue import Issue

ISSUE = Issue(file="issues/a.md", slug="a", subject="Hello", body="Text", body_line=4)


def test_an_issue_is_frozen() -> None:
    """What was checked is what is sent."""
    with pytest.raises(FrozenInstanceError):
        ISSUE.subject = "Bye"  # type: ignore[misc]


def test_what_is_left_out_has_a_default() -> None:
    """The layout is digest, the archive public, and the sender the newsletter's own."""
    assert (ISSUE.layout, ISSUE.archive, ISSUE.sender, ISSUE.send_at) == ("digest", "public", None, None)
    assert (ISSUE.meta, ISSUE.lines, ISSUE.ignored_checks) == ({}, {}, ())
