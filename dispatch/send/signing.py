"""Signing beside the event loop: RSA costs more than all the rest of a letter, and lets other threads run."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

_MOST_THREADS = 4
# Octets that a signature adds at most (RSA of 4096 bits), for the relay's limit on the size of a message.
LONGEST_SIGNATURE = 2_048

Sign = Callable[[bytes], asyncio.Future[bytes]]  # from a message to the field that stands in front of it


@contextmanager
def in_threads(sign: Callable[[bytes], bytes] | None) -> Iterator[Sign | None]:
    """Inside a running loop: `sign` as something to be awaited. None stays None."""
    if sign is None:
        yield None
        return
    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(min(_MOST_THREADS, os.cpu_count() or 1), "dkim") as pool:
        yield lambda message: loop.run_in_executor(pool, sign, message)
