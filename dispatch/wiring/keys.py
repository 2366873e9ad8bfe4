"""The newsletter's keys, in a file of their own: what signs links, and what forgotten people are known by.

A key a line, in hexadecimal, numbered from 1; the last one signs, and all of them verify, for ever.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path

from dispatch.errors import ConfigInvalid
from dispatch.mail.token import Keyring, new_key
from dispatch.wiring.locks import hold
from dispatch.wiring.project import Project, private_folder

_KEY_FILE = "key"
_LARGEST_NUMBER = 255
_LOCK_WAIT = 10.0


def project_keyring(project: Project) -> Keyring:
    """The newsletter's keys; the first one is made on first use, readable by its owner alone."""
    path = private_folder(project.state) / _KEY_FILE
    with suppress(FileExistsError):
        _write(path, [_fresh()])
    return _keyring(path)


def key_file(project: Project) -> tuple[Path, int]:
    """Where the keys are, and the number of the one that signs; the first one is made if there is none."""
    project_keyring(project)
    path = project.state / _KEY_FILE
    return path, len(_lines(path))


def rotate(project: Project) -> int:
    """Add a key that signs from now on, and give its number. Raises ConfigInvalid when there are too many."""
    path, _ = key_file(project)
    lock = hold(project.state / "key.lock", _LOCK_WAIT)
    try:
        lines = [*_lines(path), _fresh()]
        if len(lines) > _LARGEST_NUMBER:
            raise ConfigInvalid(
                f"there are {_LARGEST_NUMBER} keys, and no more can be told apart", file=str(path)
            )
        draft = path.with_name(f".{_KEY_FILE}.{secrets.token_hex(6)}")
        try:
            _write(draft, lines)
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
    finally:
        lock.release()
    return len(lines)


class Keys:
    """The keys as they are at any moment, for who stays long: another program may have added one."""

    def __init__(self, project: Project) -> None:
        self._path = project.state / _KEY_FILE
        self._keyring = project_keyring(project)
        self._state = self._look()

    @property
    def ring(self) -> Keyring:
        """All of them."""
        if (state := self._look()) != self._state:
            self._keyring, self._state = _keyring(self._path), state
        return self._keyring

    def _look(self) -> tuple[int, int]:
        facts = self._path.stat()
        return facts.st_ino, facts.st_mtime_ns


def pseudonyms_of(project: Project) -> Callable[[str], Sequence[str]]:
    """How the ledger names forgotten people. The key is read when it is needed: looking makes none."""
    keys = cache(lambda: Keys(project))

    def names(key: str) -> Sequence[str]:
        return keys().ring.pseudonyms(key)

    return names


def verifier(project: Project) -> Callable[[str, str], int | None]:
    """What tells whose copy a token names; where no key was ever made, no token is ours."""
    if not (project.state / _KEY_FILE).exists():
        return lambda _purpose, _token: None
    keys = Keys(project)

    def verify(purpose: str, token: str) -> int | None:
        return keys.ring.verify(purpose, token)

    return verify


def _keyring(path: Path) -> Keyring:
    try:
        keys = {number: bytes.fromhex(line) for number, line in enumerate(_lines(path), start=1)}
        return Keyring(keys, len(keys))
    except (ValueError, OSError) as error:
        raise ConfigInvalid(
            f"the key cannot be used: {error}",
            file=str(path),
            hint="put the file back from a backup: links in mail already sent depend on it",
        ) from error


def _fresh() -> str:
    return new_key(secrets.token_bytes(32)).hex()


def _lines(path: Path) -> list[str]:
    return path.read_text().split()


def _write(path: Path, lines: Sequence[str]) -> None:
    """Write a file that is not there yet. Raises FileExistsError."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write("".join(f"{line}\n" for line in lines))
        file.flush()
        os.fsync(descriptor)
