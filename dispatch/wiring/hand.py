"""A hand: one of several processes that send an issue. It carries copies and tells its leader (crew.py)."""

from __future__ import annotations

import asyncio
import os
import signal
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from multiprocessing.connection import Connection
from pathlib import Path

from dispatch.errors import DispatchError, Paused
from dispatch.model.delivery import Outcome, State
from dispatch.model.pace import Rate
from dispatch.send.campaign import Campaign, Wanted
from dispatch.send.run import Ending
from dispatch.wiring.attendance import attending
from dispatch.wiring.books import ledger_of
from dispatch.wiring.campaigns import open_campaign
from dispatch.wiring.drive import drive
from dispatch.wiring.project import Project
from dispatch.wiring.relays import open_outlets

_TOLD_AT_ONCE = 64
_TOLD_EVERY = 0.1  # seconds
_NOBODY_LISTENS = "the process that led this one has ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """What every hand must know, and what is its own share of it. Goes from process to process."""

    project: Project
    issue: Path
    list_file: Path | None
    rates: tuple[Rate, ...]
    sessions: int
    limit: int | None = None
    only: tuple[int, ...] | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class End:
    """A hand's last word."""

    outcomes: Counter[State] = field(default_factory=Counter)
    cause: DispatchError | None = None


def carry(pipe: Connection, shift: Shift) -> None:
    """The whole life of a hand."""
    os.setpgid(0, 0)  # a Ctrl-C is for the leader, which passes it on:
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        end = _carried(shift, pipe)
    except DispatchError as error:
        end = End(cause=error)
    with suppress(OSError):
        pipe.send(end)


def _carried(shift: Shift, pipe: Connection) -> End:
    project = shift.project
    with attending(project) as attendance, ledger_of(project) as ledger:
        campaign = open_campaign(
            project,
            shift.issue,
            list_file=shift.list_file,
            ledger=ledger,
            tell=pipe.send,
            attendance=attendance,
        )
        ending = drive(_run(project, campaign, shift, pipe))
    return End(ending.outcomes, ending.cause)


async def _run(project: Project, campaign: Campaign, shift: Shift, pipe: Connection) -> Ending:
    report = _Report(pipe)
    want = Wanted(limit=shift.limit, only=shift.only, until=shift.until, stop_when=report.stop_when)
    async with open_outlets(project, sessions=shift.sessions, rates=shift.rates, tell=pipe.send) as outlets:
        telling = asyncio.create_task(report.now_and_then())
        try:
            return await campaign.run(want, outlets, report.tell, pipe.send)
        finally:
            telling.cancel()
            report.send()


class _Report:
    """Outcomes on their way to the leader, some at a time."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self._outcomes: list[Outcome] = []

    def tell(self, outcome: Outcome) -> None:
        self._outcomes.append(outcome)
        if len(self._outcomes) >= _TOLD_AT_ONCE:
            self.send()

    def send(self) -> None:
        if self._outcomes:
            outcomes, self._outcomes = self._outcomes, []
            with suppress(OSError):  # stop_when tells that nobody listens
                self._pipe.send(outcomes)

    async def now_and_then(self) -> None:
        while True:
            await asyncio.sleep(_TOLD_EVERY)
            self.send()

    def stop_when(self) -> DispatchError | None:
        """The leader never writes: what can be read is its end."""
        return Paused(_NOBODY_LISTENS) if self._pipe.poll() else None
