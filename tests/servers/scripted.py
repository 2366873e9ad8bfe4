"""An SMTP server that misbehaves as the test says, step by step, and keeps a true log of what it accepted.

    script = {"RCPT": [say("550 5.1.1 no such user"), say("250 ok")], "DOT": CUT}
    async with ScriptedServer(script) as server: ...      # in the loop of the test
    with running(ScriptedServer(script)) as server: ...    # in a thread, for tests of whole programs

Steps: GREETING EHLO STARTTLS AUTH CREDENTIAL MAIL RCPT DATA BODY DOT RSET QUIT. A step's entry is one Act, a
list of Acts (taken in turn, the last one stays), or a function to an Act from the command line (at DOT from
the recipient). Without an entry the server is a sane one: 503 to what is out of order.
"""

from __future__ import annotations

import asyncio
import re
import ssl
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from types import TracebackType

_MESSAGE_LIMIT = 2**25


@dataclass(frozen=True, slots=True)
class Act:
    """What the server does at a step: say `text`, then perhaps cut the connection, hang, or never end.

    `keeps` is for the dot: the message is taken (and logged) although nobody is told so.
    """

    text: bytes = b""
    cut: bool = False
    hang: bool = False
    endless: bytes = b""
    delay: float = 0.0
    keeps: bool = False


def say(*lines: str, cut: bool = False, hang: bool = False, delay: float = 0.0) -> Act:
    """Answer these lines, each with its code, then go on (or cut, or hang)."""
    return Act("".join(f"{line}\r\n" for line in lines).encode(), cut=cut, hang=hang, delay=delay)


CUT = Act(cut=True)
KEPT_AND_CUT = Act(cut=True, keeps=True)
HANG = Act(hang=True)
ENDLESS = Act(endless=b"250-and so on\r\n")

Entry = Act | Sequence[Act] | Callable[[str], Act]


@dataclass(frozen=True, slots=True)
class Accepted:
    """One message that the server took, written down before it said so; `at` by a monotonic clock."""

    sender: str
    recipients: tuple[str, ...]
    message: bytes
    at: float = field(default_factory=time.monotonic, compare=False)

    @property
    def message_id(self) -> str:
        """The Message-ID of the message; empty when it has none."""
        found = re.search(rb"^message-id:\s*(\S+)", self.message, re.IGNORECASE | re.MULTILINE)
        return found[1].decode() if found else ""


_USUAL: Mapping[str, Act] = {
    "GREETING": say("220 scripted.example.com ESMTP"),
    "STARTTLS": say("220 2.0.0 go ahead"),
    "AUTH": say("235 2.7.0 welcome"),
    "CREDENTIAL": say("235 2.7.0 welcome"),
    "MAIL": say("250 2.1.0 sender ok"),
    "RCPT": say("250 2.1.5 recipient ok"),
    "DATA": say("354 go on"),
    "BODY": Act(),
    "DOT": say("250 2.0.0 taken"),
    "RSET": say("250 2.0.0 forgotten"),
    "QUIT": say("221 2.0.0 bye", cut=True),
}


@dataclass(slots=True)
class _Mail:
    sender: str = ""
    recipients: list[str] = field(default_factory=list)


