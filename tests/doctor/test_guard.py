"""A look that fails becomes a line, whatever it was that failed."""

from __future__ import annotations

import pytest

from dispatch.doctor.guard import guarded
from dispatch.errors import InputMissing
from dispatch.model.note import Grade, Note, ok


@pytest.mark.parametrize(
    ("error", "seen"),
    [
        (
            InputMissing("there is no list", file="a.csv", line=3, hint="make one"),
            "a.csv:3: there is no list",
        ),
        (PermissionError(13, "Permission denied", "/x/y"), "/x/y: Permission denied"),
        (OSError("odd"), "odd"),
        (UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte"), "'utf-8' codec can't decode"),
    ],
    ids=["ours", "a file's", "without a number", "an encoding's"],
)
def test_an_error_is_a_line(error: Exception, seen: str) -> None:
    """With its place and its next step."""

    def look() -> list[Note]:
        raise error

    (note,) = guarded("list", look)
    assert (note.name, note.grade) == ("list", Grade.FAIL)
    assert note.seen.startswith(seen)
    assert note.mend


def test_a_look_that_works_is_handed_on_and_a_bug_stays_one() -> None:
    """Only what is expected to fail is caught."""
    assert guarded("x", lambda: [ok("x", "fine")]) == [ok("x", "fine")]

    def broken() -> list[Note]:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        guarded("x", broken)
