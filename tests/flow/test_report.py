"""`dispatch report`: from a send with refusals to text, JSON and CSV."""

from __future__ import annotations

import csv

from tests.project import TestProject
from tests.servers.scripted import Act, ScriptedServer, running, say


def _by_digit(line: str) -> Act:
    name = line.partition("<")[2].rstrip(">")
    refusals = {"1": say(f"550 5.1.1 <{name}> no such user"), "2": say("450 4.2.0 greylisted")}
    return refusals.get(name.partition("@")[0][-1], say("250 ok"))


def test_a_report_groups_refusals_by_reply(project: TestProject) -> None:
    """One line for twenty people who do not exist, with examples; and each person has a row in the CSV."""
    project.people(100)
    with running(ScriptedServer({"RCPT": _by_digit})) as server:
        project.relay(server.port)
        assert project.here("send", "news", "--yes").code == 75
    text = project.here("report", "news").out
    assert "       10  failed, hard: 550 5.1.1 <address> no such user\n" in text
    assert "       10  deferred: 450 4.2.0 greylisted\n" in text
    assert "reader1@example.com, reader11@example.com, reader21@example.com and 7 more\n" in text
    facts = project.here("report", "news", "--json").object
    assert [(one["state"], one["count"]) for one in facts["refusals"]] == [("failed", 10), ("deferred", 10)]
    assert facts["states"] == project.status()["states"]
    file = project.root / "report.csv"
    assert project.here("report", "news", "--format", "csv", "-o", str(file)).code == 0
    with file.open(newline="") as table:
        rows = list(csv.DictReader(table))
    assert [row["line"] for row in rows] == [str(line) for line in range(2, 102)]
    assert {row["email"] for row in rows if row["state"] == "failed"} == {
        f"reader{number}@example.com" for number in range(1, 100, 10)
    }
    assert project.here("report", "news", "--format", "csv").out == file.read_bytes().decode()


def test_a_report_of_nothing_is_an_error(project: TestProject) -> None:
    """An issue that was never planned, a format that does not exist, a file that cannot be."""
    assert project.here("report", "news").code == 66
    project.here("send", "news", "--yes")
    assert project.here("report", "news", "--format", "pdf").code == 2
    assert project.here("report", "news", "-o", str(project.root / "no" / "file")).code == 2
