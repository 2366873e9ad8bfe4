"""Another process of this program beside this one, and a pipe to it."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from multiprocessing import current_process, get_context
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from typing import Any

from dispatch.wiring.collector import collect_seldom


def idle_cores() -> int:
    """How many cores this process has beside its own; one that is itself beside another counts on none."""
    if current_process().daemon:
        return 0
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return cores - 1


def start_beside(work: Callable[..., None], *given: Any) -> tuple[Connection, SpawnProcess]:
    """Start `work(pipe, *given)` in a new Python. It ends with this process, and its pipe with it.

    A Ctrl-C is for this process alone, whenever it comes.
    """
    context = get_context("spawn")
    pipe, theirs = context.Pipe()
    process = context.Process(target=_begin, args=(work, theirs, *given), daemon=True)
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})  # the new one begins with this mask
    try:
        process.start()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    theirs.close()
    return pipe, process


def _begin(work: Callable[..., None], pipe: Connection, *given: Any) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    collect_seldom()
    work(pipe, *given)
