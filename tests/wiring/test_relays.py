"""Passwords come from where the configuration says, and from nowhere else; weights share the connections."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from dispatch.errors import ConfigInvalid
from dispatch.wiring.project import Project, find_project
from dispatch.wiring.relays import (
    describe_relays,
    estimate_seconds,
    open_outlets,
    password_of,
    reached_from,
)


def _project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *relays: str) -> Project:
    tables = "".join(f'[[relay]]\nhost = "127.0.0.1"\nuser = "ann"\n{relay}\n' for relay in relays)
    (tmp_path / "dispatch.toml").write_text(tables)
    monkeypatch.chdir(tmp_path)
    return find_project(None)


@pytest.mark.parametrize(
    "setting",
    ['password = "s3cret"', 'password_file = "word"', 'password_command = "printf s3cret"', ""],
    ids=["plain", "file", "command", "credentials"],
)
def test_a_password_is_fetched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, setting: str) -> None:
    """From the settings, a file beside them, a command, or systemd's credentials; line ends do not count."""
    (tmp_path / "word").write_text("s3cret\n")
    (tmp_path / "smtp-password").write_text("s3cret\n")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    project = _project(tmp_path, monkeypatch, setting)
    assert password_of(project.settings.relay[0], project) == "s3cret"


@pytest.mark.parametrize(
    "setting",
    ['password_file = "nowhere"', 'password_command = "false"', 'password_command = "no-such-program \'x"'],
    ids=["no file", "failing command", "broken command"],
)
def test_a_password_that_cannot_be_had_is_a_clear_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, setting: str
) -> None:
    """With the relay's name, and what to try."""
    project = _project(tmp_path, monkeypatch, setting)
    with pytest.raises(ConfigInvalid, match=r"127\.0\.0\.1:587") as caught:
        password_of(project.settings.relay[0], project)
    assert caught.value.hint


def test_weights_share_the_connections(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The heaviest relay gets all that are allowed, the others their share, at least one."""
    project = _project(tmp_path, monkeypatch, "weight = 8", "weight = 4", "weight = 1")

    async def sessions() -> list[int]:
        async with open_outlets(project, sessions=4) as outlets:
            return [outlet.sessions for outlet in outlets]

    assert asyncio.run(sessions()) == [4, 2, 1]


def test_time_is_estimated_from_the_slowest_promise(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """1,000 copies at 10/s and at 1,000 a day."""
    assert estimate_seconds(_project(tmp_path, monkeypatch, 'rate = "10/s"'), 1000, None, ()) == 100
    assert estimate_seconds(_project(tmp_path, monkeypatch, 'rate = "1000/d"'), 1000, None, ()) == 86400


def test_the_sandbox_says_what_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Loudly, before anything is sent."""
    assert "nothing leaves this machine" in describe_relays(_project(tmp_path, monkeypatch))


@pytest.mark.parametrize(
    ("setting", "file"),
    [("", None), ('ca_file = "ca.pem"', "ca.pem"), ('ca_file = "/etc/ca.pem"', "/etc/ca.pem")],
)
def test_ca_file_lies_beside_the_configuration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, setting: str, file: str | None
) -> None:
    """Wherever one stands; an absolute path stays as it is."""
    project = _project(tmp_path, monkeypatch, setting)
    found = reached_from(project, project.settings.relay[0]).ca_file
    assert found == (None if file is None else str(tmp_path / file))
