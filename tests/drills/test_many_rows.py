"""D20: a great many rows to a fast sink, killed at half: `resume` sends within 10 s, memory stays small.

200,000 rows; DRILL_ROWS=1000000 for the million. Guards send/supply.py, Supply: claims are taken in small
blocks; send/campaign.py, begin: a run that goes on reads the ledger and not the list; ledger/schema.py,
by_state, which finds the next copies without looking at those that are done.
"""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.drills.drill import Drill
from tests.project import TestProject
from tests.servers.programs import smtp_sink

ROWS = int(os.environ.get("DRILL_ROWS", "200000"))
MEGABYTES = 150
SECONDS = 10.0
SESSIONS = 20

pytestmark = [pytest.mark.slow, pytest.mark.timeout(ROWS // 200)]


@pytest.fixture(scope="module")
def sink() -> Iterator[int]:
    """Postfix's smtp-sink, which takes everything and keeps nothing."""
    with smtp_sink() as port:
        yield port


@pytest.fixture(scope="module")
def half_sent(tmp_path_factory: pytest.TempPathFactory, sink: int) -> Iterator[tuple[TestProject, float]]:
    """A project whose run was killed at half, and the most memory that the run had, in MB."""
    folder = tmp_path_factory.mktemp("many")
    project = TestProject(folder / "letter")
    project.people(ROWS)
    project.relay(sink, f'[sending]\nsessions = {SESSIONS}\nmax_messages = 1000\non_uncertain = "hold"\n')
    process = Drill(project).start("send", "news", "--yes")
    while sent(project) < ROWS // 2:
        assert process.poll() is None
        time.sleep(0.5)
    yield project, killed(process)
    shutil.rmtree(folder)


def sent(project: TestProject) -> int:
    """How many are sent, told by the ledger to somebody who only looks."""
    file = project.root / ".dispatch" / "ledger.db"
    if not file.exists():
        return 0
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
        try:
            row = connection.execute("SELECT count(*) FROM delivery WHERE issue_id = 1 AND state = 'sent'")
            return int(row.fetchone()[0])
        except sqlite3.OperationalError:  # the tables are still to be made
            return 0


def killed(process: subprocess.Popen[bytes]) -> float:
    """End a process as a power cut would; its peak memory in MB.

    Read from /proc while it lives: ru_maxrss begins with the memory of the process that started it.
    """
    (line,) = (
        line
        for line in Path(f"/proc/{process.pid}/status").read_text().splitlines()
        if line.startswith("VmHWM")
    )
    process.send_signal(signal.SIGKILL)
    process.wait(30)
    return int(line.split()[1]) / 1024


def going_on(project: TestProject, sabotage: str = "") -> tuple[float, float]:
    """Resume until more are sent, and then for a second: how long it took, and the peak memory.

    Nobody waits longer than is needed to know that it took too long.
    """
    before, started = sent(project), time.monotonic()
    process = Drill(project, sabotage).start("resume", "--yes")
    while sent(project) == before and time.monotonic() < started + 2 * SECONDS:
        assert process.poll() is None
        time.sleep(0.05)
    seconds = time.monotonic() - started
    time.sleep(1)
    megabytes = killed(process)
    print(f"{sabotage or 'whole'}: {seconds:.1f} s, {megabytes:.0f} MB")
    return seconds, megabytes


def test_d20_memory(half_sent: tuple[TestProject, float]) -> None:
    """Planning everybody and sending to half of them takes less than 150 MB."""
    _, megabytes = half_sent
    print(f"plan and half of the sending: {megabytes:.0f} MB")
    assert megabytes < MEGABYTES


def test_d20_resume(half_sent: tuple[TestProject, float]) -> None:
    """After kill -9 the next run sends within 10 s, in less than 150 MB."""
    project, _ = half_sent
    seconds, megabytes = going_on(project)
    assert (seconds < SECONDS, megabytes < MEGABYTES) == (True, True), (seconds, megabytes)


@pytest.mark.parametrize("removed", ["greedy", "plans-anew"])
def test_d20_twin(half_sent: tuple[TestProject, float], removed: str) -> None:
    """Claims without measure take more memory; planning anew takes at least twice the time."""
    project, _ = half_sent
    usual, _ = going_on(project)
    seconds, megabytes = going_on(project, removed)
    assert seconds > 2 * usual or megabytes > MEGABYTES


def test_d20_adds_up(half_sent: tuple[TestProject, float]) -> None:
    """After all these kills everyone is in one state, and no more are in doubt than were in flight."""
    project, _ = half_sent
    assert Drill(project).finish("send", "news", "--yes", "--limit", "100") == 75
    status = project.status()
    assert status["balanced"]
    assert status["states"]["uncertain"] <= 6 * SESSIONS
    assert status["states"]["sending"] == status["states"]["failed"] == 0
