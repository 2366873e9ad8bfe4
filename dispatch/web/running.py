"""The readers' pages as a running server. The door to uvicorn."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from dispatch.errors import UsageError
from dispatch.web.porch import Application
from dispatch.web.postbox import Postbox

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_CONNECTIONS = 900  # below the 1,024 open files that a process usually may have
_LARGEST_HEAD = 16_384
_TENDED_EVERY = 20.0  # seconds
_GRACE = 30  # seconds for what is in flight at the end


class PatientProtocol(H11Protocol):
    """HTTP/1.1, and the end of a connection on which no whole request head comes: uvicorn waits for ever."""

    patience = 20.0  # seconds
    _alarm: asyncio.TimerHandle | None = None
    _seen: object = ()  # the request that was there when we last looked; none looks like this

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A connection begins."""
        super().connection_made(transport)
        self._look()

    def connection_lost(self, exc: Exception | None) -> None:
        """It is over."""
        if self._alarm is not None:
            self._alarm.cancel()
        super().connection_lost(exc)

    def _look(self) -> None:
        is_idle = self.cycle is None or self.cycle.response_complete
        if is_idle and self._seen is self.cycle:
            self.transport.close()
            return
        self._seen = self.cycle
        self._alarm = self.loop.call_later(self.patience, self._look)


class _Server(uvicorn.Server):
    """Uvicorn, with the signals left to us: it would end the process by the signal itself, unclosed."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


async def run(
    application: Application,
    listener: socket.socket,
    postbox: Postbox,
    *,
    ready: Callable[[], None],
    tend: Callable[[], None] = lambda: None,
) -> int:
    """Answer until a signal comes, and finish what is in flight then. The number of the signal.

    `tend` is called now and then, in a thread of its own.
    """
    config = uvicorn.Config(
        application,
        http=PatientProtocol,
        ws="none",
        lifespan="off",
        log_level="critical",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        limit_concurrency=_CONNECTIONS,
        backlog=2048,
        timeout_keep_alive=5,
        timeout_graceful_shutdown=_GRACE,
        h11_max_incomplete_event_size=_LARGEST_HEAD,
    )
    server = _Server(config)
    caught: list[int] = []

    def stop(number: int) -> None:
        caught.append(number)
        server.should_exit = True

    loop = asyncio.get_running_loop()
    for number in _SIGNALS:
        loop.add_signal_handler(number, stop, number)
    tasks = [asyncio.create_task(postbox.work()), asyncio.create_task(_tending(tend))]
    ready()
    try:
        await server.serve(sockets=[listener])
        await postbox.close()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for number in _SIGNALS:
            loop.remove_signal_handler(number)
    return caught[0] if caught else 0


async def _tending(tend: Callable[[], None]) -> None:
    while True:
        await asyncio.sleep(_TENDED_EVERY)
        await asyncio.to_thread(tend)


def bound(host: str, port: int) -> socket.socket:
    """A socket that listens there; the port 0 is any free one. Raises UsageError."""
    try:
        family, kind, protocol, _, place = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listening = socket.socket(family, kind, protocol)
        try:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind(place)
            listening.listen(2048)
        except BaseException:
            listening.close()
            raise
    except (OSError, OverflowError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise UsageError(
            f"{host}:{port} cannot be used: {why}", hint="name another one: --host 127.0.0.1 --port 8025"
        ) from error
    return listening


def bound_at(path: Path) -> socket.socket:
    """A socket in the file system, for its owner and group; one that was left behind is replaced.

    Raises UsageError.
    """
    try:
        if path.exists() and stat.S_ISSOCK(path.stat().st_mode) and not _answers(path):
            path.unlink()
        listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        before = os.umask(0o117)
        try:
            listening.bind(str(path))
            listening.listen(2048)
        except BaseException:
            listening.close()
            raise
        finally:
            os.umask(before)
    except OSError as error:
        raise UsageError(
            f"the socket {path} cannot be made: {error.strerror or error}", hint="name another file"
        ) from error
    return listening


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as trial:
        try:
            trial.connect(str(path))
        except OSError:
            return False
    return True
