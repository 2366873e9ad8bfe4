"""Signing on the cores that are idle meanwhile: an RSA signature costs more than all the rest of a letter.

This process begins alone, and most lists are over before that would change. Threads of its own would take
turns with the event loop for Python's lock; another process has a lock of its own. What the signatories do
not sign, because they are not ready or have ended, is signed here.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial
from multiprocessing.connection import Connection
from operator import attrgetter

from dispatch.send.signing import Sign, in_threads
from dispatch.wiring.beside import idle_cores
from dispatch.wiring.companion import Companion, questions

_ALONE = 1_000  # signatures; another process takes about as long to start as these take to make
_MOST = 4
_AT_ONCE = 16  # answers at most; what they set going, a commit before all, is cheaper for several at once


@asynccontextmanager
async def signing(sign: Callable[[bytes], bytes] | None) -> AsyncIterator[Sign | None]:
    """As `in_threads`, and in other processes as well once there is much to sign. `sign` can be pickled."""
    with in_threads(sign) as here:
        if sign is None or here is None or (idle := idle_cores()) < 1:
            yield here
            return
        desk = _Desk(min(_MOST, idle + 1), sign, here)  # this core is not idle, and has room all the same
        try:
            yield desk.sign
        finally:
            await desk.close()


class _Desk:
    """Messages dealt out to `count` signatories, once there are many."""

    def __init__(self, count: int, sign: Callable[[bytes], bytes], here: Sign) -> None:
        self._count = count
        self._sign = sign
        self._here = here
        self._asked = 0
        self._opening: asyncio.Task[None] | None = None
        self._signatories: list[_Signatory] = []

    def sign(self, message: bytes) -> asyncio.Future[bytes]:
        """The signature field of a message, to be awaited."""
        self._asked += 1
        if self._asked == _ALONE:
            self._opening = asyncio.create_task(self._open())
        ready = [one for one in self._signatories if one.is_ready]
        return min(ready, key=attrgetter("owes")).sign(message) if ready else self._here(message)

    async def _open(self) -> None:
        for _ in range(self._count):
            signatory = _Signatory(self._here)
            self._signatories.append(signatory)
            with suppress(OSError):  # the system has no process left for this one; it never gets ready
                await signatory.enter(_sign_what_comes, self._sign)

    async def close(self) -> None:
        """Let all of them go."""
        if self._opening is not None:
            await self._opening
        for signatory in self._signatories:
            await signatory.leave()


class _Signatory(Companion):
    """Another process that signs, in the order in which it is asked. `here` signs what it leaves undone."""

    def __init__(self, here: Sign) -> None:
        super().__init__()
        self._here = here
        self._loop = asyncio.get_running_loop()
        self._owed: deque[tuple[bytes, asyncio.Future[bytes]]] = deque()

    @property
    def owes(self) -> int:
        """How many signatures it has been asked for and not given."""
        return len(self._owed)

    def sign(self, message: bytes) -> asyncio.Future[bytes]:
        """Ask for a signature."""
        answer: asyncio.Future[bytes] = self._loop.create_future()
        self._owed.append((message, answer))
        self.ask(message)
        return answer

    def heard(self, answer: bytes) -> None:
        _, waiting = self._owed.popleft()
        if not waiting.done():
            waiting.set_result(answer)

    def ended(self) -> None:
        for message, answer in self._owed:
            if not answer.done():
                self._here(message).add_done_callback(partial(_pass_on, answer))
        self._owed.clear()


def _pass_on(answer: asyncio.Future[bytes], found: asyncio.Future[bytes]) -> None:
    if answer.done() or found.cancelled():
        answer.cancel()
    elif (error := found.exception()) is not None:
        answer.set_exception(error)
    else:
        answer.set_result(found.result())


def _sign_what_comes(pipe: Connection, sign: Callable[[bytes], bytes]) -> None:
    """What runs there until nobody asks."""
    with suppress(OSError), questions(pipe) as asked:
        while messages := asked.gathered():
            for start in range(0, len(messages), _AT_ONCE):
                asked.answer(*map(sign, messages[start : start + _AT_ONCE]))
