"""Waiting between two runs: for the next stage or the next due copy, with an ear for signals and a pause."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from dispatch.errors import DispatchError

# By the wall clock and in short steps: a laptop that slept, or a clock that was set, is noticed at once.
_GLANCE = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Interruption:
    """What ended a rest before its time: a signal, or a reason to stop."""

    signal: int | None = None
    cause: DispatchError | None = None


async def rest(
    until: datetime, *, clock: Callable[[], datetime], stop_when: Callable[[], DispatchError | None]
) -> Interruption | None:
    """Wait until the time has come; None when it came, else what was in the way."""
    heard: asyncio.Queue[int] = asyncio.Queue()
    with signals_to(heard.put_nowait):
        while (left := (until - clock()).total_seconds()) > 0:
            if cause := stop_when():
                return Interruption(cause=cause)
            try:
                return Interruption(signal=await asyncio.wait_for(heard.get(), min(left, _GLANCE)))
            except TimeoutError:
                continue
    return None


@contextmanager
def signals_to(receive: Callable[[int], None]) -> Iterator[None]:
    """Hand SIGINT and SIGTERM to `receive` while this lasts."""
    loop = asyncio.get_running_loop()
    signals = (signal.SIGINT, signal.SIGTERM)
    for number in signals:
        loop.add_signal_handler(number, receive, number)
    try:
        yield
    finally:
        for number in signals:
            loop.remove_signal_handler(number)
