"""How the doctor's round looks: aligned, wrapped on a terminal only, records whole, and the same as JSON."""

from __future__ import annotations

import pytest

from dispatch.cli import doctor
from dispatch.cli.console import Console
from dispatch.cli.doctor import Group
from dispatch.model.note import fail, ok, warn
from tests.project import TestProject

RECORD = 'publish example.com. IN TXT "' + "word " * 30 + '"'
GROUP = Group(
    "DNS",
    [
        ok("SPF", "fine"),
        warn("DKIM", "one two three four five six seven eight nine ten eleven twelve", "do this and that"),
        fail("DMARC", "none\x1b[2J", RECORD),
    ],
)


def _shown(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *, terminal: bool
) -> list[str]:
    monkeypatch.setattr(Console, "is_terminal", terminal)
    monkeypatch.setattr(Console, "width", 60)
    doctor._print_group(Console(color=False), GROUP)
    return capsys.readouterr().out.splitlines()


def test_a_log_has_a_line_for_each_thing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing is wrapped, and nothing moves the cursor."""
    assert _shown(monkeypatch, capsys, terminal=False) == [
        "DNS",
        "  ok    SPF           fine",
        "  warn  DKIM          one two three four five six seven eight nine ten eleven twelve",
        "                    > do this and that",
        "  fail  DMARC         none\\x1b[2J",
        f"                    > {RECORD}",
        "",
    ]


def test_a_terminal_has_lines_that_fit(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Words are wrapped below themselves; a record to copy stays in one piece."""
    lines = _shown(monkeypatch, capsys, terminal=True)
    assert lines[2:5] == [
        "  warn  DKIM          one two three four five six seven",
        "                      eight nine ten eleven twelve",
        "                    > do this and that",
    ]
    assert lines[-2] == f"                    > {RECORD}"


def test_json_says_the_same(project: TestProject) -> None:
    """One object; `ok` is whether nothing fails, of all and of each."""
    project.issue.write_text(project.issue.read_text() + "\n{{ subscriber.nmae }}\n")
    answer = project.here("doctor", "--json")
    told = answer.object
    assert (answer.code, told["v"], told["ok"]) == (1, 1, False)
    (broken,) = [check for check in told["checks"] if not check["ok"]]
    assert broken == {
        "group": "project",
        "check": "templates",
        "status": "fail",
        "ok": False,
        "seen": "1 of 1 issue cannot be rendered",
        "findings": broken["findings"],
        "mend": "did you mean name?",
    }
    assert broken["findings"][0].startswith("issues/news.md:11: ")


def test_a_broken_configuration_is_the_only_line(project: TestProject) -> None:
    """Nothing else can be looked at; file and line are named."""
    project.configuration.write_text("[newsletter]\nnaem = 'x'\n")
    answer = project.here("doctor")
    assert answer.code == 1
    assert "dispatch.toml:2" in answer.out
    assert answer.out.splitlines()[-1] == "1 fail"


def test_an_impossible_nameserver_is_a_mistake_of_usage(project: TestProject) -> None:
    """Before anything is looked at."""
    answer = project.here("doctor", "--nameserver", "ns.example.com")
    assert (answer.code, answer.out) == (2, "")
    assert "not the address of a DNS server" in answer.err
