"""Readers who leave: one-click POSTs (RFC 8058) at a running `dispatch serve`, and how long each waits."""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from dispatch.mail.token import Keyring
from dispatch.mail.trace import UNSUBSCRIBE
from tests.benchmarks.peers import dispatch
from tests.servers.programs import await_port, free_port

_BODY = b"List-Unsubscribe=One-Click"
_HEAD = (
    "POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    "Content-Length: {length}\r\n{more}\r\n"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What came of it: seconds for all, answers of 200, and how long each answer took, in order."""

    wall: float
    well: int
    waits: Sequence[float]

    def share(self, part: float) -> float:
        """The wait in milliseconds that this part of the requests did not exceed."""
        return self.waits[min(len(self.waits) - 1, int(len(self.waits) * part))] * 1000


def click(port: int, paths: Sequence[str], *, at_once: int, keep: bool) -> Load:
    """POST to each path, so many at a time; `keep` uses a connection again, else each has its own."""
    return asyncio.run(_click(port, paths, at_once, keep=keep))


async def _click(port: int, paths: Sequence[str], at_once: int, *, keep: bool) -> Load:
    left = iter(paths)
    waits: list[float] = []
    began = time.perf_counter()
    well = sum(await asyncio.gather(*(_reader(port, left, waits, keep=keep) for _ in range(at_once))))
    return Load(wall=time.perf_counter() - began, well=well, waits=sorted(waits))


async def _reader(port: int, left: Iterator[str], waits: list[float], *, keep: bool) -> int:
    """One client that takes path after path; how many were answered with 200."""
    well = 0
    streams = None
    more = "" if keep else "Connection: close\r\n"
    for path in left:
        began = time.perf_counter()
        streams = streams or await asyncio.open_connection("127.0.0.1", port)
        reader, writer = streams
        writer.write(_HEAD.format(path=path, length=len(_BODY), more=more).encode() + _BODY)
        well += await _answered(reader)
        waits.append(time.perf_counter() - began)
        if not keep:
            writer.close()
            streams = None
    if streams:
        streams[1].close()
    return well


async def _answered(reader: asyncio.StreamReader) -> bool:
    """Read one answer to its end; whether it was 200."""
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    length = head.partition(b"\r\ncontent-length:")[2].partition(b"\r\n")[0]
    await reader.readexactly(int(length))
    return head.startswith(b"http/1.1 200 ")


def leave_paths(folder: Path, count: int) -> list[str]:
    """Where the first copies of a planned issue leave, by the project's own key."""
    keyring = Keyring({1: bytes.fromhex((folder / ".dispatch" / "key").read_text())}, 1)
    with closing(sqlite3.connect(folder / ".dispatch" / "ledger.db")) as ledger:
        ids = ledger.execute("SELECT id FROM delivery ORDER BY id LIMIT ?", (count,)).fetchall()
    return [f"/u/{keyring.token(UNSUBSCRIBE, number)}" for (number,) in ids]


def suppressed(folder: Path) -> int:
    """How many the ledger has as unsubscribed, by a connection of its own."""
    with closing(sqlite3.connect(folder / ".dispatch" / "ledger.db")) as ledger:
        words = "SELECT count(*) FROM suppression WHERE class = 'unsubscribe'"
        return int(ledger.execute(words).fetchone()[0])


@contextmanager
def serving(folder: Path) -> Iterator[int]:
    """The pages of a project, as a process of their own with its log; yields the port."""
    port = free_port()
    with (folder / "serve.log").open("wb") as log:
        process = subprocess.Popen(dispatch("serve", "--port", str(port)), cwd=folder, stdout=log, stderr=log)
        try:
            await_port(port)
            yield port
        finally:
            process.terminate()
            if process.wait(60) != 143:
                sys.exit(f"dispatch serve ended with {process.returncode}")
