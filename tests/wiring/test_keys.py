"""The newsletter's key: made when it is first needed, for its owner's eyes only."""

from __future__ import annotations

import stat

import pytest

from dispatch.errors import ConfigInvalid
from dispatch.wiring.keys import project_keyring, pseudonyms_of
from dispatch.wiring.project import find_project
from tests.project import TestProject


def test_the_key_is_made_once(project: TestProject) -> None:
    """With the mode 0600 in a folder of 0700; the same one signs for ever."""
    found = find_project(project.configuration)
    first = project_keyring(found).token("unsubscribe", 1)
    key = project.root / ".dispatch" / "key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert stat.S_IMODE(key.parent.stat().st_mode) == 0o700
    assert project_keyring(found).token("unsubscribe", 1) == first


def test_looking_makes_no_key(project: TestProject) -> None:
    """Only when somebody's pseudonym is needed, and then it is the keyring's."""
    found = find_project(project.configuration)
    pseudonyms = pseudonyms_of(found)
    assert not (project.root / ".dispatch").exists()
    assert pseudonyms("ann@example.com") == project_keyring(found).pseudonyms("ann@example.com")


def test_a_broken_key_is_named(project: TestProject) -> None:
    """It is not replaced: links in mail already sent depend on it."""
    (project.root / ".dispatch").mkdir()
    key = project.root / ".dispatch" / "key"
    key.write_text("not hexadecimal\n")
    with pytest.raises(ConfigInvalid) as caught:
        project_keyring(find_project(project.configuration))
    assert caught.value.file == str(key)
    assert key.read_text() == "not hexadecimal\n"
