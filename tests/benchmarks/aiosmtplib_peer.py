"""aiosmtplib as its manual shows it: a pool of connections, an EmailMessage per reader.

python -m tests.benchmarks.aiosmtplib_peer PORT RECIPIENTS SESSIONS HTML_FILE TEXT_FILE
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path

import aiosmtplib
import uvloop

from tests.benchmarks.smtplib_peer import letter


async def send(port: int, numbers: Iterator[int], html: str, text: str) -> None:
    """One connection's share."""
    async with aiosmtplib.SMTP(hostname="127.0.0.1", port=port, start_tls=False) as client:
        for number in numbers:
            await client.send_message(letter(number, html, text))


async def main(port: str, recipients: str, sessions: str, html: str, text: str) -> None:
    """Send to everybody."""
    numbers = iter(range(int(recipients)))
    await asyncio.gather(*(send(int(port), numbers, html, text) for _ in range(int(sessions))))


if __name__ == "__main__":
    *counts, html_file, text_file = sys.argv[1:]
    parts = [Path(file).read_text(encoding="utf-8") for file in (html_file, text_file)]
    uvloop.run(main(*counts, *parts))
