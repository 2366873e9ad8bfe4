"""`schedule`: what it prints is what cron and systemd read, and it sends the issue when it is run."""

from __future__ import annotations

import re
import shutil
import subprocess
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from dispatch.cli.scheduling import Errand, cron_sheets, systemd_sheets
from tests.project import TestProject
from tests.servers.programs import missing

ODD = 'it\'s 50% of $HOME \\ "x"'


def errand(moment: datetime, folder: str = "/home/ann/letter", issue: str = "issues/a.md") -> Errand:
    """One to print."""
    words = ("/usr/bin/env", "send", issue, "--yes")
    return Errand(slug="a", title="The news: 100%", folder=Path(folder), words=words, moment=moment)


def test_cron_begins_at_the_minute_and_comes_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """In the machine's own time, over the end of the year."""
    monkeypatch.setenv("TZ", "Europe/Zurich")
    import time

    time.tzset()
    try:
        (sheet,) = cron_sheets(errand(datetime(2026, 12, 31, 7, 30, tzinfo=UTC)))
    finally:
        monkeypatch.undo()
        time.tzset()
    assert sheet.text.splitlines()[0] == "# The news: 100%"
    assert "2026-12-31 08:30" in sheet.text
    command = "cd /home/ann/letter && /usr/bin/env send issues/a.md --yes -q"
    assert sheet.text.splitlines()[-3:] == [
        f"30 8 31 12 *       {command}",
        f"*/15 9-23 31 12 *  {command}",
        f"*/15 * 1 1 *       {command}",
    ]


def test_an_issue_of_the_last_hour_has_no_later_one() -> None:
    """At 23:10 the next quarter is tomorrow's."""
    moment = datetime.now().astimezone().replace(hour=23, minute=10)
    (sheet,) = cron_sheets(errand(moment))
    assert len([line for line in sheet.text.splitlines() if " && " in line]) == 2
    assert "24-23" not in sheet.text


def test_odd_names_reach_the_shell_whole(tmp_path: Path) -> None:
    """Quoted for the shell, with % escaped as a crontab needs it (crontab(5))."""
    folder = tmp_path / ODD
    folder.mkdir()
    (sheet,) = cron_sheets(errand(datetime.now(UTC), str(folder), f"issues/{ODD}.md"))
    line = sheet.text.splitlines()[-1].partition("*  ")[2].strip()
    assert not re.search(r"(?<!\\)%", line)
    run = subprocess.run(
        ["sh", "-c", line.replace("\\%", "%").replace("/usr/bin/env send", "printf '%s\\n' \"$PWD\"")],
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.splitlines()[:2] == [str(folder), f"issues/{ODD}.md"]


def test_systemd_reads_what_is_printed(tmp_path: Path) -> None:
    """Its own examiner finds nothing, odd names included; the moment is the one that was meant."""
    analyze = shutil.which("systemd-analyze") or missing("systemd-analyze")
    folder = tmp_path / "it's 50% of $HOME"
    folder.mkdir()
    moment = datetime(2027, 3, 28, 2, 30, tzinfo=ZoneInfo("America/New_York"))
    files = []
    for sheet in systemd_sheets(errand(moment, str(folder), f"issues/{ODD}.md")):
        file = tmp_path / sheet.place.rpartition("/")[2]
        file.write_text(sheet.text)
        files.append(str(file))
    assert [Path(file).name for file in files] == ["dispatch-a.service", "dispatch-a.timer"]
    verdict = subprocess.run([analyze, "verify", *files], capture_output=True, text=True, check=False)
    assert "dispatch-a" not in verdict.stdout + verdict.stderr
    found = re.search("OnCalendar=(.*)", Path(files[1]).read_text())
    assert found
    calendar = subprocess.run([analyze, "calendar", found[1]], capture_output=True, text=True, check=True)
    assert "2027-03-28 06:30:00 UTC" in calendar.stdout


def test_an_offset_without_a_name_is_told_in_utc() -> None:
    """systemd takes names of zones only."""
    moment = datetime(2027, 1, 1, 0, 30, tzinfo=timezone(timedelta(hours=1)))
    assert "OnCalendar=2026-12-31 23:30:00 UTC\n" in systemd_sheets(errand(moment))[1].text


def test_send_at_of_the_issue_is_its_time(project: TestProject) -> None:
    """In the newsletter's time zone; --at is said instead of it."""
    project.configuration.write_text(project.configuration.read_text() + 'timezone = "Asia/Tokyo"\n')
    text = project.issue.read_text().replace(
        "date: 2026-11-20", "date: 2026-11-20\nsend_at: 2099-05-01 08:00"
    )
    project.issue.write_text(text)
    answer = project.here("schedule", "news", "--systemd")
    assert (answer.code, "OnCalendar=2099-05-01 08:00:00 Asia/Tokyo" in answer.out) == (0, True)
    assert "systemctl --user enable --now dispatch-news.timer" in answer.err
    told = project.here("schedule", "news", "--cron", "--at", "2099-06-01T09:00", "--json").object
    assert (told["issue"], told["at"]) == ("news", "2099-06-01T09:00:00+09:00")
    assert told["files"][0]["place"] == "crontab"
    assert not (project.root / ".dispatch").exists()


def test_the_printed_line_sends(project: TestProject) -> None:
    """Run by a shell from anywhere, quietly; the second time nothing is left to do."""
    answer = project.here("-c", str(project.configuration), "schedule", "news", "--cron", "--at", "23:59")
    line = answer.out.splitlines()[-2].partition("cd ")[2]
    for _ in range(2):
        run = subprocess.run(["sh", "-c", f"cd {line}"], cwd="/", capture_output=True, text=True, check=False)
        assert (run.returncode, run.stdout, run.stderr) == (0, "", "")
    assert len(project.outbox()) == 2


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("news",), 2, "--cron or --systemd"),
        (("news", "--cron", "--systemd", "--at", "08:00"), 2, "--cron or --systemd"),
        (("news", "--cron"), 2, "no time at which"),
        (("news", "--cron", "--at", "2020-01-01T08:00"), 2, "is past"),
        (("news", "--cron", "--at", "soon"), 2, "not a time"),
        (("nwes", "--cron", "--at", "08:00"), 66, "no issue nwes"),
    ],
)
def test_what_cannot_be_scheduled_is_told(
    project: TestProject, arguments: tuple[str, ...], code: int, words: str
) -> None:
    """One error with the next command, and nothing on stdout."""
    answer = project.here("schedule", *arguments)
    assert (answer.code, answer.out, words in answer.err) == (code, "", True), answer.err
    assert "hint: " in answer.err
