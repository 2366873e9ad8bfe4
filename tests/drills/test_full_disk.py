"""D10: the disk is full in mid-run. The run stops at once and says so; nobody is lost, nobody gets two.

Guards send/run.py: a ledger that fails stops the claiming (Run._recorded, Run._stop_for), and a hand-over
that was not written lets no dot leave (send/transaction.py, Transaction.run). What was in flight at that
moment is in doubt, as after a crash: with `hold` it is named and not sent again.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.drills.drill import Books, Drill, await_more
from tests.project import TestProject
from tests.servers.bookkeeper import Bookkeeper, keeping_books

SESSIONS = 10
PEOPLE = 1500
TEMPORARY = 75


@dataclass(frozen=True, slots=True)
class Ending:
    """How the run ended that met the full disk, and the books after it was freed and the run resumed."""

    code: int
    said: str
    books: Books

    @property
    def is_safe(self) -> bool:
        """Exit 75, the ledger adds up, nobody lost, nobody twice, no more in doubt than were in flight."""
        doubtful = len(self.books.states.get("uncertain", ()))
        whole = not (self.books.findings or self.books.lost or self.books.unsent)
        settled = self.books.states.keys() <= {"sent", "uncertain"}
        calm = self.code == TEMPORARY and doubtful <= SESSIONS
        return calm and whole and settled and self.books.duplicates == 0


@pytest.fixture
def server(project: TestProject, tmp_path: Path) -> Iterator[Bookkeeper]:
    """A relay that takes its time."""
    project.people(PEOPLE)
    with keeping_books(tmp_path, delay=0.01) as running:
        project.relay(running.port, f'[sending]\nsessions = {SESSIONS}\non_uncertain = "hold"\n')
        yield running


@pytest.fixture
def small_disk(project: TestProject) -> Iterator[Path]:
    """The project's state lies on a file system of 32 MB."""
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("only root can mount a small file system")
    disk = project.root / ".dispatch"
    disk.mkdir(mode=0o700)
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=32m", "tmpfs", disk], check=False)
    if mounted.returncode != 0:
        pytest.skip("mounting is not allowed here")
    try:
        yield disk
    finally:
        subprocess.run(["umount", "-l", disk], check=True)


def fill(disk: Path) -> Path:
    """Take what is left of a disk."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file:
        for size in (1 << 16, 1 << 12):
            try:
                while True:
                    file.write(bytes(size))
            except OSError:
                continue
    return filler


def full_in_mid_run(project: TestProject, server: Bookkeeper, disk: Path, sabotage: str = "") -> Ending:
    """Send, fill the disk, wait for the end, free the disk, resume."""
    drill = Drill(project, sabotage)
    process = drill.start("send", "news", "--yes", output=subprocess.PIPE)
    await_more(server, 300, process)
    filler = fill(disk)
    said = process.communicate(timeout=60)[1].decode()
    while_full = drill.finish("resume", "--yes")
    filler.unlink()
    drill.finish("resume", "--yes")
    assert while_full == TEMPORARY
    return Ending(process.returncode, said, drill.books(server))


@pytest.mark.slow
def test_d10(project: TestProject, small_disk: Path, server: Bookkeeper) -> None:
    """The run ends with 75 and names the cause; when there is room again, `resume` finishes it."""
    ending = full_in_mid_run(project, server, small_disk)
    assert ending.is_safe, ending
    assert "the disk is full" in ending.said
    assert "Traceback" not in ending.said


@pytest.mark.slow
def test_d10_twin(project: TestProject, small_disk: Path, server: Bookkeeper) -> None:
    """A run that goes on although it cannot write sends copies that nobody will remember."""
    ending = full_in_mid_run(project, server, small_disk, "reckless")
    assert ending.books.duplicates > 0
    assert not ending.is_safe


def limited(project: TestProject, server: Bookkeeper, sabotage: str = "") -> Ending:
    """Plan, send a few, then go on where no file may grow beyond a limit; then without the limit."""
    drill = Drill(project, sabotage)
    drill.finish("send", "news", "--yes", "--limit", "20")
    process = drill.start("resume", "--yes", output=subprocess.PIPE, most_bytes=400_000)
    said = process.communicate(timeout=60)[1].decode()
    drill.finish("resume", "--yes")
    return Ending(process.returncode, said, drill.books(server))


def test_d10_in_short(project: TestProject, server: Bookkeeper) -> None:
    """Where no disk can be mounted: the ledger may not grow, which is another word for the same fault."""
    project.people(600)
    ending = limited(project, server)
    assert ending.is_safe, ending
    assert "ledger.db" in ending.said
    assert "Traceback" not in ending.said
