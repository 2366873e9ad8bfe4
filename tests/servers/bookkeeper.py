"""A fast SMTP server in a process of its own that writes down what it accepts before it says so.

    with keeping_books(folder) as server: ...    # server.port, server.accepted()

Each accepted message is one line of an append-only file, in the kernel before the 250 leaves: the address it
went to and its Message-ID. `delay` is how many seconds the server takes to answer a dot.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[2]
_OFFERS = b"250-books.example.com\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 SMTPUTF8\r\n"
_REPLIES = {
    b"EHLO": _OFFERS,
    b"MAIL": b"250 2.1.0 ok\r\n",
    b"RCPT": b"250 2.1.5 ok\r\n",
    b"DATA": b"354 go on\r\n",
    b"RSET": b"250 2.0.0 ok\r\n",
    b"QUIT": b"221 2.0.0 bye\r\n",
}
_MESSAGE_ID = re.compile(rb"^message-id:\s*(\S+)", re.IGNORECASE | re.MULTILINE)
_END = b"\r\n.\r\n"
_TAKEN = b"250 2.0.0 taken\r\n"


@dataclass(frozen=True, slots=True)
class Entry:
    """One accepted message."""

    recipient: str
    message_id: str


class Bookkeeper:
    """The running server as the test sees it."""

    def __init__(self, port: int, log: Path) -> None:
        self.port = port
        self._log = log

    def accepted(self) -> list[Entry]:
        """Everything accepted so far, in order."""
        lines = self._log.read_text(encoding="utf-8").splitlines()
        return [Entry(*line.split("\t")) for line in lines]

    @property
    def count(self) -> int:
        """How many messages were accepted so far."""
        return self._log.read_bytes().count(b"\n")

    def settled(self) -> int:
        """How many were accepted in the end, when the sender has stopped writing."""
        seen = -1
        while seen != (seen := self.count):
            time.sleep(0.05)
        return seen


@contextmanager
def keeping_books(folder: Path, *, delay: float = 0.0) -> Iterator[Bookkeeper]:
    """Start the server with a new log in `folder`; it ends with the block."""
    log = folder / "accepted.log"
    command = [sys.executable, "-m", "tests.servers.bookkeeper", str(log), str(delay)]
    process = subprocess.Popen(command, cwd=_ROOT, stdout=subprocess.PIPE)
    assert process.stdout is not None
    try:
        yield Bookkeeper(int(process.stdout.readline()), log)
    finally:
        process.stdout.close()
        process.kill()
        process.wait()


class _Visit(asyncio.Protocol):
    """One client."""

    def __init__(self, log: int, delay: float) -> None:
        self._log = log
        self._delay = delay
        self._received = b""
        self._recipient = b""
        self._in_body = False
        self._busy = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(b"220 books.example.com ESMTP\r\n")

    def data_received(self, data: bytes) -> None:
        self._received += data
        self._go_on()

    def _go_on(self) -> None:
        """Answer what has arrived, in order: what stands behind a dot waits until the dot is answered."""
        answers = []
        while not self._busy and (end := self._received.find(_END if self._in_body else b"\r\n")) >= 0:
            if self._in_body:
                body, self._received = self._received[:end], self._received[end + len(_END) :]
                self._take(body)
                if self._delay:
                    self._busy = True
                    asyncio.get_running_loop().call_later(self._delay, self._answer_dot)
                else:
                    answers.append(_TAKEN)
            else:
                line, self._received = self._received[:end], self._received[end + 2 :]
                answers.append(self._answer(line))
        self._transport.write(b"".join(answers))

    def _answer(self, line: bytes) -> bytes:
        verb = line[:4].upper()
        if verb == b"RCPT":
            self._recipient = line[line.find(b"<") + 1 : line.find(b">")]
        self._in_body = verb == b"DATA"
        return _REPLIES.get(verb, b"502 5.5.1 what?\r\n")

    def _answer_dot(self) -> None:
        self._busy = False
        self._transport.write(_TAKEN)
        self._go_on()

    def _take(self, body: bytes) -> None:
        """Write down, and only then answer."""
        self._in_body = False
        found = _MESSAGE_ID.search(body)
        os.write(self._log, self._recipient + b"\t" + (found[1] if found else b"") + b"\n")


async def _serve(log: Path, delay: float) -> None:
    file = os.open(log, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Visit(file, delay), "127.0.0.1", 0, backlog=1000)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("log", type=Path)
    parser.add_argument("delay", type=float)
    wanted = parser.parse_args()
    asyncio.run(_serve(wanted.log, wanted.delay))
