"""The one writer: a thread that commits for all sessions at once, as often as the disk can and no slower.

While one commit is on its way to the disk, more work gathers; the next commit takes all of it. No time is
spent waiting for company.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple, TypeAlias

from dispatch.errors import DispatchError, LedgerUnavailable
from dispatch.ledger.commits import Commits, Kind
from dispatch.ledger.ledger import Ledger

Done: TypeAlias = Callable[..., None]
Answers: TypeAlias = list[tuple[Done, object]]


class _Task(NamedTuple):
    kind: Kind
    item: Any
    done: Done


class Writer:
    """Takes work from any thread; `notify` gets every answer of a commit at once, in the writer's thread.

    An answer is what `Commits.make` gives for the work, or the error that undid the whole commit; after such
    a failure everything is answered with it. `notify` must not raise.
    """

    def __init__(
        self, ledger: Ledger, clock: Callable[[], datetime], notify: Callable[[Answers], None]
    ) -> None:
        self._commits = Commits(ledger)
        self._clock = clock
        self._notify = notify
        self._tasks: queue.SimpleQueue[_Task | None] = queue.SimpleQueue()
        self._door = threading.Lock()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="ledger-writer", daemon=True)
        self._thread.start()

    def submit(self, kind: Kind, item: Any, done: Done) -> None:
        """Ask for one thing; `done` will be notified of the answer, once it is durable."""
        with self._door:
            if self._closed:
                raise LedgerUnavailable("the ledger's writer is closed")
            self._tasks.put(_Task(kind, item, done))

    def close(self) -> None:
        """Finish what was submitted, and end the thread. Further work is refused with LedgerUnavailable."""
        with self._door:
            if not self._closed:
                self._closed = True
                self._tasks.put(None)
        self._thread.join()
        self._commits.close()

    def _run(self) -> None:
        closing = False
        while not closing:
            tasks, closing = self._gathered()
            if tasks:
                self._notify(self._answers(tasks))

    def _gathered(self) -> tuple[list[_Task], bool]:
        """Everything that waits now, at least one thing, and whether the end was among it."""
        tasks: list[_Task] = []
        task = self._tasks.get()
        while task is not None:
            tasks.append(task)
            try:
                task = self._tasks.get_nowait()
            except queue.Empty:
                return tasks, False
        return tasks, True

    def _answers(self, tasks: list[_Task]) -> Answers:
        """A dead thread would leave every session waiting for ever: what is wrong is an answer too."""
        try:
            answers = self._commits.make([(task.kind, task.item) for task in tasks], self._clock())
        except DispatchError as error:
            return [(task.done, error) for task in tasks]
        return [(task.done, answer) for task, answer in zip(tasks, answers, strict=True)]
