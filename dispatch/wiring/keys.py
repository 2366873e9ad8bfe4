"""The newsletter's keys, in a file of their own: what signs links, and what forgotten people are known by."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Sequence
from functools import cache

from dispatch.errors import ConfigInvalid
from dispatch.mail.token import Keyring, new_key
from dispatch.wiring.project import Project, private_folder

_KEY_FILE = "key"


def project_keyring(project: Project) -> Keyring:
    """The newsletter's keys; the first one is made on first use, readable by its owner alone."""
    path = private_folder(project.state) / _KEY_FILE
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        pass
    else:
        with os.fdopen(descriptor, "w") as file:
            file.write(new_key(secrets.token_bytes(32)).hex() + "\n")
    try:
        return Keyring({1: bytes.fromhex(path.read_text())}, 1)
    except (ValueError, OSError) as error:
        raise ConfigInvalid(
            f"the key cannot be used: {error}",
            file=str(path),
            hint="put the file back from a backup: links in mail already sent depend on it",
        ) from error


def pseudonyms_of(project: Project) -> Callable[[str], Sequence[str]]:
    """How the ledger names forgotten people. The key is read when it is needed: looking makes none."""
    keyring = cache(lambda: project_keyring(project))
    return lambda key: keyring().pseudonyms(key)


def verifier(project: Project) -> Callable[[str, str], int | None]:
    """What tells whose copy a token names; where no key was ever made, no token is ours."""
    if not (project.state / _KEY_FILE).exists():
        return lambda _purpose, _token: None
    return project_keyring(project).verify
