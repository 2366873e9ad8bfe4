"""The scribe: another process that writes the ledger, once a run is long enough to be worth it.

A thread takes turns with the event loop for Python's lock, and a ledger that is written for every letter has
a third of it. A scribe writes only while whoever asked is alive, and looks inside of each transaction: a run
that follows a killed one finds all that will ever be written.
"""

from __future__ import annotations

import asyncio
import io
import pickle
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, closing, suppress
from datetime import datetime
from multiprocessing.connection import Connection
from typing import Any, NamedTuple

from dispatch.errors import DispatchError, LedgerUnavailable
from dispatch.ledger.commits import Commits, Kind, Work
from dispatch.ledger.ledger import Ledger
from dispatch.ledger.writer import Done
from dispatch.model.delivery import Claim
from dispatch.send.writing import Submit, in_a_thread
from dispatch.wiring.beside import idle_cores
from dispatch.wiring.books import open_books
from dispatch.wiring.companion import Companion, Questions, questions
from dispatch.wiring.project import Project

_ALONE = 2_000  # letters; another process costs about as much to start as it saves for these


@asynccontextmanager
async def writing(
    project: Project, ledger: Ledger, clock: Callable[[], datetime], letters: int
) -> AsyncIterator[Submit]:
    """As `in_a_thread`, and by another process as soon as it is ready, if it has enough to do and a core."""
    if letters < _ALONE or not idle_cores():
        async with in_a_thread(ledger, clock) as submit:
            yield submit
        return
    desk = _Desk(project, clock)
    try:
        yield await desk.open(ledger)
    finally:
        await desk.close()


class _Desk:
    """Takes work for a thread at first, later for a scribe, which begins when the thread has ended."""

    def __init__(self, project: Project, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._thread = AsyncExitStack()
        self._scribe = _Scribe(clock)
        self._entering = asyncio.create_task(self._scribe.enter(_write_what_comes, project))
        self._change = asyncio.create_task(self._give_over())

    async def open(self, ledger: Ledger) -> Submit:
        """Begin with the thread."""
        self._submit = await self._thread.enter_async_context(in_a_thread(ledger, self._clock))
        return self.submit

    def submit(self, kind: Kind, item: Any, done: Done) -> None:
        """Ask for one thing."""
        self._submit(kind, item, done)

    async def _give_over(self) -> None:
        with suppress(OSError):  # the system has no process left
            await self._entering
            if await self._scribe.readiness():
                self._submit = self._scribe.submit
                await self._thread.aclose()
                self._scribe.begin()

    async def close(self) -> None:
        """Let both finish what was asked; a scribe that is not ready yet is not waited for."""
        await asyncio.wait([self._entering])
        if not self._scribe.is_ready:
            await self._scribe.leave()
        await self._change
        await self._thread.aclose()
        await self._scribe.finish()


class _Scribe(Companion):
    """The work for another process: what gathers in one round of the event loop goes there at once."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        super().__init__()
        self._clock = clock
        self._gathered: list[tuple[Kind, Any, Done]] = []
        self._asked: deque[Done] = deque()
        self._may_begin = False
        self._idle = asyncio.Event()
        self._idle.set()
        self._failure: DispatchError | None = None

    def submit(self, kind: Kind, item: Any, done: Done) -> None:
        """Ask for one thing."""
        if not self._gathered:
            self._idle.clear()
            asyncio.get_running_loop().call_soon(self._pass_on)
        self._gathered.append((kind, item, done))

    def begin(self) -> None:
        """Let work be written from now on."""
        self._may_begin = True
        self._pass_on()

    async def finish(self) -> None:
        """End it when all is written."""
        await self._idle.wait()
        await self.leave()

    def _pass_on(self) -> None:
        if not (self._gathered and self._may_begin):
            return
        gathered, self._gathered = self._gathered, []
        self._asked.extend(done for _, _, done in gathered)
        if self._failure is None:
            work: list[Work] = [(kind, item) for kind, item, _ in gathered]
            self.ask(_packed((work, self._clock())))
        else:
            self._fail(self._failure)

    def heard(self, answer: bytes) -> None:
        answers = pickle.loads(answer)  # noqa: S301 - from a process of our own, over a line nobody else has
        for one in answers:
            self._asked.popleft()(one)
        self._rest()

    def ended(self) -> None:
        self._failure = LedgerUnavailable(
            "the process that writes the ledger has ended", hint="go on with: dispatch resume"
        )
        self._fail(self._failure)

    def _fail(self, failure: DispatchError) -> None:
        while self._asked:
            self._asked.popleft()(failure)
        self._rest()

    def _rest(self) -> None:
        if not (self._asked or self._gathered):
            self._idle.set()


class _Lease(NamedTuple):
    """What the ledger knows a claim by; the rest need not go back to where it came from."""

    delivery_id: int
    lease_token: int


_REDUCERS: Mapping[type, Callable[[Any], tuple[Callable[..., Any], tuple[Any, ...]]]] = {
    Claim: lambda one: (_Lease, (one.delivery_id, one.lease_token))
}


def _packed(question: tuple[list[Work], datetime]) -> bytes:
    packed = io.BytesIO()
    pickler = pickle.Pickler(packed, pickle.HIGHEST_PROTOCOL)
    pickler.dispatch_table = _REDUCERS
    pickler.dump(question)
    return packed.getvalue()


def _write_what_comes(pipe: Connection, project: Project) -> None:
    """What runs there until nobody asks."""
    with suppress(OSError, DispatchError), open_books(project) as ledger, questions(pipe) as asked:
        write_for(asked, ledger)


def write_for(asked: Questions, ledger: Ledger) -> None:
    """Write what is asked for, all that waits in one commit, and answer, until nobody asks."""

    def may_write() -> None:
        if asked.has_nobody():
            raise LedgerUnavailable("whoever asked has ended")

    with closing(Commits(ledger, may_write)) as commits:
        while gathered := asked.gathered():
            lots = [pickle.loads(one) for one in gathered]  # noqa: S301 - from the process that started this
            work: list[Work] = [one for lot, _ in lots for one in lot]
            try:
                answers = commits.make(work, max(now for _, now in lots))
            except DispatchError as error:
                answers = [error] * len(work)
            asked.answer(pickle.dumps(answers, pickle.HIGHEST_PROTOCOL))
