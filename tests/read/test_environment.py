"""Settings from variables."""

from __future__ import annotations

from typing import Any

import pytest

from dispatch.errors import ConfigInvalid
from dispatch.read.environment import Variable, variables


@pytest.mark.parametrize(
    ("name", "text", "path", "value"),
    [
        pytest.param("NEWSLETTER__NAME", "5", ("newsletter", "name"), "5", id="a text"),
        pytest.param("NEWSLETTER__FROM", "a@b.ch", ("newsletter", "from"), "a@b.ch", id="the public name"),
        pytest.param("SENDING__SESSIONS", " 8 ", ("sending", "sessions"), 8, id="a number"),
        pytest.param("SENDING__SESSIONS", "eight", ("sending", "sessions"), "eight", id="no number"),
        pytest.param("SENDING__MAX_AGE", "2h", ("sending", "max_age"), "2h", id="a duration"),
        pytest.param("RELAY__HOST", "a.example", ("relay", 0, "host"), "a.example", id="the first relay"),
        pytest.param("RELAY__ALLOW_PLAINTEXT", "Yes", ("relay", 0, "allow_plaintext"), True, id="yes"),
        pytest.param("RELAY__ALLOW_PLAINTEXT", "0", ("relay", 0, "allow_plaintext"), False, id="no"),
        pytest.param("RELAY__ALLOW_PLAINTEXT", "?", ("relay", 0, "allow_plaintext"), "?", id="neither"),
        pytest.param("RELAY__RATE", "14/s, 9/d", ("relay", 0, "rate"), ["14/s", "9/d"], id="two rates"),
        pytest.param(
            "SENDING__DOMAIN_RATE",
            "a.ch=1/s, b.ch = 2/m",
            ("sending", "domain_rate"),
            {"a.ch": "1/s", "b.ch": "2/m"},
            id="rates of domains",
        ),
        pytest.param("DKIM__DOMAIN", "a.ch", ("dkim", "domain"), "a.ch", id="a table that may be missing"),
    ],
)
def test_a_variable_is_a_setting(name: str, text: str, path: tuple[str | int, ...], value: Any) -> None:
    """With the type that the setting has, or as it is for the checks to refuse."""
    assert list(variables({f"DISPATCH_{name}": text})) == [Variable(path, value, f"DISPATCH_{name}")]


@pytest.mark.parametrize(
    "name", ["PATH", "DISPATCH_CONFIG", "DISPATCH_DEBUG", "DISPATCH__X", "XDISPATCH_A__B", "dispatch_a__b"]
)
def test_other_variables_are_left_alone(name: str) -> None:
    """Only DISPATCH_ with a section, two underscores and a key is ours."""
    assert list(variables({name: "x"})) == []


def test_an_empty_variable_is_not_set() -> None:
    """A container passes on what its host has not got as an empty text."""
    assert list(variables({"DISPATCH_RELAY__USER": ""})) == []


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        pytest.param("DISPATCH_RELAY__PASWORD", "did you mean DISPATCH_RELAY__PASSWORD?", id="a slip"),
        pytest.param("DISPATCH_NEWSLETTER__SENDER", None, id="an inner name"),
        pytest.param("DISPATCH_INBOX__ZEBRA", None, id="no such table"),
        pytest.param("DISPATCH_RELAY__HOST__X", "did you mean DISPATCH_RELAY__HOST?", id="too deep"),
        pytest.param("DISPATCH_RELAY__host", "did you mean DISPATCH_RELAY__HOST?", id="small letters"),
    ],
)
def test_an_unknown_setting_is_refused(name: str, hint: str | None) -> None:
    """By the name of the variable, and never by its value."""
    with pytest.raises(ConfigInvalid) as caught:
        list(variables({name: "canary"}, file=".env"))

    assert caught.value.message == f"the variable {name} is no setting"
    assert caught.value.file == ".env"
    assert hint is None or caught.value.hint == hint
