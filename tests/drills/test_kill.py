"""kill -9 at random moments: nobody is lost, and what may have gone twice is bounded and named."""

from __future__ import annotations

import random
import time
from collections import Counter

import pytest

from tests.project import TestProject, kill
from tests.servers.scripted import ScriptedServer, running

pytestmark = pytest.mark.slow

KILLS = 5
SESSIONS = 4


@pytest.fixture
def sending(project: TestProject) -> TestProject:
    """A project with 1,500 people that sends over a few sessions."""
    project.people(1500)
    return project


def _finish(project: TestProject, more: str) -> tuple[Counter[str], dict[str, int]]:
    with running(ScriptedServer({})) as server:
        project.relay(server.port, more)
        chance = random.Random(11)  # noqa: S311 - a drill that can be repeated
        process = project.start("send", "news", "--yes")
        for _ in range(KILLS):
            before = len(server.accepted)
            deadline = time.monotonic() + 20
            while len(server.accepted) < before + 40 and time.monotonic() < deadline:
                time.sleep(0.01)
            time.sleep(chance.random() * 0.05)
            kill(process)
            process = project.start("resume", "--yes")
        process.wait(60)
        got = Counter(message.recipients[0] for message in server.accepted)
    status = project.status()
    assert status["balanced"]
    return got, status["states"]


def test_nobody_is_lost_and_hold_sends_nobody_twice(sending: TestProject) -> None:
    """With `hold`, each person has one copy, or is uncertain and said to be so.

    Guards the order in send/transaction.py: the hand-over is durable before the body leaves.
    """
    got, states = _finish(sending, f'[sending]\nsessions = {SESSIONS}\non_uncertain = "hold"\n')
    assert max(got.values()) == 1
    assert states["queued"] == states["sending"] == 0
    assert states["sent"] + states["uncertain"] == 1500
    assert states["uncertain"] <= KILLS * SESSIONS
    assert len(got) >= states["sent"]
    assert 1500 - len(got) <= states["uncertain"]


def test_resend_bounds_the_copies_that_go_twice(sending: TestProject) -> None:
    """With `resend`, nobody is lost in the end, and at most sessions x kills people get a second copy."""
    options = f'[sending]\nsessions = {SESSIONS}\non_uncertain = "resend"\nuncertain_after = "0s"\n'
    got, states = _finish(sending, options)
    assert states["sent"] + states["uncertain"] == 1500
    assert states["queued"] == states["sending"] == 0
    assert len(got) >= 1500 - states["uncertain"]
    assert sum(count - 1 for count in got.values()) <= KILLS * SESSIONS
