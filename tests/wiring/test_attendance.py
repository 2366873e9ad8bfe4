"""Attendance: a run is known to be alive as long as its process lives, and no longer."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from dispatch.errors import LedgerUnavailable
from dispatch.wiring.attendance import Attendance, attending
from dispatch.wiring.locks import only_run
from dispatch.wiring.project import Project, find_project
from tests.project import TestProject

_STAY = """
import sys, time
from pathlib import Path
from dispatch.wiring.attendance import attending
from dispatch.wiring.project import find_project
with attending(find_project(Path(sys.argv[1]))) as attendance:
    print(attendance.owner, flush=True)
    time.sleep(60)
"""


@pytest.fixture
def home(project: TestProject) -> Project:
    """The project as the program sees it."""
    return find_project(project.configuration)


def test_a_run_is_alive_until_its_process_is_gone(project: TestProject, home: Project) -> None:
    """Another process is seen while it lives; after kill -9 it is not, and what it left is swept."""
    other = subprocess.Popen(
        [sys.executable, "-c", _STAY, str(project.configuration)], stdout=subprocess.PIPE, text=True
    )
    assert other.stdout is not None
    owner = other.stdout.readline().strip()
    try:
        with attending(home) as attendance:
            assert attendance.is_elsewhere(owner)
            other.kill()
            other.wait()
            assert not attendance.is_elsewhere(owner)
    finally:
        other.kill()
        other.wait()
        other.stdout.close()
    with attending(home) as attendance:
        assert _marks(home) == [attendance.owner.replace(" ", "-")]
    assert _marks(home) == []


def test_two_runs_of_one_process_see_each_other_and_not_themselves(home: Project) -> None:
    """Each has a name of its own; who has gone is gone."""
    with attending(home) as one:
        with attending(home) as other:
            assert one.is_elsewhere(other.owner)
            assert other.is_elsewhere(one.owner)
            assert not one.is_elsewhere(one.owner)
        assert not one.is_elsewhere(other.owner)


@pytest.mark.parametrize(
    "owner",
    ["", "process 7", "process 7 ../../outside", "pid 7", "process 7 0123456789ab"],
    ids=["empty", "an older ledger's", "a path", "another program's", "nobody's file"],
)
def test_an_owner_who_left_no_mark_is_not_alive(tmp_path: Path, owner: str) -> None:
    """Names that no run of ours bears are dead, and touch no file."""
    assert not Attendance(owner="process 1 000000000000", folder=tmp_path).is_elsewhere(owner)
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_takes_no_files_is_told(home: Project) -> None:
    """A full disk, or a folder that is something else, ends the command with 75 and is no bug."""
    home.state.mkdir(parents=True)
    (home.state / "runs").write_text("a file in the place of the folder")
    with pytest.raises(LedgerUnavailable, match="the run cannot be marked"), attending(home):
        pass
    (home.state / "locks").write_text("and another one")
    with pytest.raises(LedgerUnavailable, match="the run cannot be marked"), only_run(home, "news"):
        pass


def _marks(home: Project) -> list[str]:
    return [mark.stem for mark in (home.state / "runs").glob("*.lock")]
