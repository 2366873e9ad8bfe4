"""The sandbox: an SMTP server inside the process that keeps what it gets in a Maildir, sending nothing on.

It is the relay while none is configured, so that the whole way of a letter is the real one. The only door to
aiosmtpd.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope
from aiosmtpd.smtp import Session as Visit

from dispatch.model.settings import Relay, Security

_HOST = "127.0.0.1"
_GONE_IN = 1.0  # seconds at most for the connections to be told that the sandbox closes


class Sandbox:
    """`async with Sandbox(folder) as relay` listens on a free loopback port; `relay` is how to reach it.

    `folder` becomes a Maildir. A message stands there, safe on the disk, before it is answered with 250.
    """

    def __init__(self, folder: Path) -> None:
        self._maildir = Maildir(folder)
        self._server: asyncio.Server | None = None
        self._visits: set[_Visit] = set()

    async def __aenter__(self) -> Relay:
        await asyncio.to_thread(self._maildir.create)
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._receive, _HOST, 0)
        port = self._server.sockets[0].getsockname()[1]
        return Relay(host=_HOST, port=port, security=Security.NONE)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._server is None:
            return
        self._server.close()
        waiting = [visit.gone for visit in self._visits if visit.leave()]
        if waiting:
            await asyncio.wait(waiting, timeout=_GONE_IN)
        await self._server.wait_closed()

    def _receive(self) -> _Visit:
        return _Visit(_Clerk(self._maildir), self._visits)


class Maildir:
    """A folder of messages, one a file, each whole or absent (https://cr.yp.to/proto/maildir.html)."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def create(self) -> None:
        """Make the folder and its three rooms, readable by the owner alone. Raises OSError."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for room in ("tmp", "new", "cur"):
            (self._folder / room).mkdir(mode=0o700, exist_ok=True)

    def keep(self, message: bytes) -> None:
        """Store a message and return when a power cut could no longer lose it. Raises OSError."""
        name = f"{time.time_ns()}.P{os.getpid()}R{secrets.token_hex(6)}.dispatch"
        draft = self._folder / "tmp" / name
        try:
            with draft.open("xb") as file:
                file.write(message)
                file.flush()
                os.fsync(file.fileno())
            draft.rename(self._folder / "new" / name)
        except OSError:
            draft.unlink(missing_ok=True)
            raise
        _sync_folder(self._folder / "new")


class _Clerk:
    """What aiosmtpd asks at each step; only the message and the greeting concern us."""

    def __init__(self, maildir: Maildir) -> None:
        self._maildir = maildir

    async def handle_EHLO(  # noqa: N802 (aiosmtpd finds its hooks by name)
        self, _server: SMTP, visit: Visit, _envelope: Envelope, hostname: str, offers: list[str]
    ) -> list[str]:
        visit.host_name = hostname
        return [offers[0], "250-PIPELINING", *offers[1:]]  # aiosmtpd reads and answers strictly in order

    async def handle_DATA(self, _server: SMTP, _visit: Visit, envelope: Envelope) -> str:  # noqa: N802
        try:
            await asyncio.to_thread(self._maildir.keep, _as_delivered(envelope))
        except OSError as error:
            return f"452 4.3.1 the outbox cannot keep the message: {error.strerror}"
        return "250 2.0.0 kept in the outbox"


class _Visit(SMTP):  # type: ignore[misc, unused-ignore]
    """One connection to the sandbox."""

    def __init__(self, clerk: _Clerk, visits: set[_Visit]) -> None:
        loop = asyncio.get_running_loop()
        super().__init__(
            clerk, enable_SMTPUTF8=True, hostname="localhost", ident="dispatch sandbox", loop=loop
        )
        self._visits = visits
        self.gone: asyncio.Future[None] = loop.create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._visits.add(self)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        super().connection_lost(error)
        self._visits.discard(self)
        if not self.gone.done():
            self.gone.set_result(None)

    async def push(self, status: Any) -> None:
        """Answer; a client that is gone meanwhile ends the visit quietly, as it does at every other point."""
        try:
            await super().push(status)
        except ConnectionError:
            raise asyncio.CancelledError from None

    def leave(self) -> bool:
        """Break the connection off; tells whether there was one."""
        abort: Callable[[], None] | None = getattr(self.transport, "abort", None)
        if abort is None:
            return False
        abort()
        return True


def _as_delivered(envelope: Envelope) -> bytes:
    """The message as a mail server files it: the envelope on top, line ends of the house."""
    lines = [f"Return-Path: <{envelope.mail_from or ''}>"]
    lines += [f"Delivered-To: {recipient}" for recipient in envelope.rcpt_tos]
    top = "".join(f"{line}\n" for line in lines).encode("utf-8", "surrogateescape")
    return top + (envelope.original_content or b"").replace(b"\r\n", b"\n")


def _sync_folder(folder: Path) -> None:
    """Make a rename in `folder` durable, where the platform can do it."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
