"""The rehearsal of a long list on the cores that are idle meanwhile: everybody's copy is filled once.

This process begins alone, and most lists are over before that would change. Its understudies compile the
issue for themselves; what comes from them is what this process would have found. It fills copies too, when
they are behind with theirs.
"""

from __future__ import annotations

import marshal
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from multiprocessing.connection import Connection
from operator import attrgetter
from pathlib import Path

from dispatch.errors import DataError
from dispatch.mail.letter import Letters
from dispatch.send.plan import Fields, Rehearse, Rehearsed, rehearse_each
from dispatch.wiring.beside import idle_cores, start_beside
from dispatch.wiring.press import print_letters, print_page
from dispatch.wiring.project import Project

_ALONE = 30_000  # rows, which are filled before another process would have started
_ENOUGH = 3  # batches that one of them has before it: while this process fills one, it must not run out


@contextmanager
def rehearsing(
    project: Project, issue: Path, columns: Sequence[str], letters: Letters
) -> Iterator[Rehearse | None]:
    """What fills copies; None where this process has no core beside its own."""
    count = idle_cores()
    if count < 1:
        yield None
        return
    cast = _Cast(count, partial(_Understudy, project, issue, columns), letters)
    try:
        yield cast.begin
    finally:
        cast.dismiss()


class _Understudy:
    """Another process that fills copies, in the order in which it is asked."""

    def __init__(self, project: Project, issue: Path, columns: Sequence[str]) -> None:
        self._pipe, self.process = start_beside(_understudy, project, issue, columns)
        self._answers: deque[Sequence[Rehearsed]] = deque()
        self._is_awake = False
        self._is_lost = False
        self.has_before_it = 0

    def begin(self, readers: Sequence[Fields]) -> bool:
        """Ask for these copies; False while it is not ready, and when it has ended."""
        self.listen()
        if self._is_lost or not self._is_awake:
            return False
        try:
            self._pipe.send_bytes(marshal.dumps(readers))  # type: ignore[arg-type] # dictionaries, all of them
        except OSError:
            self._is_lost = True
            return False
        self.has_before_it += 1
        return True

    def listen(self) -> None:
        """Take what it has said so far."""
        try:
            while not self._is_lost and self._pipe.poll():
                self._hear()
        except (EOFError, OSError):
            self._is_lost = True

    def answer(self) -> Sequence[Rehearsed] | None:
        """The oldest answer that is owed; None when there will be none."""
        try:
            while not self._answers:
                self._hear()
        except (EOFError, OSError):
            self._is_lost = True
            return None
        return self._answers.popleft()

    def _hear(self) -> None:
        said = self._pipe.recv()
        if self._is_awake:
            self._answers.append(said)
            self.has_before_it -= 1
        self._is_awake = True

    def dismiss(self) -> None:
        """End it, whatever it does: nothing of it is to stay."""
        self._pipe.close()
        self.process.terminate()
        self.process.join()


class _Cast:
    """Readers dealt out to the understudies, once there are many of them, as these get ready for more."""

    def __init__(self, count: int, enter: Callable[[], _Understudy], letters: Letters) -> None:
        self._count = count
        self._enter = enter
        self._rehearse = letters.rehearsal()
        self._seen = 0
        self.understudies: list[_Understudy] = []

    def begin(self, readers: Sequence[Fields]) -> Callable[[], Sequence[Rehearsed]]:
        """Begin to fill copies for these readers; what is given back waits for them."""
        alone = partial(rehearse_each, self._rehearse, readers)
        self._seen += len(readers)
        if self._seen <= _ALONE:
            return alone
        if not self.understudies:
            self.understudies = [self._enter() for _ in range(self._count)]
        for understudy in self.understudies:
            understudy.listen()
        chosen = min(self.understudies, key=attrgetter("has_before_it"))
        if chosen.has_before_it < _ENOUGH and chosen.begin(readers):
            return partial(_answered, chosen, alone)
        return alone

    def dismiss(self) -> None:
        """Let all of them go."""
        for understudy in self.understudies:
            understudy.dismiss()


def _answered(understudy: _Understudy, alone: Callable[[], list[Rehearsed]]) -> Sequence[Rehearsed]:
    answer = understudy.answer()
    return alone() if answer is None else answer


def _understudy(pipe: Connection, project: Project, path: Path, columns: Sequence[str]) -> None:
    """What runs there: the issue compiled, then copies until nobody asks."""
    issue = project.read_issue(path)
    rehearse = print_letters(project, issue, print_page(project, issue, path, columns)).rehearsal()
    try:
        pipe.send(True)
        while True:
            readers = marshal.loads(pipe.recv_bytes())  # noqa: S302 - our own
            pipe.send(_brief(rehearse_each(rehearse, readers)))
    except (EOFError, OSError):
        return


def _brief(answers: Sequence[Rehearsed]) -> list[Rehearsed]:
    """Each thing said once, and of the errors only the first, which ends the plan.

    An answer that fills the pipe would wait for a reader that is itself waiting to ask.
    """
    said: dict[object, Rehearsed] = {}
    return [said.setdefault(DataError if isinstance(one, DataError) else one, one) for one in answers]
