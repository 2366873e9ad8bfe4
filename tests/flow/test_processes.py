"""`send --processes`: several processes, one ledger, and each copy once."""

from __future__ import annotations

import os
import signal
import sqlite3
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.project import TestProject, kill
from tests.servers.bookkeeper import Bookkeeper, keeping_books
from tests.servers.scripted import Act, ScriptedServer, running, say


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Bookkeeper]:
    """A relay that takes its time for each letter, and writes down what it took."""
    with keeping_books(tmp_path, delay=0.03) as books:
        yield books


def _owners(project: TestProject) -> Counter[str]:
    """How many copies each process has claimed."""
    with closing(sqlite3.connect(project.root / ".dispatch" / "ledger.db")) as ledger:
        words = "SELECT detail FROM event WHERE to_state = 'sending' AND detail LIKE 'taken by %'"
        return Counter(detail for (detail,) in ledger.execute(words))


def _states(project: TestProject) -> dict[str, int]:
    """How many copies are in each state that any is in."""
    return {state: count for state, count in project.status()["states"].items() if count}


def _hands(project: TestProject, leader: int) -> list[int]:
    """The processes that send, but for the one that leads; by the marks they hold."""
    marks = (project.root / ".dispatch" / "runs").glob("*.lock")
    return [pid for pid in (int(mark.name.split("-")[1]) for mark in marks) if pid != leader]


def _until(condition: object) -> None:
    deadline = time.monotonic() + 30
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < deadline
        time.sleep(0.02)


def _each_once(server: Bookkeeper, count: int) -> None:
    taken = Counter(entry.recipient for entry in server.accepted())
    assert (len(taken), set(taken.values())) == (count, {1})


def test_they_share_the_work_and_nobody_gets_it_twice(project: TestProject, server: Bookkeeper) -> None:
    """All are told of, counted and sent, by more than one process; the connections are dealt out."""
    project.people(900)
    project.relay(server.port, "[sending]\nsessions = 6\n")
    answer = project.run("send", "news", "--yes", "--processes", "3", "--json")
    assert answer.code == 0
    told = Counter(event["event"] for event in answer.events if event.get("email"))
    assert told == {"sent": 900}
    assert _states(project) == {"sent": 900}
    _each_once(server, 900)
    owners = _owners(project)
    assert len(owners) == 3
    assert max(owners.values()) < 850


def test_a_limit_and_a_sample_hold_over_all_of_them(project: TestProject, server: Bookkeeper) -> None:
    """At most so many copies, whoever sends them."""
    project.people(100)
    project.relay(server.port, "[sending]\nsessions = 4\n")
    assert project.run("send", "news", "--yes", "--processes", "2", "--limit", "31").code == 75
    assert _states(project) == {"sent": 31, "queued": 69}
    assert project.run("send", "news", "--yes", "--processes", "2", "--sample", "10").code == 75
    sent = _states(project)["sent"]
    assert 31 <= sent <= 41
    _each_once(server, sent)


def test_a_rate_holds_over_all_of_them(project: TestProject) -> None:
    """The server sees no more than it was promised."""
    project.people(120)
    with running(ScriptedServer()) as server:
        project.relay(server.port, 'rate = "50/s"\n[sending]\nsessions = 4\n')
        assert project.run("send", "news", "--yes", "--processes", "2").code == 0
        times = sorted(one.at for one in server.accepted)
    assert len(times) == 120
    assert max(sum(start <= at < start + 1 for at in times) for start in times) <= 53


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_all_of_them(project: TestProject, server: Bookkeeper, number: int) -> None:
    """What is in flight is finished, everything else stays queued, and the code is the signal's."""
    project.people(2000)
    project.relay(server.port, "[sending]\nsessions = 4\n")
    run = project.start("send", "news", "--yes", "--processes", "2")
    _until(lambda: _hands(project, run.pid) and server.count > 50)
    run.send_signal(number)
    assert run.wait(30) == 128 + number
    taken = server.settled()
    assert _states(project) == {"sent": taken, "queued": 2000 - taken}
    assert 50 < taken < 2000


def test_who_fails_too_often_stops_all_of_them(project: TestProject) -> None:
    """--abort-if counts the outcomes of every process."""
    project.people(1000)

    def rcpt(line: str) -> Act:
        return say("550 5.1.1 no such user") if line.partition("@")[0].endswith("0") else say("250 ok")

    with running(ScriptedServer({"RCPT": rcpt, "DOT": Act(b"250 ok\r\n", delay=0.05)})) as server:
        project.relay(server.port, "[sending]\nsessions = 4\n")
        answer = project.run("send", "news", "--yes", "--processes", "2", "--abort-if", "failed>5")
    assert answer.code == 75
    states = _states(project)
    assert 5 < states["failed"] < 60
    assert states["queued"] > 500


def test_a_hand_that_dies_loses_nothing(project: TestProject, server: Bookkeeper) -> None:
    """Its copies are sent by the others; those it had handed over are doubtful, and nobody has two."""
    project.people(300)
    project.relay(server.port, '[sending]\nsessions = 4\non_uncertain = "hold"\n')
    run = project.start("send", "news", "--yes", "--processes", "2")
    _until(lambda: _hands(project, run.pid) and len(_owners(project)) == 2 and server.count > 40)
    os.kill(_hands(project, run.pid)[0], signal.SIGKILL)
    assert run.wait(60) in {0, 75}
    states = _states(project)
    assert states["sent"] + states.get("uncertain", 0) == 300
    assert states.get("uncertain", 0) <= 2
    assert max(Counter(entry.recipient for entry in server.accepted()).values()) == 1


def test_the_hands_of_a_leader_that_was_killed_stop(project: TestProject, server: Bookkeeper) -> None:
    """They finish what is in flight and end, and a resume waits for them and goes on."""
    project.people(300)
    project.relay(server.port, '[sending]\nsessions = 4\non_uncertain = "hold"\n')
    run = project.start("send", "news", "--yes", "--processes", "2")
    _until(lambda: _hands(project, run.pid) and len(_owners(project)) == 2 and server.count > 40)
    kill(run)
    assert project.run("resume", "news").code in {0, 75}
    states = _states(project)
    assert states["sent"] + states.get("uncertain", 0) == 300
    assert states.get("uncertain", 0) <= 2
    assert max(Counter(entry.recipient for entry in server.accepted()).values()) == 1
    assert _hands(project, 0) == []


def test_the_sandbox_needs_one_only(project: TestProject) -> None:
    """Without a relay everything is done by the process that was started."""
    project.people(20)
    assert project.run("send", "news", "--yes", "--processes", "4").code == 0
    assert len(_owners(project)) == 1
    assert len(project.outbox()) == 20
