"""Signing on the cores that are idle meanwhile: an RSA signature costs more than all the rest of a letter.

This process begins alone, and most lists are over before that would change. Threads of its own would take
turns with the event loop for Python's lock; another process has a lock of its own. What the signatories do
not sign, because they are not ready or have ended, is signed here.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from operator import attrgetter
from typing import cast

from dispatch.send.signing import Sign, in_threads
from dispatch.wiring.beside import idle_cores, start_beside

_ALONE = 1_000  # signatures; another process takes about as long to start as these take to make
_MOST = 4
_LENGTH = 4  # octets in front of what goes from process to process, which say how long it is
_ROOM = 1 << 20  # octets that wait between two processes before the loop has to keep them
_LEAVING_TAKES = 1.0  # seconds at most


@asynccontextmanager
async def signing(sign: Callable[[bytes], bytes] | None) -> AsyncIterator[Sign | None]:
    """As `in_threads`, and in other processes as well once there is much to sign. `sign` can be pickled."""
    with in_threads(sign) as here:
        if sign is None or here is None or (count := min(_MOST, idle_cores())) < 1:
            yield here
            return
        desk = _Desk(count, sign, here)
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
                await signatory.enter(self._sign)

    async def close(self) -> None:
        """Let all of them go."""
        if self._opening is not None:
            await self._opening
        for signatory in self._signatories:
            await signatory.leave()


class _Signatory(asyncio.Protocol):
    """Another process that signs, in the order in which it is asked. `here` signs what it leaves undone."""

    def __init__(self, here: Sign) -> None:
        self._here = here
        self._loop = asyncio.get_running_loop()
        self._owed: deque[tuple[bytes, asyncio.Future[bytes]]] = deque()
        self._said = bytearray()
        self._transport: asyncio.Transport | None = None
        self._process: SpawnProcess | None = None
        self.is_ready = False

    @property
    def owes(self) -> int:
        """How many signatures it has been asked for and not given."""
        return len(self._owed)

    async def enter(self, sign: Callable[[bytes], bytes]) -> None:
        """Start it; it is ready some time later."""
        pipe, self._process = await asyncio.to_thread(start_beside, _sign_what_comes, sign)
        await self._loop.create_unix_connection(lambda: self, sock=_line(pipe))

    def sign(self, message: bytes) -> asyncio.Future[bytes]:
        """Ask for a signature."""
        answer: asyncio.Future[bytes] = self._loop.create_future()
        self._owed.append((message, answer))
        if self._transport is not None:
            self._transport.writelines([len(message).to_bytes(_LENGTH, "big"), message])
        return answer

    async def leave(self) -> None:
        """End it."""
        if self._transport is not None:
            self._transport.abort()
        if self._process is not None:
            await asyncio.to_thread(self._process.join, _LEAVING_TAKES)
            if self._process.is_alive():
                self._process.kill()
                await asyncio.to_thread(self._process.join)

    # What the event loop calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's are none by their class

    def data_received(self, data: bytes) -> None:
        said = self._said
        said += data
        while len(said) >= _LENGTH:
            end = _LENGTH + int.from_bytes(said[:_LENGTH], "big")
            if len(said) < end:
                return
            self._hear(bytes(said[_LENGTH:end]))
            del said[:end]

    def _hear(self, field: bytes) -> None:
        if not self.is_ready:
            self.is_ready = True
            return
        _, answer = self._owed.popleft()
        if not answer.done():
            answer.set_result(field)

    def connection_lost(self, _exc: Exception | None) -> None:
        self.is_ready = False
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


def _line(pipe: Connection) -> socket.socket:
    """The pipe as what it is below: it can be listened to by an event loop, and holds several letters."""
    with pipe:
        line = socket.socket(fileno=os.dup(pipe.fileno()))
    for way in (socket.SO_SNDBUF, socket.SO_RCVBUF):
        line.setsockopt(socket.SOL_SOCKET, way, _ROOM)
    return line


def _framed(content: bytes) -> bytes:
    return len(content).to_bytes(_LENGTH, "big") + content


def _sign_what_comes(pipe: Connection, sign: Callable[[bytes], bytes]) -> None:
    """What runs there until nobody asks. Whoever ends the run still needs what it has asked for."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    with suppress(OSError), _line(pipe) as line, line.makefile("rb") as asked:
        line.sendall(_framed(b""))
        while head := asked.read(_LENGTH):
            line.sendall(_framed(sign(asked.read(int.from_bytes(head, "big")))))
