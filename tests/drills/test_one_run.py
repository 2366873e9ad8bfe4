"""D15: one run at a time, told by the lock; and safe when somebody deletes its file.

Guards wiring/locks.py, only_run: one sends, the others exit 75. And wiring/attendance.py, is_elsewhere,
which keeps ledger/recovery.py from taking the claims of a run that is alive.
"""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.drills.drill import Drill, await_more, shell_code
from tests.project import TestProject
from tests.servers.bookkeeper import Bookkeeper, keeping_books

SESSIONS = 10
SEND = ("send", "news", "--yes")
TEMPORARY = 75


@pytest.fixture
def server(project: TestProject, tmp_path: Path) -> Iterator[Bookkeeper]:
    """A relay that takes its time, so that copies are always in flight; what is in doubt goes out again."""
    with keeping_books(tmp_path, delay=0.05) as running:
        policy = 'on_uncertain = "resend"\nuncertain_after = "0s"\n'
        project.relay(running.port, f"[sending]\nsessions = {SESSIONS}\n{policy}")
        yield running


def at_once(number: int, project: TestProject, server: Bookkeeper, sabotage: str = "") -> bool:
    """Whether one of so many sends and the others end with 75 and one short message, and nobody gets two."""
    drill = Drill(project, sabotage)
    project.people(people := 100 * number)
    drill.finish(*SEND, "--limit", "1")
    processes = [drill.start(*SEND, output=subprocess.PIPE) for _ in range(number)]
    ends = [(process.communicate()[1].decode(), process.returncode) for process in processes]
    books = drill.books(server)
    quiet = all(len(said.splitlines()) <= 2 for said, code in ends if code == TEMPORARY)
    codes = sorted(code for _, code in ends)
    whole = books.counts == {"sent": people} and books.duplicates == 0 and not books.findings
    return quiet and whole and codes == [0] + (number - 1) * [TEMPORARY]


def lock_deleted(project: TestProject, server: Bookkeeper, sabotage: str = "") -> bool:
    """Whether nobody gets two and nobody is in doubt when the lock's file is deleted in mid-run."""
    drill = Drill(project, sabotage)
    project.people(1000)
    first = drill.start(*SEND)
    others = []
    for _ in range(2):
        await_more(server, 100, first)
        (project.root / ".dispatch" / "locks" / "news.lock").unlink(missing_ok=True)
        others.append(drill.start(*SEND))
    codes = {shell_code(process) for process in (first, *others)}
    drill.finish("resume", "--yes")
    books = drill.books(server)
    whole = books.counts == {"sent": 1000} and not books.findings and not books.lost
    return whole and books.duplicates == 0 and codes <= {0, TEMPORARY}


def test_d15_in_short(project: TestProject, server: Bookkeeper) -> None:
    """Two at once."""
    assert at_once(2, project, server)


@pytest.mark.slow
def test_d15(project: TestProject, server: Bookkeeper) -> None:
    """Ten `send` of one issue in one second: one sends, nine exit 75 quietly, nobody gets two."""
    assert at_once(10, project, server)


@pytest.mark.slow
def test_d15_twin_without_lock_and_attendance(project: TestProject, server: Bookkeeper) -> None:
    """Without both, several send at once, and take each other's copies for those of the dead."""
    assert not at_once(4, project, server, "no-lock,blind")


@pytest.mark.slow
def test_d15_without_the_lock(project: TestProject, server: Bookkeeper) -> None:
    """Without the lock alone nobody is lost, and nobody gets two: each knows the others to be alive."""
    drill = Drill(project, "no-lock")
    project.people(400)
    processes = [drill.start(*SEND) for _ in range(4)]
    assert {shell_code(process) for process in processes} <= {0, TEMPORARY}
    drill.finish("resume", "--yes")
    books = drill.books(server)
    assert (books.counts, books.duplicates, books.findings) == ({"sent": 400}, 0, [])


@pytest.mark.slow
def test_d15_the_lock_is_deleted(project: TestProject, server: Bookkeeper) -> None:
    """Other runs are started after the file of the lock was deleted: lost 0, duplicates 0, in doubt 0."""
    assert lock_deleted(project, server)


@pytest.mark.slow
def test_d15_twin_of_the_deleted_lock(project: TestProject, server: Bookkeeper) -> None:
    """When the others take the first run for dead, its copies in flight go twice."""
    assert not lock_deleted(project, server, "blind")


@pytest.mark.slow
def test_d15_a_stopped_run_is_alive(project: TestProject, server: Bookkeeper) -> None:
    """A run that is stopped (SIGSTOP), its lock deleted, keeps its claims however long it takes."""
    drill = Drill(project)
    project.people(500)
    first = drill.start(*SEND)
    await_more(server, 50, first)
    first.send_signal(signal.SIGSTOP)
    (project.root / ".dispatch" / "locks" / "news.lock").unlink()
    assert drill.finish(*SEND) == TEMPORARY
    first.send_signal(signal.SIGCONT)
    assert shell_code(first) == 0
    books = drill.books(server)
    assert (books.counts, books.duplicates) == ({"sent": 500}, 0)
