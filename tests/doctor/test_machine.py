"""Clock, time zone, disk and permissions, as they are on this machine and as they are made for the test."""

from __future__ import annotations

import os
import shutil
import sys
import zoneinfo
from collections import namedtuple
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine

from dispatch.doctor.machine import look_at_clock, look_at_disk, look_at_permissions, look_at_time_zone
from dispatch.model.note import Grade
from dispatch.wiring.project import Project, find_project
from tests.project import TestProject

OK, WARN, FAIL = Grade.OK, Grade.WARN, Grade.FAIL
NOW = datetime.now(UTC)


@pytest.fixture
def found(project: TestProject) -> Project:
    """The project as commands see it."""
    return find_project(project.configuration)


def test_a_clock_before_the_ledgers_newest_entry_is_wrong(project: TestProject, found: Project) -> None:
    """What was written down cannot lie in the future."""
    project.here("send", "news", "--yes")
    assert look_at_clock(found, datetime.now(UTC))[0].grade is OK
    (note,) = look_at_clock(found, NOW - timedelta(days=2))
    assert (note.grade, "ledger's newest entry" in note.seen, note.mend) == (
        FAIL,
        True,
        "set the clock: timedatectl set-ntp true",
    )


def test_a_file_from_the_future_is_told(project: TestProject, found: Project) -> None:
    """The clock or the file is wrong; either can be mended."""
    now = datetime.now(UTC)
    ahead = (now + timedelta(days=3)).timestamp()
    os.utime(project.issue, (ahead, ahead))
    (note,) = look_at_clock(found, now)
    assert (note.grade, "news.md was changed at" in note.seen, "touch " in note.mend) == (WARN, True, True)


def test_a_clock_set_back_is_found_by_the_command(project: TestProject) -> None:
    """The same through the command line, under a clock of 1970."""
    project.here("send", "news", "--yes")
    with time_machine.travel(datetime(1970, 1, 2, tzinfo=UTC), tick=False):
        answer = project.here("doctor")
    assert answer.code == 1
    assert "it is 1970-01-02 00:00 UTC here" in answer.out


def test_the_local_time_is_told(project: TestProject) -> None:
    """By the newsletter's time zone."""
    noon = datetime(2026, 7, 1, 12, 0, tzinfo=UTC)
    (note,) = look_at_time_zone(find_project(project.configuration), noon)
    assert (note.grade, note.seen) == (OK, "UTC, where it is 12:00")
    project.configuration.write_text(project.configuration.read_text() + 'timezone = "Europe/Zurich"\n')
    zurich = find_project(project.configuration)
    (note,) = look_at_time_zone(zurich, noon)
    assert note.seen == "Europe/Zurich, where it is 14:00"


def test_missing_time_zone_data_are_told(found: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a small container image."""
    monkeypatch.setitem(sys.modules, "tzdata", None)
    zoneinfo.reset_tzpath(to=[])
    zoneinfo.ZoneInfo.clear_cache()
    try:
        (note,) = look_at_time_zone(found, NOW)
    finally:
        zoneinfo.reset_tzpath()
        zoneinfo.ZoneInfo.clear_cache()
    assert (note.grade, note.mend) == (FAIL, "pip install tzdata")


Usage = namedtuple("Usage", ["total", "used", "free"])


@pytest.mark.parametrize(
    ("free", "grades"),
    [(10**12, (OK, OK)), (2 * 10**8, (WARN, OK)), (5 * 10**7, (FAIL, WARN)), (10**5, (FAIL, FAIL))],
)
def test_the_disk_is_weighed_against_the_next_issue(
    project: TestProject,
    found: Project,
    monkeypatch: pytest.MonkeyPatch,
    free: int,
    grades: tuple[Grade, Grade],
) -> None:
    """The ledger alone with a relay, the outbox too without one; one line for each place."""
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(10**12, 0, free))
    (with_outbox,) = look_at_disk(found, 1000)
    project.relay(25)
    (ledger_alone,) = look_at_disk(find_project(project.configuration), 1000)
    assert (with_outbox.grade, ledger_alone.grade) == grades
    assert ("du -sh" in with_outbox.mend) == (grades[0] is not OK)


def test_what_others_can_read_is_named_with_its_chmod(project: TestProject) -> None:
    """Key, ledger, password and the folder of the state."""
    project.here("send", "news", "--yes")
    found = find_project(project.configuration)
    assert [note.grade for note in look_at_permissions(found)] == [OK]
    state = project.root / ".dispatch"
    for path, mode in ((state, 0o755), (state / "key", 0o640), (state / "ledger.db", 0o604)):
        path.chmod(mode)
    password = project.root / "secret file"
    password.write_text("x")
    password.chmod(0o644)
    project.relay(25, 'user = "ann"\npassword_file = "secret file"\n')
    (project.root / ".env").write_text("")
    (project.root / ".env").chmod(0o600)
    notes = look_at_permissions(find_project(project.configuration))
    assert {note.grade for note in notes} == {WARN}
    assert [note.mend for note in notes] == [
        f"chmod {mode} {path}"
        for mode, path in (
            (700, state),
            (600, state / "ledger.db"),
            (600, state / "key"),
            (600, f"'{password}'"),
        )
    ]


def test_nothing_private_yet(found: Project) -> None:
    """A fresh project."""
    (note,) = look_at_permissions(found)
    assert (note.grade, note.seen) == (OK, "nothing private is here yet")
    assert isinstance(found.root, Path)
