"""D01: kill -9 at random moments. Nobody is lost, and what may have gone twice is bounded and named.

Guards the order of the two commits: the hand-over is durable before the body leaves (send/transaction.py,
Transaction.run awaits `hand_over`), the outcome is committed with the next hand-over or before it
(ledger/commits.py, Kind), and a dead run's claims come back (ledger/recovery.py, recover). The same when
another process writes the ledger (wiring/scribe.py), and when that one is killed.
"""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from dispatch.errors import LedgerUnavailable
from tests.drills.drill import Books, Drill, power_cut, shell_code
from tests.project import TestProject
from tests.servers.bookkeeper import keeping_books

HOLD = 'on_uncertain = "hold"\n'
SCRIBE = "scribe-at-once"
RESEND = 'on_uncertain = "resend"\nuncertain_after = "0s"\n'


def drill(
    project: TestProject,
    folder: Path,
    policy: str,
    *,
    kills: int,
    people: int,
    sessions: int,
    sabotage: str = "",
    hurt: Callable[[subprocess.Popen[bytes]], None] = power_cut,
) -> Books:
    """Send, be killed so many times, and go on to the end."""
    project.people(people)
    one = Drill(project, sabotage)
    with keeping_books(folder) as server:
        project.relay(server.port, f"[sending]\nsessions = {sessions}\n{policy}")
        one.send_through_faults(server, times=kills, hurt=hurt, seed=people + kills)
        return one.books(server)


def nobody_is_lost(books: Books) -> bool:
    """Everyone has a copy or is named as uncertain, and the ledger calls nobody sent who is not."""
    left = books.states.keys() & {"queued", "sending", "deferred", "failed"}
    return not (books.lost or books.unsent or books.findings or left)


def hold_keeps(books: Books, *, kills: int, sessions: int) -> bool:
    """With `hold` nobody gets two copies, and no more are in doubt than were in flight."""
    doubtful = len(books.states.get("uncertain", ()))
    return nobody_is_lost(books) and books.duplicates == 0 and doubtful <= kills * sessions


def resend_keeps(books: Books, *, kills: int, sessions: int) -> bool:
    """With `resend` no more go twice than were in flight."""
    return nobody_is_lost(books) and books.duplicates <= kills * sessions


def test_d01_in_short(project: TestProject, tmp_path: Path) -> None:
    """Three kills among a few hundred people."""
    books = drill(project, tmp_path, HOLD, kills=3, people=600, sessions=4)
    assert hold_keeps(books, kills=3, sessions=4), books.counts


def test_d01_beside_a_scribe(project: TestProject, tmp_path: Path) -> None:
    """The same when another process writes the ledger, and loses the one it writes for."""
    books = drill(project, tmp_path, HOLD, kills=3, people=600, sessions=4, sabotage=SCRIBE)
    assert hold_keeps(books, kills=3, sessions=4), books.counts


def test_d01_without_its_scribe(project: TestProject, tmp_path: Path) -> None:
    """A run whose ledger nobody writes any more stops, says so, and is taken up by the next."""
    ends: list[int] = []

    def kill_scribe(process: subprocess.Popen[bytes]) -> None:
        (writing,) = [pid for pid in _children(process.pid) if "spawn_main" in _command(pid)]
        os.kill(writing, signal.SIGKILL)
        ends.append(shell_code(process))

    books = drill(project, tmp_path, HOLD, kills=2, people=400, sessions=4, sabotage=SCRIBE, hurt=kill_scribe)
    assert ends == [LedgerUnavailable.exit_code] * 2
    assert hold_keeps(books, kills=2, sessions=4), books.counts


def _children(pid: int) -> list[int]:
    """Who was started by any thread of a process."""
    files = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(number) for file in files for number in file.read_text().split()]


def _command(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_d01_hold(project: TestProject, tmp_path: Path) -> None:
    """50 kills, 10,000 people, 20 sessions: lost 0, duplicates 0."""
    books = drill(project, tmp_path, HOLD, kills=50, people=10_000, sessions=20)
    assert hold_keeps(books, kills=50, sessions=20), books.counts


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_d01_resend(project: TestProject, tmp_path: Path) -> None:
    """50 kills, 10,000 people, 20 sessions: lost 0, duplicates at most kills x sessions."""
    books = drill(project, tmp_path, RESEND, kills=50, people=10_000, sessions=20)
    assert resend_keeps(books, kills=50, sessions=20), (books.counts, books.duplicates)


@pytest.mark.slow
def test_d01_twin_without_the_hand_over(project: TestProject, tmp_path: Path) -> None:
    """Without the durable mark before the dot, copies in flight go twice although the policy is hold."""
    books = drill(project, tmp_path, HOLD, kills=4, people=4000, sessions=20, sabotage="no-hand-over")
    assert books.duplicates > 0
    assert not hold_keeps(books, kills=4, sessions=20)


@pytest.mark.slow
def test_d01_twin_beside_a_scribe(project: TestProject, tmp_path: Path) -> None:
    """Without the durable mark, a scribe keeps nobody from getting two."""
    spoilt = f"{SCRIBE},no-hand-over"
    books = drill(project, tmp_path, HOLD, kills=4, people=4000, sessions=20, sabotage=spoilt)
    assert books.duplicates > 0
    assert not hold_keeps(books, kills=4, sessions=20)


@pytest.mark.slow
def test_d01_twin_with_late_records(project: TestProject, tmp_path: Path) -> None:
    """With outcomes written behind the session's back, far more go twice than were in flight."""
    books = drill(project, tmp_path, RESEND, kills=2, people=3000, sessions=4, sabotage="late-records")
    assert not resend_keeps(books, kills=2, sessions=4)


@pytest.mark.slow
def test_d01_twin_without_recovery(project: TestProject, tmp_path: Path) -> None:
    """Without recovery, whoever was claimed by the dead run never gets the issue."""
    books = drill(project, tmp_path, HOLD, kills=3, people=3000, sessions=20, sabotage="no-recovery")
    assert books.lost
    assert not hold_keeps(books, kills=3, sessions=20)
