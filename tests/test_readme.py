"""The README tells the truth: its commands run, and every command and option of the program stands in it."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main

from dispatch.cli.app import app
from tests.project import TestProject

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def _block(mark: str) -> list[str]:
    """The command lines between `<!-- mark -->` and `<!-- end -->`."""
    section = README.split(f"<!-- {mark} -->")[1].split("<!-- end -->")[0]
    return [line for line in section.splitlines() if line and not line.startswith("```")]


def _commands() -> Iterator[tuple[str, Any]]:
    """Every command, those of a group as `list add`, in the order of the help."""
    root = typer.main.get_command(app)
    for name, command in root.commands.items():  # type: ignore[attr-defined]
        inside = getattr(command, "commands", None)
        if inside is None:
            yield name, command
        else:
            yield from ((f"{name} {one}", inner) for one, inner in inside.items())


def _options() -> Iterator[tuple[str, str]]:
    for name, command in _commands():
        for parameter in command.params:
            for option in (*parameter.opts, *parameter.secondary_opts):
                if option.startswith("-"):
                    yield name, option


@pytest.mark.parametrize(("command", "option"), list(_options()))
def test_every_option_stands_in_the_readme(command: str, option: str) -> None:
    """In the row of its command."""
    row = next(line for line in README.splitlines() if line.startswith(f"| `dispatch {command}"))
    assert option == "--help" or f"`{option}" in row or f"/{option}`" in row or f"`{option}`" in row


def test_every_command_stands_in_the_readme() -> None:
    """With a row of its own, and no row for a command that does not exist."""
    rows = re.findall(r"^\| `dispatch (\w+(?: [a-z]+)?)", README, re.MULTILINE)
    assert rows == [name for name, _ in _commands()]


def test_the_sample_is_sent_as_the_readme_says(tmp_path: Path) -> None:
    """The commands after the installation, in a copy of what the repository holds."""
    copy = tmp_path / "checkout"
    subprocess.run(["git", "clone", "--quiet", ROOT, copy], check=True)
    (line,) = _block("try")
    sample = line.split(" && ")[-1].split()
    assert sample[0].endswith("/dispatch")
    commands = [sample, *(one.split(" > ")[0].split() for one in _block("look"))]
    answers = [
        subprocess.run(
            [sys.executable, "-m", "dispatch", *words[1:]],
            cwd=copy,
            capture_output=True,
            text=True,
            check=True,
        )
        for words in commands
    ]
    assert "16  sent" in answers[0].stdout
    assert len(list((copy / ".dispatch" / "outbox" / "new").iterdir())) == 16
    assert "ann@example.com" in answers[1].stdout
    assert "The ten minutes after the dot" in answers[2].stdout
    assert answers[3].stdout.startswith("<!DOCTYPE html>")


def test_the_steps_of_a_new_newsletter_work(tmp_path: Path, project: TestProject) -> None:
    """init, new, preview, test, plan and send, as in the section on your own newsletter."""
    assert project.here("init", str(tmp_path / "mine")).code == 0
    inside = ("-C", str(tmp_path / "mine"))
    issue = project.here(*inside, "new", "The first issue").out.strip()
    assert project.here(*inside, "preview", issue).code == 0
    assert project.here(*inside, "test", issue, "you@example.com").code == 0
    assert project.here(*inside, "plan", issue).code == 0
    assert project.here(*inside, "send", issue, "--yes").code == 0
