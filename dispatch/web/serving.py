"""The workbench as a running server: a port on loopback, and an eye on the files. The door to uvicorn and
watchfiles."""

from __future__ import annotations

import asyncio
import secrets
import socket
from collections.abc import AsyncIterator
from contextlib import suppress

import uvicorn
import watchfiles
from anyio import to_thread

from dispatch.errors import UsageError
from dispatch.web.desk import Desk
from dispatch.web.guard import Guard
from dispatch.web.preview import workbench

_LOOPBACK = "127.0.0.1"
_QUIET_MS = 8  # a save is over when the files have been quiet for so long
_PATIENCE_MS = 60
_LOOK_ANEW = 5.0  # seconds after which a folder that is new is found


class Workbench:
    """One issue, served to this machine's browser. `address` is where, its secret word included."""

    def __init__(self, desk: Desk, port: int = 0) -> None:
        self._desk = desk
        self._socket = _bound(port)
        self._token = secrets.token_urlsafe(18)
        self._listeners: set[asyncio.Queue[int]] = set()
        self._closing = False

    @property
    def port(self) -> int:
        """The port that was free, or asked for."""
        return int(self._socket.getsockname()[1])

    @property
    def address(self) -> str:
        """The address to open."""
        return f"http://{_LOOPBACK}:{self.port}/{self._token}/"

    async def serve(self) -> None:
        """Answer until the process is told to end."""
        hosts = frozenset(f"{name}:{self.port}" for name in (_LOOPBACK, "localhost", "[::1]"))
        pages = workbench(self._desk, token=self._token, changes=self._changes)
        app = Guard(pages, token=self._token, hosts=hosts)
        server = uvicorn.Server(
            uvicorn.Config(
                app, log_level="critical", access_log=False, lifespan="off", server_header=False,
                timeout_graceful_shutdown=1,
            )
        )  # fmt: skip
        watching = asyncio.create_task(self._watch())
        try:
            await server.serve(sockets=[self._socket])
        finally:
            self._closing = True
            watching.cancel()
            with suppress(asyncio.CancelledError):
                await watching

    async def _watch(self) -> None:
        """Read the files again whenever one was saved, and tell every open page."""
        folders = self._desk.watched()
        while True:
            async for _ in watchfiles.awatch(
                *folders, watch_filter=None, debounce=_PATIENCE_MS, step=_QUIET_MS, recursive=False,
                rust_timeout=int(_LOOK_ANEW * 1000), yield_on_timeout=True,
            ):  # fmt: skip
                await self._refresh()
                if folders != (folders := self._desk.watched()):
                    break

    async def _refresh(self) -> None:
        if await to_thread.run_sync(self._desk.refresh):
            version = self._desk.standing().version
            for listener in self._listeners:
                listener.put_nowait(version)

    async def _changes(self) -> AsyncIterator[int]:
        """The version now, and each new one."""
        queue: asyncio.Queue[int] = asyncio.Queue()
        self._listeners.add(queue)
        try:
            yield self._desk.standing().version
            while True:
                yield await queue.get()
        finally:
            self._listeners.discard(queue)


def _bound(port: int) -> socket.socket:
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((_LOOPBACK, port))
        listening.listen()  # from now on, so that whoever reads the address can come at once
    except (OSError, OverflowError) as error:
        listening.close()
        why = getattr(error, "strerror", None) or "a port is a number up to 65535"
        raise UsageError(
            f"port {port} cannot be used: {why}", hint="leave --port out for a free one"
        ) from error
    return listening
