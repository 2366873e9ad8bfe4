"""The ledger written by another process: the same answers, and a plain word when it dies."""

from __future__ import annotations

import asyncio
import os
import pickle
import signal
import socket
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from dispatch.errors import LedgerUnavailable
from dispatch.ledger.commits import Kind
from dispatch.ledger.ledger import Ledger
from dispatch.ledger.moves import ClaimRequest
from dispatch.model.delivery import Claim
from dispatch.read.segment import segment
from dispatch.send.campaign import _holds_still
from dispatch.send.clerk import Clerk
from dispatch.wiring import scribe
from dispatch.wiring.books import open_books
from dispatch.wiring.clock import now
from dispatch.wiring.companion import Questions, _framed
from dispatch.wiring.drive import drive
from dispatch.wiring.project import Project, find_project
from dispatch.wiring.scribe import _Desk, write_for, writing
from tests.ledger.people import accepted, claim, counts, people, plan
from tests.project import TestProject

MANY = 10_000


@pytest.fixture(autouse=True)
def another_core(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is always one."""
    monkeypatch.setattr(scribe, "idle_cores", lambda: 1)


@pytest.fixture
def home(project: TestProject) -> Project:
    """The project as the program sees it."""
    return find_project(project.root / "dispatch.toml")


@pytest.fixture
def ledger(home: Project) -> Iterator[Ledger]:
    """Its ledger."""
    with open_books(home) as opened:
        yield opened


def _request(limit: int, **more: Any) -> ClaimRequest:
    return ClaimRequest(issue_id=1, owner="process 7", limit=limit, lease=timedelta(hours=1), **more)


def _desk(submit: Any) -> _Desk:
    desk: _Desk = submit.__self__
    return desk


def _pid(desk: _Desk) -> int:
    process = desk._scribe._process
    assert process is not None
    assert process.pid is not None
    return process.pid


async def _send(clerk: Clerk, one: Claim) -> None:
    """All that is written for one letter."""
    assert await clerk.hand_over(one)
    told = asyncio.get_running_loop().create_future()
    clerk.record(accepted(one), lambda _, lost: told.set_result(lost))
    assert await told == set()


def test_work_is_written_before_the_change_and_after_it(home: Project, ledger: Ledger) -> None:
    """Letters in flight while the thread ends are answered once each, and the ledger adds up."""
    plan(ledger, people(5000))

    async def go() -> bool:
        async with writing(home, ledger, now, MANY) as submit:
            clerk = Clerk(submit)
            while not _desk(submit)._change.done():
                await asyncio.gather(*[_send(clerk, one) for one in await clerk.claim(_request(5))])
                await asyncio.sleep(0.01)
            before = counts(ledger, 1)["sent"]
            claims = await clerk.claim(_request(50))
            await asyncio.gather(*[_send(clerk, one) for one in claims[:40]])
            await clerk.release(claims[40:])
            writers = [one for one in threading.enumerate() if one.name == "ledger-writer"]
            assert (writers, counts(ledger, 1)["sent"]) == ([], before + 40)
            return _desk(submit)._scribe.is_ready

    assert drive(go())
    assert counts(ledger, 1).keys() == {"sent", "queued"}
    assert ledger.audit(1) == []


def test_whom_an_issue_is_for_is_asked_there_too(home: Project, ledger: Ledger) -> None:
    """The expressions of an issue go with the claim."""
    plan(ledger, people(3))
    belongs = partial(_holds_still, [segment('subscriber.name == "Reader 1"')])
    request = pickle.loads(pickle.dumps(_request(3, belongs=belongs)))  # noqa: S301 - our own bytes
    assert [request.belongs({"name": name}) for name in ("Reader 1", "Reader 2")] == [True, False]


def test_a_scribe_that_dies_is_named_and_nothing_hangs(home: Project, ledger: Ledger) -> None:
    """What was asked and not answered, and all that comes later, hears what is wrong and what to type."""
    plan(ledger, people(100))

    async def go() -> list[Any]:
        async with writing(home, ledger, now, MANY) as submit:
            clerk, desk = Clerk(submit), _desk(submit)
            await desk._change
            claims = await clerk.claim(_request(10))
            pid = _pid(desk)
            os.kill(pid, signal.SIGSTOP)
            asked = [clerk.hand_over(one) for one in claims]
            await asyncio.sleep(0.05)
            os.kill(pid, signal.SIGKILL)
            heard = await asyncio.gather(*asked, return_exceptions=True)
            return [*heard, *await asyncio.gather(clerk.claim(_request(1)), return_exceptions=True)]

    heard = drive(go())
    assert [type(one) for one in heard] == [LedgerUnavailable] * 11
    assert heard[0].message == "the process that writes the ledger has ended"
    assert heard[0].hint == "go on with: dispatch resume"


def test_a_stop_signal_does_not_end_it(home: Project, ledger: Ledger) -> None:
    """A service manager tells every process of the group; letters in flight still have to be written down."""
    plan(ledger, people(10))

    async def go() -> None:
        async with writing(home, ledger, now, MANY) as submit:
            await _desk(submit)._change
            for number in (signal.SIGTERM, signal.SIGINT):
                os.kill(_pid(_desk(submit)), number)
            await asyncio.sleep(0.2)
            clerk = Clerk(submit)
            await asyncio.gather(*[_send(clerk, one) for one in await clerk.claim(_request(10))])

    drive(go())
    assert counts(ledger, 1) == {"sent": 10}


def test_a_run_that_is_over_before_does_not_wait_for_it(home: Project, ledger: Ledger) -> None:
    """The thread has written all, and the process that was not ready is gone."""
    plan(ledger, people(1))

    async def go() -> object:
        async with writing(home, ledger, now, MANY) as submit:
            desk, clerk = _desk(submit), Clerk(submit)
            (one,) = await clerk.claim(_request(1))
            await _send(clerk, one)
        assert desk._scribe._process is not None
        return desk._scribe._process.is_alive()

    assert drive(go()) is False
    assert counts(ledger, 1) == {"sent": 1}


def test_a_short_run_writes_for_itself(home: Project, ledger: Ledger) -> None:
    """Nothing is started for a few hundred letters."""

    async def go() -> object:
        async with writing(home, ledger, now, 300) as submit:
            return submit

    assert not isinstance(getattr(drive(go()), "__self__", None), _Desk)


@pytest.mark.parametrize("dies", [False, True])
def test_nothing_is_claimed_for_a_run_that_is_dead(home: Project, ledger: Ledger, *, dies: bool) -> None:
    """A scribe that waits for its turn when its run is killed does not write after the next has looked."""
    plan(ledger, people(5))
    ours, theirs = socket.socketpair()
    other = sqlite3.connect(ledger.database.place, isolation_level=None, check_same_thread=False)

    def write() -> None:
        with suppress(OSError):  # nobody hears the answer
            write_for(Questions(theirs), ledger)

    with theirs, ours:
        other.execute("BEGIN IMMEDIATE")
        writer = threading.Thread(target=write)
        ours.sendall(_framed(pickle.dumps(([(Kind.CLAIM, _request(5))], now()))))
        writer.start()
        writer.join(0.5)  # by now it waits for the database
        assert writer.is_alive()
        if dies:
            ours.close()
        other.execute("COMMIT")
        if not dies:
            assert ours.recv(1)
            ours.close()
        writer.join()
    other.close()
    assert counts(ledger, 1) == ({"queued": 5} if dies else {"sending": 5})
    assert len(claim(ledger, 1, now=now())) == (5 if dies else 0)
