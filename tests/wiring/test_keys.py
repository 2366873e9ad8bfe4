"""The newsletter's key: made when it is first needed, for its owner's eyes only."""

from __future__ import annotations

import stat

import pytest

from dispatch.errors import ConfigInvalid
from dispatch.wiring.keys import Keys, key_file, project_keyring, pseudonyms_of, rotate, verifier
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


def test_a_new_key_signs_and_the_old_ones_verify(project: TestProject) -> None:
    """Also for who has read the keys before; the file stays its owner's, and nothing is left beside it."""
    found = find_project(project.configuration)
    verify = verifier(found)
    keys = Keys(found)
    old = keys.ring.token("unsubscribe", 7)
    pseudonyms = pseudonyms_of(found)
    (before,) = pseudonyms("ann@example.com")
    assert verify("unsubscribe", old) is None  # no key was there when it was asked for
    verify = verifier(found)
    assert (rotate(found), key_file(found)[1]) == (2, 2)
    new = project_keyring(found).token("unsubscribe", 7)
    assert new != old
    assert [verify("unsubscribe", one) for one in (old, new)] == [7, 7]
    assert [keys.ring.verify("unsubscribe", one) for one in (old, new)] == [7, 7]
    assert keys.ring.token("unsubscribe", 7) == new
    assert pseudonyms("ann@example.com")[1:] == (before,)
    folder = project.root / ".dispatch"
    assert stat.S_IMODE((folder / "key").stat().st_mode) == 0o600
    assert {one.name for one in folder.iterdir()} <= {"key", "key.lock"}


def test_there_is_an_end_of_numbers(project: TestProject) -> None:
    """A byte of each token names its key."""
    found = find_project(project.configuration)
    path, _ = key_file(found)
    path.write_text(path.read_text() * 255)
    with pytest.raises(ConfigInvalid, match="255 keys"):
        rotate(found)
    assert key_file(found)[1] == 255


def test_the_command_makes_and_rotates_it(project: TestProject) -> None:
    """It says which signs, and never shows it."""
    assert project.here("config", "key", "--json").object == {"v": 1, "file": _shown(project), "signs": 1}
    assert project.here("config", "rotate-key").out == f"{_shown(project)}: key 2 signs\n"
    assert project.here("config", "key", "--json").object["signs"] == 2
    told = project.here("config", "rotate-key")
    secrets = (project.root / ".dispatch" / "key").read_text().split()
    assert not any(secret in told.out + told.err for secret in secrets)


def _shown(project: TestProject) -> str:
    return str((project.root / ".dispatch" / "key").relative_to(project.root))
