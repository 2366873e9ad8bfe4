"""D03: SIGTERM. What is in flight finishes, nothing is lost, sent twice or in doubt.

Guards send/campaign.py, run, which listens with signals_to: the first signal stops the claiming and lets the
copies in flight finish, the second aborts before the dot (send/run.py, stop and abort).
"""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.drills.drill import Drill, shell_code, terminate, until
from tests.project import TestProject
from tests.servers.bookkeeper import keeping_books
from tests.servers.scripted import ScriptedServer, running, say

SESSIONS = 20
TERMINATED = 143
PEOPLE = 6000


def drill(project: TestProject, folder: Path, *, times: int, people: int, sabotage: str = "") -> bool:
    """Whether SIGTERM in mid-run, so many times, leaves nobody lost, nobody twice and nobody in doubt."""
    codes = []

    def hurt(process: subprocess.Popen[bytes]) -> None:
        terminate(process)
        codes.append(shell_code(process))

    project.people(people)
    one = Drill(project, sabotage)
    with keeping_books(folder, delay=0.005) as server:  # slow enough that copies are always in flight
        project.relay(server.port, f'[sending]\nsessions = {SESSIONS}\non_uncertain = "hold"\n')
        one.send_through_faults(server, times=times, hurt=hurt, seed=3)
        books = one.books(server)
    whole = books.counts == {"sent": people} and not books.findings and not books.lost
    return whole and books.duplicates == 0 and codes == [TERMINATED] * times


def test_d03_in_short(project: TestProject, tmp_path: Path) -> None:
    """Once."""
    assert drill(project, tmp_path, times=1, people=300)


@pytest.mark.slow
def test_d03(project: TestProject, tmp_path: Path) -> None:
    """20 times at random moments: lost 0, duplicates 0, uncertain 0, exit code 143."""
    assert drill(project, tmp_path, times=20, people=PEOPLE)


@pytest.mark.slow
def test_d03_twin(project: TestProject, tmp_path: Path) -> None:
    """A program that does not listen to signals leaves copies in doubt."""
    assert not drill(project, tmp_path, times=3, people=1500, sabotage="deaf")


@pytest.fixture
def slow_relay(project: TestProject) -> Iterator[ScriptedServer]:
    """A relay that takes a minute to want the body."""
    with running(ScriptedServer({"DATA": say("354 go on", delay=60)})) as server:
        project.relay(server.port, '[sending]\nsessions = 1\non_uncertain = "hold"\n')
        yield server


def second_signal(project: TestProject, server: ScriptedServer, sabotage: str = "") -> int | None:
    """Signal a run that has a copy in flight twice; its exit code, None when it goes on for two seconds."""
    process = Drill(project, sabotage).start("send", "news", "--yes")
    try:
        until(lambda: "DATA" in server.commands)
        for _ in range(2):
            with pytest.raises(subprocess.TimeoutExpired):
                process.wait(0.3)  # after the first signal it waits for the copy in flight
            process.send_signal(signal.SIGTERM)
        return process.wait(5)
    except subprocess.TimeoutExpired:
        return None
    finally:
        process.kill()
        process.wait()


def test_d03_a_second_signal_aborts_before_the_dot(project: TestProject, slow_relay: ScriptedServer) -> None:
    """The run ends at once, and the copy in flight is certainly not sent: it is queued again."""
    assert second_signal(project, slow_relay) == TERMINATED
    status = project.status()
    assert {state: count for state, count in status["states"].items() if count} == {"queued": 2}
    assert slow_relay.accepted == []


@pytest.mark.slow
def test_d03_twin_of_the_second_signal(project: TestProject, slow_relay: ScriptedServer) -> None:
    """Without the abort, the run waits for the slow relay."""
    assert second_signal(project, slow_relay, "no-abort") is None
