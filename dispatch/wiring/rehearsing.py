"""The rehearsal of a long list on the cores that are idle meanwhile: everybody's copy is filled once.

This process begins alone, and most lists are over before that would change. Its understudies compile the
issue for themselves; what comes from them is what this process would have found.
"""

from __future__ import annotations

import marshal
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import cycle
from multiprocessing.connection import Connection
from pathlib import Path

from dispatch.errors import DataError
from dispatch.mail.letter import Letters
from dispatch.send.plan import Fields, Rehearse, Rehearsed, rehearse_each
from dispatch.wiring.beside import start_beside
from dispatch.wiring.press import print_letters, print_page
from dispatch.wiring.project import Project

_ALONE = 10_000  # rows; another process takes about as long to start as these take to fill


@contextmanager
def rehearsing(
    project: Project, issue: Path, columns: Sequence[str], letters: Letters
) -> Iterator[Rehearse | None]:
    """What fills copies; None where this process has no core beside its own."""
    count = _cores() - 1
    if count < 1:
        yield None
        return
    cast = _Cast(count, partial(_Understudy, project, issue, columns), letters)
    try:
        yield cast.begin
    finally:
        cast.dismiss()


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class _Understudy:
    """Another process that fills copies, in the order in which it is asked."""

    def __init__(self, project: Project, issue: Path, columns: Sequence[str]) -> None:
        self._pipe, self.process = start_beside(_understudy, project, issue, columns)
        self._is_awake = False
        self._is_lost = False

    def begin(self, readers: Sequence[Fields]) -> bool:
        """Ask for these copies; False while it is not ready, and when it has ended."""
        try:
            if not self._is_awake and self._pipe.poll():
                self._is_awake = bool(self._pipe.recv())
            if self._is_awake and not self._is_lost:
                self._pipe.send_bytes(marshal.dumps(readers))  # type: ignore[arg-type] # dictionaries, all of them
                return True
        except (EOFError, OSError):
            self._is_lost = True
        return False

    def answer(self) -> Sequence[Rehearsed] | None:
        """The oldest answer that is owed; None when there will be none."""
        try:
            answer: Sequence[Rehearsed] = self._pipe.recv()
        except (EOFError, OSError):
            self._is_lost = True
            return None
        return answer

    def dismiss(self) -> None:
        """End it, whatever it does: nothing of it is to stay."""
        self._pipe.close()
        self.process.terminate()
        self.process.join()


class _Cast:
    """Readers dealt out to the understudies in turn, once there are many of them and they are ready."""

    def __init__(self, count: int, enter: Callable[[], _Understudy], letters: Letters) -> None:
        self._count = count
        self._enter = enter
        self._letters = letters
        self._seen = 0
        self.understudies: list[_Understudy] = []
        self._turn: Iterator[_Understudy] = iter(())

    def begin(self, readers: Sequence[Fields]) -> Callable[[], Sequence[Rehearsed]]:
        """Begin to fill copies for these readers; what is given back waits for them."""
        alone = partial(rehearse_each, self._letters.rehearse, readers)
        self._seen += len(readers)
        if self._seen <= _ALONE:
            return alone
        if not self.understudies:
            self.understudies = [self._enter() for _ in range(self._count)]
            self._turn = cycle(self.understudies)
        chosen = next(self._turn)
        return partial(_answered, chosen, alone) if chosen.begin(readers) else alone

    def dismiss(self) -> None:
        """Let all of them go."""
        for understudy in self.understudies:
            understudy.dismiss()


def _answered(understudy: _Understudy, alone: Callable[[], list[Rehearsed]]) -> Sequence[Rehearsed]:
    answer = understudy.answer()
    return alone() if answer is None else answer


def _understudy(pipe: Connection, project: Project, path: Path, columns: Sequence[str]) -> None:
    """What runs there: the issue compiled, then copies until nobody asks. A Ctrl-C is for who is planning."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    issue = project.read_issue(path)
    letters = print_letters(project, issue, print_page(project, issue, path, columns))
    try:
        pipe.send(True)
        while True:
            readers = marshal.loads(pipe.recv_bytes())  # noqa: S302 - our own
            pipe.send(_brief(rehearse_each(letters.rehearse, readers)))
    except (EOFError, OSError):
        return


def _brief(answers: Sequence[Rehearsed]) -> list[Rehearsed]:
    """Each thing said once, and of the errors only the first, which ends the plan.

    An answer that fills the pipe would wait for a reader that is itself waiting to ask.
    """
    said: dict[object, Rehearsed] = {}
    return [said.setdefault(DataError if isinstance(one, DataError) else one, one) for one in answers]
