"""The tree of errors: its drawing, its exit codes, and what one error shows."""

from __future__ import annotations

import re

import pytest

from dispatch import errors
from dispatch.errors import DispatchError, IssueInvalid


def _classes() -> list[type[DispatchError]]:
    found = [DispatchError]
    for one in found:
        found.extend(one.__subclasses__())
    return [one for one in found if one.__module__ == errors.__name__]


def test_the_drawing_in_the_docstring_shows_every_class() -> None:
    """Every class stands in the tree, and the tree has no class that does not exist."""
    drawn = set(re.findall(r"^    (?:[│ ]*[├└]── )?([A-Z]\w+)", errors.__doc__ or "", re.MULTILINE))

    assert drawn == {one.__name__ for one in _classes()}


@pytest.mark.parametrize("error", [one for one in _classes() if "exit_code" in vars(one)])
def test_the_drawing_gives_the_exit_code(error: type[DispatchError]) -> None:
    """The number beside a class in the tree is the code that the program ends with."""
    drawn = re.search(rf"\b{error.__name__} +(\d+) ", errors.__doc__ or "")

    assert drawn is not None
    assert int(drawn[1]) == error.exit_code


def test_exit_codes_and_names_stay_as_documented() -> None:
    """The codes and names are an API; a change here breaks somebody's cron job."""
    assert {(one.exit_code, one.name) for one in _classes()} == {
        (1, "bug"),
        (2, "usage"),
        (4, "check"),
        (5, "not-confirmed"),
        (65, "data"),
        (66, "no-input"),
        (69, "unavailable"),
        (75, "temporary"),
        (77, "no-permission"),
        (78, "config"),
    }


@pytest.mark.parametrize(
    ("error", "shown"),
    [
        pytest.param(IssueInvalid("no subject"), "no subject", id="no place"),
        pytest.param(IssueInvalid("no subject", file="a.md"), "a.md: no subject", id="a file"),
        pytest.param(IssueInvalid("no subject", file="a.md", line=3), "a.md:3: no subject", id="a line"),
        pytest.param(IssueInvalid("no subject", line=3), "no subject", id="a line of no file"),
    ],
)
def test_an_error_names_its_place(error: DispatchError, shown: str) -> None:
    """As text, an error begins with its file and line when it has them."""
    assert str(error) == shown


@pytest.mark.parametrize("error", _classes())
def test_every_error_has_a_next_step(error: type[DispatchError]) -> None:
    """Also where it was raised without one."""
    assert error("x").hint == error.next_step
    assert error("x", hint="y").hint == "y"


def test_the_hint_stands_apart() -> None:
    """The hint is a field; it is shown on its own line, never inside the sentence."""
    error = IssueInvalid("no subject", hint="add `subject:`")

    assert (error.message, error.hint) == ("no subject", "add `subject:`")
    assert "add" not in str(error)
