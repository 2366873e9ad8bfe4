"""D19: somebody sets the clock of the machine by a day, there and back, during a run and between runs.

Nobody is sent to twice, no run takes what another one holds, nobody is tried again and again, and nothing
waits for a moment that will not come.
"""

from __future__ import annotations

import re
import subprocess
import time
from collections import Counter
from datetime import timedelta

import pytest

from tests.drills.relays_program import Program
from tests.project import TestProject
from tests.servers.scripted import Act, ScriptedServer, running, say

DAY = timedelta(days=1)

# -- during a run

NO_LOCK = """
import contextlib, dispatch.wiring.attendance as attendance, dispatch.cli.sending as sending
attendance.Attendance.is_elsewhere = lambda self, owner: False
sending.only_run = lambda project, slug, wait=0.0: contextlib.nullcontext()
"""
EVERY_TIME_BELIEVED = """
import dispatch.send.pace as pace, dispatch.send.throttle as throttle
throttle._until = lambda due, unit, now: due - now
throttle.recent = lambda taken, unit, now: taken
pace.believed = lambda past, now: past
"""


def _jump_in_mid_run(program: Program, people: int, days: tuple[int, ...], *, alone: bool = False) -> None:
    """The clock jumps while a run sends; unless it is `alone`, a second run begins after each jump."""
    program.project.people(people)
    program.set_clock(timedelta())
    with running(ScriptedServer({"DOT": say("250 2.0.0 ok", delay=0.02)})) as server:
        program.relay(server.port, 'rate = "25/s"\n', sessions=2, on_uncertain="resend", uncertain_after="0s")
        first = program.start("send", "news", "--yes")
        for number, ahead in enumerate(days, start=1):
            _wait_for(server, number * people // (len(days) + 2))
            program.set_clock(ahead * DAY)
            if not alone:
                program.run("resume", "--yes", seconds=30)
        try:
            code = first.wait(people / 25 + 10)
        except subprocess.TimeoutExpired:
            first.kill()
            first.wait()
            code = -1
        copies = Counter(mail.recipients[0] for mail in server.accepted)
    taken = program.moves("sending") - program.moves("queued", "given back unused")
    assert taken <= people, "a lease was stolen"
    assert code == 0, "the run waits for tomorrow"
    assert (len(copies), max(copies.values())) == (people, 1)
    assert program.states() == {"sent": people}


def _wait_for(server: ScriptedServer, count: int) -> None:
    patience = time.monotonic() + 20
    while len(server.accepted) < count and time.monotonic() < patience:
        time.sleep(0.01)


def test_d19_a_jump_in_mid_run(project: TestProject) -> None:
    """The clock jumps a day ahead, past the end of every lease, and the run goes on at its pace.

    Guards wiring/locks.py, only_run (a claim does not end by the clock), and send/throttle.py, _until:
    the pace does not wait for tomorrow.
    """
    _jump_in_mid_run(Program(project), 75, (1,))


@pytest.mark.slow
def test_d19_jumps_in_mid_run_in_full(project: TestProject) -> None:
    """There and back, twice."""
    _jump_in_mid_run(Program(project), 250, (1, -1, 0, 2))


@pytest.mark.slow
def test_d19_twin_without_a_lock(project: TestProject) -> None:
    """The second run takes what the first one holds."""
    with pytest.raises(AssertionError, match="a lease was stolen"):
        _jump_in_mid_run(Program(project, NO_LOCK), 250, (1,))


@pytest.mark.slow
def test_d19_twin_that_waits_for_tomorrow(project: TestProject) -> None:
    """A pace that takes a time from the future for true stands still when the clock is set back."""
    with pytest.raises(AssertionError, match="waits for tomorrow"):
        _jump_in_mid_run(Program(project, EVERY_TIME_BELIEVED), 100, (1, -1), alone=True)


# -- between runs

FAR_AWAY_STAYS = """
import dispatch.ledger.recovery as recovery
recovery._Steps.bring_near = lambda self, furthest: None
"""
ALWAYS_DUE = """
import dispatch.ledger.moves as moves
moves._due = moves._take("deferred", moves._candidates(
    moves.delivery.c.state == "deferred", order=moves.delivery.c.next_attempt_at))
"""


class _Busy:
    """Refuses everybody for now, so many times; counts how often each was tried."""

    def __init__(self, refusals: int) -> None:
        self._refusals = refusals
        self.tried: Counter[str] = Counter()

    def __call__(self, line: str) -> Act:
        [person] = re.findall(r"<(.*?)>", line)
        self.tried[person] += 1
        return say("450 4.2.0 not now") if self.tried[person] <= self._refusals else say("250 2.1.5 ok")


def _jump_between_runs(program: Program, people: int, days: tuple[int, ...]) -> None:
    """Two runs after each setting of the clock; one of them may try each person, once."""
    program.project.people(people)
    busy = _Busy(len(days) - 1)
    with running(ScriptedServer({"RCPT": busy})) as server:
        program.relay(server.port, max_age="9d")
        for number, ahead in enumerate(days, start=1):
            program.set_clock(ahead * DAY)
            for command in ("send",) if number == 1 else ("resume", "resume"):
                program.run(command, "news", "--yes")
            tries = set(busy.tried.values())
            assert max(tries) <= number, "a storm of retries"
            assert tries == {number}, "somebody waits for a moment that will not come"
        copies = Counter(mail.recipients[0] for mail in server.accepted)
    assert (len(copies), max(copies.values())) == (people, 1)
    assert {(row.state, row.attempts) for row in program.rows().values()} == {("sent", len(days))}
    assert program.states() == {"sent": people}


@pytest.mark.slow
def test_d19_a_clock_set_right_between_runs(project: TestProject) -> None:
    """It was a day ahead, and due times with it; after it is set right, nobody waits for tomorrow.

    Guards ledger/recovery.py, bring_near.
    """
    _jump_between_runs(Program(project), 10, (1, 0))


@pytest.mark.slow
def test_d19_jumps_between_runs_in_full(project: TestProject) -> None:
    """There and back and there again, and nobody is tried more than once after each jump."""
    _jump_between_runs(Program(project), 200, (0, 1, -1, 0))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("without", "harm"),
    [(FAR_AWAY_STAYS, "will not come"), (ALWAYS_DUE, "a storm")],
    ids=["times far away stay", "no due times"],
)
def test_d19_twins_between_runs(project: TestProject, without: str, harm: str) -> None:
    """Without the correction everyone waits a day; without due times every run tries everyone."""
    with pytest.raises(AssertionError, match=harm):
        _jump_between_runs(Program(project, without), 10, (1, 0))


def _quota_after_a_jump(program: Program) -> None:
    """Five a day are sent by a clock that is a day ahead; the next five may wait a day, and not two."""
    program.project.people(10)
    sent = []
    with running(ScriptedServer()) as server:
        program.relay(server.port, 'rate = "5/d"\n')
        for days in (1, 0, 0.9, 1.02):
            program.set_clock(days * DAY)
            program.run("send", "news", "--yes")
            sent.append(len(server.accepted))
    assert sent[:3] == [5, 5, 5], "the quota was broken"
    assert sent[3] == 10, "the quota waits for a day that will not come"


@pytest.mark.slow
def test_d19_a_quota_after_a_jump(project: TestProject) -> None:
    """What was sent in the future counts as sent now: the quota holds, and it ends.

    Guards send/throttle.py, believed.
    """
    _quota_after_a_jump(Program(project))


@pytest.mark.slow
def test_d19_twin_that_believes_every_time(project: TestProject) -> None:
    """A quota that takes the file at its word waits a day longer."""
    with pytest.raises(AssertionError, match="will not come"):
        _quota_after_a_jump(Program(project, EVERY_TIME_BELIEVED))
