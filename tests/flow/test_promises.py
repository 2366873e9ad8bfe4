"""A plan that is kept, changes that are named, one bad value that stops all, and a ledger that adds up."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.project import TestProject


def _other_text(project: TestProject) -> None:
    project.issue.write_text(project.issue.read_text().replace("This is", "These are"))


def _other_layout(project: TestProject) -> None:
    project.configuration.write_text(project.configuration.read_text().replace("Street", "Road"))


def _other_list(project: TestProject) -> None:
    project.people(3)


CHANGES = pytest.mark.parametrize(
    ("change", "words"),
    [
        (_other_text, "the issue has changed"),
        (_other_layout, "the layout or [newsletter] has changed"),
        (_other_list, "the list has changed"),
    ],
    ids=["issue", "layout", "list"],
)


@CHANGES
def test_a_kept_plan_is_refused_when_something_changed(
    project: TestProject, change: Callable[[TestProject], None], words: str
) -> None:
    """Exit 65, what has changed, nothing sent and nothing planned; as it was, it is sent."""
    assert project.here("plan", "news", "-o", str(project.root / "plan.json")).code == 0
    before = {file: file.read_text() for file in (project.issue, project.configuration, project.list)}
    change(project)
    for asked in (["--yes"], ["--dry-run"]):
        refused = project.here("send", "news", "--plan", "plan.json", *asked)
        assert (refused.code, words in refused.err) == (65, True), refused.err
    assert project.outbox() == []
    assert project.here("status", "--json").object == {"v": 1, "issues": []}
    for file, text in before.items():
        file.write_text(text)
    assert project.here("send", "news", "--plan", "plan.json", "--yes").code == 0
    assert len(project.outbox()) == 2
    assert project.here("send", "news", "--plan", "plan.json", "--yes").code == 0


def test_a_kept_plan_keeps_its_people(project: TestProject) -> None:
    """--where and --limit of the plan hold for the send, and another --where is refused."""
    project.people(5)
    file = str(project.root / "plan.json")
    some = 'subscriber.name != "Reader 0"'
    plan = project.here("plan", "news", "--where", some, "--limit", "3", "-o", file, "--json").object
    assert (plan["to_send"], plan["where"], plan["limit"]) == (3, some, 3)
    other = project.here("send", "news", "--plan", file, "--where", "true", "--yes")
    assert (other.code, some in other.err) == (65, True)
    assert project.here("send", "news", "--plan", file, "--yes").code == 75
    assert sorted(mail["To"] for mail in project.outbox()) == [f"reader{n}@example.com" for n in (1, 2, 3)]


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "{",
        "null",
        '{"v": 1}',
        "[" * 100_000,
        '{"issue": 3}',
        b"\xff\xfe",
        '{"issue": "news", "list": ""}',
    ],
)
def test_a_file_that_is_no_plan_is_told(project: TestProject, content: str | bytes) -> None:
    """Exit 65 with its name; a missing one is 66; a plan of another issue is none of this one."""
    file = project.root / "plan.json"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    answer = project.here("send", "news", "--plan", "plan.json", "--yes")
    assert (answer.code, "plan.json: this file is no plan" in answer.err) == (65, True)
    assert project.here("send", "news", "--plan", "plna.json", "--yes").code == 66


def test_a_plan_of_another_issue_is_refused(project: TestProject) -> None:
    """Even when the text is the same."""
    second = project.root / "issues" / "second.md"
    second.write_text(project.issue.read_text())
    project.here("plan", "second", "-o", str(project.root / "plan.json"))
    answer = project.here("send", "news", "--plan", "plan.json", "--yes")
    assert (answer.code, "a plan of second, not of news" in answer.err) == (65, True)
    assert project.here("plan", "news", "-o", str(project.root / "no" / "plan.json")).code == 2


@CHANGES
def test_accepting_changes_says_what_changed(
    project: TestProject, change: Callable[[TestProject], None], words: str
) -> None:
    """Before anything is sent; and when nothing has changed, that."""
    project.people(2)
    assert project.here("send", "news", "--yes", "--limit", "1").code == 75
    change(project)
    answer = project.here("send", "news", "--yes", "--limit", "1", "--accept-changes")
    assert f"{words} since the plan" in answer.err
    assert answer.code == 0
    assert len(project.outbox()) == 2


def test_accepting_nothing_says_so(project: TestProject) -> None:
    """The event for programs has an empty list."""
    project.here("send", "news", "--yes", "--limit", "1")
    events = project.here("resume", "news", "--accept-changes", "--json").events
    assert [event["changed"] for event in events if event["event"] == "changes"] == [[]]


def test_one_value_that_cannot_be_rendered_stops_everything(project: TestProject) -> None:
    """The line of the list and of the issue are named, exit 65, no mail left, and nothing was planned."""
    text = project.issue.read_text().replace("subscriber.name", "subscriber.email")
    project.issue.write_text(text + '\nSince month {{ subscriber.since.split("-")[1] }}.\n')
    rows = "".join(f"reader{number}@example.com,2024-05-01\n" for number in range(700))
    project.list.write_text(f"email,since\n{rows}odd@example.com,last spring\n{rows.replace('reader', 'r')}")
    answer = project.here("send", "news", "--yes")
    assert answer.code == 65
    assert "odd@example.com" in answer.err
    assert "subscribers.csv:702" in answer.err
    assert answer.err.startswith("error: issues/news.md:"), answer.err
    assert project.outbox() == []
    assert project.here("status", "--json").object == {"v": 1, "issues": []}


def test_progress_is_shown_while_everyone_is_rendered(project: TestProject) -> None:
    """Plain lines where there is no terminal."""
    project.people(2500)
    answer = project.here("plan", "news")
    assert "reading the list: 1,000" in answer.err
    assert project.here("plan", "news", "--json").object["rendered"] == 2500


def _spoil(project: TestProject, statement: str) -> None:
    book = sqlite3.connect(project.root / ".dispatch" / "ledger.db")
    with book:
        book.execute(statement)
    book.close()


def test_a_ledger_that_does_not_add_up_is_told_with_its_rows(project: TestProject) -> None:
    """`status`, the end of a run and `doctor` end with 1; the row is named."""
    project.people(3)
    project.here("send", "news", "--yes", "--limit", "1")
    assert project.here("doctor", "--ledger").code == 0
    _spoil(project, "UPDATE delivery SET state = 'lost' WHERE line = 3")
    for words in (["status", "news"], ["resume", "news"], ["doctor", "--ledger"]):
        answer = project.here(*words)
        assert answer.code == 1, words
        assert (
            "line 3, reader1@example.com: the history ends at queued, the row says lost"
            in answer.out + answer.err
        )
    assert not project.here("status", "news", "--json").events[0]["balanced"]


def test_a_history_that_was_changed_is_found(project: TestProject) -> None:
    """The sum is right, and still the replay finds the row; so does SQLite find what is missing."""
    project.here("send", "news", "--yes")
    _spoil(project, "UPDATE delivery SET state = 'failed' WHERE line = 2")
    assert project.here("status", "news").code == 0
    told = project.here("doctor", "--ledger", "--json")
    assert (told.code, told.object["ok"]) == (1, False)
    (check,) = told.object["checks"]
    assert check["findings"] == [
        "news: line 2, reader0@example.com: the history ends at sent, the row says failed"
    ]
    _spoil(project, "DELETE FROM delivery WHERE line = 3")
    assert "belongs to a row of delivery that is gone" in project.here("doctor", "--ledger").out


def test_the_doctor_names_what_is_wrong(project: TestProject) -> None:
    """A broken issue and a missing list are findings, and the rest is examined all the same."""
    sound = project.here("doctor", "--json")
    names = [one["check"] for one in sound.object["checks"]]
    assert (sound.code, names[:4]) == (0, ["configuration", "list", "templates", "ledger"])
    assert {one["status"] for one in sound.object["checks"]} == {"ok"}
    project.issue.write_text(project.issue.read_text() + "\n{{ subscriber.nmae }}\n")
    project.list.unlink()
    ill = project.here("doctor")
    assert ill.code == 1
    assert "issues/news.md:" in ill.out
    assert "subscribers.csv" in ill.out
    project.configuration.write_text("[newsletter]\nnaem = 'x'\n")
    assert project.here("doctor").code == 1


def test_a_file_that_is_no_ledger_is_a_finding(project: TestProject) -> None:
    """Exit 1 with the name of the file."""
    (project.root / ".dispatch").mkdir(exist_ok=True)
    Path(project.root / ".dispatch" / "ledger.db").write_bytes(b"not a database at all, but long enough" * 40)
    told = project.here("doctor", "--ledger", "--json")
    assert told.code == 1
    assert "ledger.db" in json.dumps(told.object)
