"""A companion: another process of this program that is asked and answers while the event loop goes on."""

from __future__ import annotations

import asyncio
import os
import select
import signal
import socket
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from typing import Any, cast

from dispatch.wiring.beside import start_beside

_LENGTH = 4  # octets in front of what goes from process to process, which say how long it is
_ROOM = 1 << 20  # octets that wait between two processes before the loop has to keep them
_LEAVING_TAKES = 1.0  # seconds at most


class Companion(asyncio.Protocol, ABC):
    """The end of the line that is in this process's event loop.

    `heard` and `ended` are for those who know what is asked: called in the loop, `ended` once.
    """

    def __init__(self) -> None:
        self._frames = _Frames()
        self._transport: asyncio.Transport | None = None
        self._process: SpawnProcess | None = None
        self._changed = asyncio.Event()
        self.is_ready = False

    async def enter(self, work: Callable[..., None], *given: Any) -> None:
        """Start `work(pipe, *given)` there; it is ready some time later. Raises OSError."""
        pipe, self._process = await asyncio.to_thread(start_beside, work, *given)
        loop = asyncio.get_running_loop()
        await loop.create_unix_connection(lambda: self, sock=_line(pipe))

    async def readiness(self) -> bool:
        """Wait until it is ready; False when it has ended before."""
        await self._changed.wait()
        return self.is_ready

    def ask(self, question: bytes) -> None:
        """Say something that will be answered; for one that has been ready. Whoever ended hears nothing."""
        if self._transport is not None:
            self._transport.write(_framed(question))

    @abstractmethod
    def heard(self, answer: bytes) -> None:
        """The oldest question has its answer."""

    @abstractmethod
    def ended(self) -> None:
        """There will be no answer any more, to nothing."""

    async def leave(self) -> None:
        """End it, at once when it has not begun."""
        patience = _LEAVING_TAKES if self.is_ready else 0.0
        if self._transport is not None:
            self._transport.abort()
        if self._process is not None:
            await asyncio.to_thread(self._process.join, patience)
            if self._process.is_alive():
                self._process.kill()
                await asyncio.to_thread(self._process.join)

    # What the event loop calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's are none by their class

    def data_received(self, data: bytes) -> None:
        for answer in self._frames.found(data):
            if self.is_ready:
                self.heard(answer)
            else:
                self.is_ready = True
                self._changed.set()

    def connection_lost(self, _exc: Exception | None) -> None:
        self.is_ready = False
        self._transport = None
        self._changed.set()
        self.ended()


class Questions:
    """The other end of the line, in the process that answers."""

    def __init__(self, line: socket.socket) -> None:
        self._line = line
        self._frames = _Frames()
        self._end = select.poll()
        self._end.register(line, 0)  # the end of the other side is told unasked

    def gathered(self) -> list[bytes]:
        """All that is asked by now, in order, at least one thing; nothing when nobody asks any more."""
        while data := self._line.recv(_ROOM):
            if found := self._frames.found(data):
                return found
        return []

    def answer(self, *answers: bytes) -> None:
        """Some at once, in the order of the questions. Raises OSError when nobody wants to know."""
        self._line.sendall(b"".join(map(_framed, answers)))

    def has_nobody(self) -> bool:
        """Whether whoever asks has ended."""
        return bool(self._end.poll(0))


@contextmanager
def questions(pipe: Connection) -> Iterator[Questions]:
    """Be ready to answer. Whoever ends the run still needs what it has asked for: SIGTERM is ignored."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    with _line(pipe) as line:
        asked = Questions(line)
        asked.answer(b"")
        yield asked


class _Frames:
    """What comes over a line, in the pieces in which it was said."""

    def __init__(self) -> None:
        self._rest = bytearray()

    def found(self, data: bytes) -> list[bytes]:
        """All that is whole by now."""
        rest, found, at = self._rest, list[bytes](), 0
        rest += data
        while len(rest) >= (start := at + _LENGTH):
            end = start + int.from_bytes(rest[at:start], "big")
            if len(rest) < end:
                break
            found.append(bytes(rest[start:end]))
            at = end
        del rest[:at]
        return found


def _framed(content: bytes) -> bytes:
    return len(content).to_bytes(_LENGTH, "big") + content


def _line(pipe: Connection) -> socket.socket:
    """The pipe as what it is below: it can be listened to by an event loop, and holds several letters."""
    with pipe:
        line = socket.socket(fileno=os.dup(pipe.fileno()))
    for way in (socket.SO_SNDBUF, socket.SO_RCVBUF):
        line.setsockopt(socket.SOL_SOCKET, way, _ROOM)
    return line
