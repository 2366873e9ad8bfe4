"""A loopback proxy that lets answers take their time, as a network does.

    python -m tests.benchmarks.delay PORT MILLISECONDS

Prints its own port and ends with its standard input. What the client says passes at once; what the server
answers arrives so many milliseconds later, in order.
"""

from __future__ import annotations

import asyncio
import sys
from functools import partial
from typing import cast

import uvloop


class _End(asyncio.Protocol):
    """One end of a connection; what it hears goes to the other end after `delay` seconds."""

    def __init__(self, delay: float) -> None:
        self._delay = delay
        self._early: list[bytes] = []
        self.transport: asyncio.Transport | None = None
        self.other: _End | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        if self.other is None:
            self._early.append(data)
        elif self._delay:
            asyncio.get_running_loop().call_later(self._delay, self.other.pass_on, data)
        else:
            self.other.pass_on(data)

    def join(self, other: _End) -> None:
        """From now on both hear each other."""
        self.other, other.other = other, self
        for data in self._early:
            other.pass_on(data)

    def pass_on(self, data: bytes) -> None:
        """Say what the other end has heard."""
        if self.transport is not None and not self.transport.is_closing():
            self.transport.write(data)

    def connection_lost(self, _exc: Exception | None) -> None:
        if self.other is not None and self.other.transport is not None:
            asyncio.get_running_loop().call_later(self._delay, self.other.transport.close)


class _Client(_End):
    """The end that somebody has connected to; it connects to the server."""

    def __init__(self, port: int, delay: float) -> None:
        super().__init__(0.0)
        self._port = port
        self._answers_after = delay
        self._connecting: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._connecting = asyncio.create_task(self._connect())

    async def _connect(self) -> None:
        loop = asyncio.get_running_loop()
        _, server = await loop.create_connection(partial(_End, self._answers_after), "127.0.0.1", self._port)
        server.join(self)
        self.join(server)


async def _serve(port: int, delay: float) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(partial(_Client, port, delay), "127.0.0.1", 0, backlog=1000)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


if __name__ == "__main__":
    uvloop.run(_serve(int(sys.argv[1]), int(sys.argv[2]) / 1000))
