"""D01: kill -9 at random moments. Nobody is lost, and what may have gone twice is bounded and named.

Guards the order of the two commits: the hand-over is durable before the body leaves (send/transaction.py,
Transaction.run awaits `hand_over`), the outcome is committed with the next hand-over or before it
(ledger/writer.py, _Kind), and a dead run's claims come back (ledger/recovery.py, recover).
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.drills.drill import Books, Drill, power_cut
from tests.project import TestProject
from tests.servers.bookkeeper import keeping_books

HOLD = 'on_uncertain = "hold"\n'
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
) -> Books:
    """Send, be killed so many times, and go on to the end."""
    project.people(people)
    one = Drill(project, sabotage)
    with keeping_books(folder) as server:
        project.relay(server.port, f"[sending]\nsessions = {sessions}\n{policy}")
        one.send_through_faults(server, times=kills, hurt=power_cut, seed=people + kills)
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
