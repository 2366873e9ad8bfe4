"""Another process of this program beside this one, and a pipe to it."""

from __future__ import annotations

from collections.abc import Callable
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from typing import Any

from dispatch.wiring.collector import collect_seldom


def start_beside(work: Callable[..., None], *given: Any) -> tuple[Connection, SpawnProcess]:
    """Start `work(pipe, *given)` in a new Python. It ends with this process, and its pipe with it."""
    context = get_context("spawn")
    pipe, theirs = context.Pipe()
    process = context.Process(target=_begin, args=(work, theirs, *given), daemon=True)
    process.start()
    theirs.close()
    return pipe, process


def _begin(work: Callable[..., None], pipe: Connection, *given: Any) -> None:
    collect_seldom()
    work(pipe, *given)
