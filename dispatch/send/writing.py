"""Work for the ledger, left by the event loop: the sessions are coroutines, and the ledger is synchronous."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime
from typing import Any, TypeAlias

from dispatch.ledger.commits import Kind
from dispatch.ledger.ledger import Ledger
from dispatch.ledger.writer import Answers, Done, Writer

Submit: TypeAlias = Callable[[Kind, Any, Done], None]
"""Asks for one thing (ledger/commits.py). `done` is called in the loop, with the answer or what failed."""

Writing: TypeAlias = Callable[[Ledger, Callable[[], datetime], int], AbstractAsyncContextManager[Submit]]
"""Opens the way to the ledger, inside a running loop, for about so many letters; at the end all that was
submitted is answered.
"""


@asynccontextmanager
async def in_a_thread(
    ledger: Ledger, clock: Callable[[], datetime], _letters: int = 0
) -> AsyncIterator[Submit]:
    """The way to a thread of this process."""
    loop = asyncio.get_running_loop()
    writer = Writer(ledger, clock, lambda answers: _bring_back(loop, answers))
    try:
        yield writer.submit
    finally:
        await asyncio.to_thread(writer.close)


def _bring_back(loop: asyncio.AbstractEventLoop, answers: Answers) -> None:
    loop.call_soon_threadsafe(_deliver, answers)


def _deliver(answers: Answers) -> None:
    for done, result in answers:
        done(result)
