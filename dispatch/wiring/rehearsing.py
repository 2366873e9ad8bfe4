"""The rehearsal of a long list on the cores that are idle meanwhile: everybody's copy is filled once.

This process begins alone, and most lists are over before that would change. The others compile the issue for
themselves; what comes from them is what this process would have found.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from functools import partial
from multiprocessing import get_context
from pathlib import Path

from dispatch.mail.letter import Letters
from dispatch.send.plan import Fields, Rehearse, Rehearsed, rehearse_each
from dispatch.wiring.collector import collect_seldom
from dispatch.wiring.press import print_letters, print_page
from dispatch.wiring.project import Project

_ALONE = 10_000  # rows; another process takes about as long to start as these take to fill


@contextmanager
def rehearsing(
    project: Project, issue: Path, columns: Sequence[str], letters: Letters
) -> Iterator[Rehearse | None]:
    """What fills copies; None where this process has no core beside its own."""
    helpers = _cores() - 1
    if helpers < 1:
        yield None
        return
    pool = _Pool(partial(_others, helpers, project, issue, columns), letters)
    try:
        yield pool.begin
    finally:
        pool.close()


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _others(helpers: int, project: Project, issue: Path, columns: Sequence[str]) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(
        helpers, mp_context=get_context("spawn"), initializer=_prepare, initargs=(project, issue, columns)
    )


class _Pool:
    """Readers dealt out to other processes, once there are many of them and the others are there."""

    def __init__(self, others: Callable[[], ProcessPoolExecutor], letters: Letters) -> None:
        self._make_others = others
        self._others: ProcessPoolExecutor | None = None
        self._awake: Future[bool] | None = None
        self._letters = letters
        self._seen = 0

    def begin(self, readers: Sequence[Fields]) -> Callable[[], Sequence[Rehearsed]]:
        """Begin to fill copies for these readers; what is given back waits for them."""
        alone = partial(rehearse_each, self._letters.rehearse, readers)
        self._seen += len(readers)
        if self._seen <= _ALONE:
            return alone
        try:
            if self._others is None:
                self._others = self._make_others()
                self._awake = self._others.submit(_is_ready)
            if self._awake is None or not self._awake.done() or self._awake.exception():
                return alone
            answer = self._others.submit(_rehearse, list(readers))
        except (BrokenProcessPool, OSError):
            return alone
        return partial(_answered, answer, alone)

    def close(self) -> None:
        """Let the others go; what nobody waits for any more is not begun."""
        if self._others is not None:
            self._others.shutdown(wait=True, cancel_futures=True)


def _answered(answer: Future[list[Rehearsed]], alone: Callable[[], list[Rehearsed]]) -> Sequence[Rehearsed]:
    try:
        return answer.result()
    except BrokenProcessPool:  # somebody has ended it
        return alone()


# What runs in the others

_letters: Letters | None = None


def _prepare(project: Project, path: Path, columns: Sequence[str]) -> None:
    """Compile the issue. A Ctrl-C is for the process that is planning."""
    global _letters  # noqa: PLW0603 - an executor gives its processes no other place
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    collect_seldom()
    issue = project.read_issue(path)
    _letters = print_letters(project, issue, print_page(project, issue, path, columns))


def _is_ready() -> bool:
    return _letters is not None


def _rehearse(readers: Sequence[Fields]) -> list[Rehearsed]:
    if _letters is None:
        raise RuntimeError("nothing was prepared")
    return rehearse_each(_letters.rehearse, readers)