class ScriptedServer:
    """On 127.0.0.1. `offers` are EHLO's keywords; `tls` speaks TLS at once, `starttls` when asked."""

    def __init__(
        self,
        script: Mapping[str, Entry] | None = None,
        *,
        offers: Sequence[str] = ("PIPELINING", "SMTPUTF8", "8BITMIME"),
        tls: ssl.SSLContext | None = None,
        starttls: ssl.SSLContext | None = None,
    ) -> None:
        self.script = dict(script or {})
        self._taken: Counter[str] = Counter()
        self._offers = (*offers, *(["STARTTLS"] if starttls else []))
        self._tls = tls
        self._starttls = starttls
        self._server: asyncio.Server | None = None
        self.visits: set[asyncio.Task[None]] = set()
        self.port = 0
        self.connections = 0
        self.commands: list[str] = []
        self.secured: list[str] = []  # the commands that came over TLS
        self.accepted: list[Accepted] = []

    async def __aenter__(self) -> ScriptedServer:
        self._server = await asyncio.start_server(
            self._visit, "127.0.0.1", 0, ssl=self._tls, limit=_MESSAGE_LIMIT
        )
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()
        for task in self.visits:
            task.cancel()
        await asyncio.gather(*self.visits, return_exceptions=True)
        await self._server.wait_closed()

    async def _visit(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self.visits.add(task)
        self.connections += 1
        try:
            await self._talk(reader, writer)
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError, _Cut):
            pass
        finally:
            self.visits.discard(task)
            writer.transport.abort()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        mail = _Mail()
        await self._act("GREETING", "", writer)
        while line := (await reader.readuntil(b"\n")).decode("utf-8", "replace").rstrip("\r\n"):
            self.commands.append(line)
            if writer.get_extra_info("ssl_object"):
                self.secured.append(line)
            verb = line.split(" ")[0].upper()
            if verb == "DATA":
                if await self._take_data(mail, reader, writer):
                    mail = _Mail()
                continue
            code = await self._act(verb, line, writer, mail)
            if verb == "STARTTLS" and code == b"220" and self._starttls:
                await writer.start_tls(self._starttls)
            elif verb == "AUTH":
                await self._take_credentials(code, reader, writer)
            elif code.startswith(b"2"):
                _note(mail, verb, line)

    async def _take_credentials(
        self, code: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        while code == b"334":
            self.commands.append((await reader.readuntil(b"\n")).decode().rstrip())
            code = await self._act("CREDENTIAL", "", writer)

    async def _take_data(
        self, mail: _Mail, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        if await self._act("DATA", "DATA", writer, mail) != b"354":
            return False
        await self._act("BODY", "", writer)
        message = (
            await reader.readuntil(b"\r\n.\r\n") if mail.recipients else await reader.readuntil(b".\r\n")
        )
        answer = self._next("DOT", mail.recipients[-1] if mail.recipients else "")
        says_so = answer.text.startswith(b"2") and answer.text.endswith(b"\n")
        if (answer.keeps or says_so) and mail.recipients:
            self.accepted.append(Accepted(mail.sender, tuple(mail.recipients), message[:-3]))
        await self._do(answer, writer)
        return True

    async def _act(
        self, step: str, line: str, writer: asyncio.StreamWriter, mail: _Mail | None = None
    ) -> bytes:
        sane = step in self.script or mail is None or _in_order(step, mail)
        act = self._next(step, line) if sane else say("503 5.5.1 out of order")
        await self._do(act, writer)
        return act.text[:3]

    def _next(self, step: str, line: str) -> Act:
        entry = self.script.get(step)
        if entry is None:
            return self._hello() if step == "EHLO" else _USUAL.get(step, say("502 5.5.1 what?"))
        if isinstance(entry, Act):
            return entry
        if callable(entry):
            return entry(line)
        self._taken[step] += 1
        return entry[min(self._taken[step], len(entry)) - 1]

    def _hello(self) -> Act:
        lines = ["scripted.example.com", *self._offers]
        return say(*(f"250-{line}" for line in lines[:-1]), f"250 {lines[-1]}")

    async def _do(self, act: Act, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(act.delay)
        writer.write(act.text)
        await writer.drain()
        for _ in count() if act.endless else ():
            writer.write(act.endless)
            await writer.drain()
            await asyncio.sleep(0)
        if act.hang:
            writer.transport.pause_reading()  # type: ignore[attr-defined]
            await asyncio.sleep(3600)
        if act.cut:
            writer.close()
            raise _Cut


class _Cut(Exception):
    """The script says that the connection ends here."""


def _in_order(step: str, mail: _Mail) -> bool:
    fits = {"MAIL": not mail.sender, "RCPT": mail.sender, "DATA": mail.recipients}
    return bool(fits.get(step, True))


def _note(mail: _Mail, verb: str, line: str) -> None:
    found = re.search(r"<(.*?)>", line)
    if verb == "MAIL" and found:
        mail.sender = found[1]
    elif verb == "RCPT" and found:
        mail.recipients.append(found[1])
    elif verb == "RSET":
        mail.sender, mail.recipients = "", []


@contextmanager
def running(server: ScriptedServer) -> Iterator[ScriptedServer]:
    """Run `server` in a thread with a loop of its own, for programs that are started as programs."""
    loop = asyncio.new_event_loop()
    ready, over = threading.Event(), asyncio.Event()

    async def serve() -> None:
        async with server:
            ready.set()
            await over.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    try:
        assert ready.wait(10)
        yield server
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join()
        loop.close()
