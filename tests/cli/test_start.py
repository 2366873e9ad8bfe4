"""The first look: help is quick because it imports little, and every page of the manual opens."""

from __future__ import annotations

import subprocess
import sys

import pytest

from dispatch.cli.manual import TOPICS
from tests.project import TestProject

HEAVY = {"premailer", "lxml", "sqlalchemy", "jinja2", "markdown_it", "aiosmtplib", "cryptography", "alembic"}
HEAVY |= {"email_validator", "rich"}
NOT_FOR_STATUS = {"asyncio", "filelock", "ssl", "yaml"}


def _imported(*arguments: str) -> set[str]:
    """The top-level modules that a command has imported when it ends."""
    code = (
        "import sys; from dispatch.cli.app import run; run(sys.argv[1:]); "
        "print(' '.join({name.partition('.')[0] for name in sys.modules}), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True, timeout=60
    )
    return set(done.stderr.split())


@pytest.mark.parametrize(
    "arguments",
    [("--help",), ("--version",), ("send", "--help"), ()],
    ids=["help", "version", "send", "bare"],
)
def test_help_imports_nothing_heavy(arguments: tuple[str, ...]) -> None:
    """Seeing what there is must not wait for the libraries that only sending needs."""
    assert _imported(*arguments) & HEAVY == set()


def test_a_bare_call_shows_what_there_is(project: TestProject) -> None:
    """As --help does; a family of commands says that one of them is missing."""
    assert project.run() == project.run("--help")
    missing = project.run("list")
    assert (missing.code, missing.err) == (2, "error: missing command\nhint: dispatch list --help\n")


@pytest.mark.parametrize("name", [(), ("news",)], ids=["the newest", "a slug"])
def test_status_imports_settings_and_sqlite(project: TestProject, name: tuple[str, ...]) -> None:
    """It reads the ledger, and needs neither templates nor TLS, nor what writes and locks."""
    assert project.run("send", "news", "--yes").code == 0
    assert _imported("-C", str(project.root), "status", *name) & (HEAVY | NOT_FOR_STATUS) == set()


def test_resume_imports_no_more_while_nothing_is_unfinished(project: TestProject) -> None:
    """Cron asks every few minutes."""
    assert project.run("send", "news", "--yes").code == 0
    answer = project.run("resume")
    assert (answer.code, answer.err) == (0, "nothing is unfinished\n")
    assert _imported("-q", "-C", str(project.root), "resume") & (HEAVY | NOT_FOR_STATUS) == set()


def test_why_imports_the_ledger_and_nothing_of_rendering(project: TestProject) -> None:
    """One person's story is read by SQLAlchemy, and by nothing else that is heavy."""
    assert project.run("send", "news", "--yes").code == 0
    found = _imported("-C", str(project.root), "why", "reader0@example.com")
    assert found & (HEAVY - {"sqlalchemy"}) == set()


def test_going_on_imports_neither_the_checks_nor_an_http_client(project: TestProject) -> None:
    """The letter was checked when it was planned, and premailer's fetching is shut off."""
    assert project.run("send", "news", "--yes", "--limit", "1").code == 75
    found = _imported("-q", "-C", str(project.root), "resume")
    assert "premailer" in found
    assert found & {"requests", "urllib3", "cssselect2"} == set()


@pytest.mark.parametrize("topic", TOPICS)
def test_each_page_of_the_manual_opens(project: TestProject, topic: str) -> None:
    """A heading and something below it."""
    answer = project.run("help", topic)
    assert answer.code == 0
    assert answer.out.startswith("# ")
    assert len(answer.out.splitlines()) > 10


def test_a_misspelt_page_is_guessed(project: TestProject) -> None:
    """Exit 2 and the page that was meant."""
    answer = project.run("help", "exit-code")
    assert (answer.code, "did you mean exit-codes?" in answer.err) == (2, True)


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("dispatch doc", ["doctor"]),
        ("dispatch doctor --onl", ["--online"]),
        ("dispatch re", ["render", "resume"]),
    ],
)
def test_a_shell_completes_commands_and_options(project: TestProject, typed: str, offered: list[str]) -> None:
    """As bash asks for it, with the script that --show-completion prints."""
    words = {"COMP_WORDS": typed, "COMP_CWORD": str(len(typed.split()) - 1)}
    answer = project.run(env={"_DISPATCH_COMPLETE": "complete_bash", **words})
    assert set(offered) <= set(answer.out.split())
    assert all(word.startswith(typed.rpartition(" ")[2]) for word in answer.out.split())


def test_global_options_stand_before_or_after_the_command(project: TestProject) -> None:
    """Both ways say the same."""
    before = project.run("--json", "-C", str(project.root), "plan", "news")
    after = project.run("plan", "news", "--json", f"--directory={project.root}")
    assert before.object == after.object
