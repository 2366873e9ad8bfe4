"""The one writer: a thread that commits for all sessions at once, as often as the disk can and no slower.

While one commit is on its way to the disk, more work gathers; the next commit takes all of it. No time is
spent waiting for company.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from enum import IntEnum
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

from sqlalchemy import Connection

from dispatch.errors import DispatchError, LedgerUnavailable
from dispatch.ledger import leases, moves
from dispatch.ledger.ledger import Ledger
from dispatch.ledger.moves import ClaimRequest
from dispatch.ledger.suppression import Pseudonyms, Suppression, suppress
from dispatch.ledger.turns import Turns
from dispatch.model.delivery import Claim, Outcome

Done: TypeAlias = Callable[..., None]
Answers: TypeAlias = list[tuple[Done, object]]


class _Kind(IntEnum):
    """What is asked for, in the order of one commit: what a record frees can be claimed at once."""

    RECORD = 1
    SUPPRESS = 2
    RELEASE = 3
    HAND_OVER = 4
    CLAIM = 5


class _Task(NamedTuple):
    kind: _Kind
    item: Any
    done: Done


class Writer:
    """Takes work from any thread; `notify` gets every answer of a commit at once, in the writer's thread.

    An answer is what the ledger's verb of the same name returns, or the LedgerUnavailable that undid the
    whole commit; after such a failure everything is answered with it. `notify` must not raise.
    """

    def __init__(
        self, ledger: Ledger, clock: Callable[[], datetime], notify: Callable[[Answers], None]
    ) -> None:
        self._ledger = ledger
        self._clock = clock
        self._notify = notify
        self._turns = Turns(Path(ledger.database.place))
        self._tasks: queue.SimpleQueue[_Task | None] = queue.SimpleQueue()
        self._failure: DispatchError | None = None
        self._door = threading.Lock()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="ledger-writer", daemon=True)
        self._thread.start()

    def submit_claim(self, request: ClaimRequest, done: Done) -> None:
        """Ask for copies to send; answered with a list of claims, empty when nothing is due."""
        self._submit(_Task(_Kind.CLAIM, request, done))

    def submit_hand_over(self, claims: Sequence[Claim], done: Done) -> None:
        """Mark that the dot may leave; answered, when that is durable, with the ids whose lease was lost."""
        self._submit(_Task(_Kind.HAND_OVER, claims, done))

    def submit_record(self, outcomes: Sequence[Outcome], done: Done) -> None:
        """Write what became of claims; answered with the ids whose lease was lost."""
        leases.check_moves(outcomes)
        self._submit(_Task(_Kind.RECORD, outcomes, done))

    def submit_release(self, claims: Sequence[Claim], done: Done) -> None:
        """Put claims back unused; answered with the ids whose lease was lost."""
        self._submit(_Task(_Kind.RELEASE, claims, done))

    def submit_suppress(self, entry: Suppression, done: Done) -> None:
        """Put somebody on the suppression list; answered with whether that was new."""
        self._submit(_Task(_Kind.SUPPRESS, entry, done))

    def close(self) -> None:
        """Finish what was submitted, and end the thread. Further work is refused with LedgerUnavailable."""
        with self._door:
            if not self._closed:
                self._closed = True
                self._tasks.put(None)
        self._thread.join()
        self._turns.close()

    def _submit(self, task: _Task) -> None:
        with self._door:
            if self._closed:
                raise LedgerUnavailable("the ledger's writer is closed")
            self._tasks.put(task)

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
        if self._failure is None:
            try:
                with self._turns.turn(), self._ledger.database.writing() as connection:
                    answers = list(_perform(connection, tasks, self._clock(), self._ledger.pseudonyms))
            except DispatchError as error:
                self._failure = error
            except Exception as bug:  # noqa: BLE001 - a dead thread would leave every session waiting for ever
                self._failure = DispatchError(f"the ledger's writer broke: {bug!r}")
                self._failure.__cause__ = bug
            else:
                return answers
        return [(task.done, self._failure) for task in tasks]


def _perform(
    connection: Connection, tasks: list[_Task], now: datetime, pseudonyms: Pseudonyms
) -> Iterator[tuple[Done, object]]:
    ordered = sorted(tasks, key=lambda task: task.kind)
    for kind, same in groupby(ordered, lambda task: task.kind):
        group = list(same)
        match kind:
            case _Kind.RECORD:
                lost = leases.record(connection, [one for task in group for one in task.item], now=now)
                yield from (
                    (task.done, lost & {one.claim.delivery_id for one in task.item}) for task in group
                )
            case _Kind.SUPPRESS:
                yield from (
                    (task.done, suppress(connection, task.item, now=now, pseudonyms=pseudonyms))
                    for task in group
                )
            case _Kind.CLAIM:
                yield from ((task.done, moves.claim(connection, task.item, now=now)) for task in group)
            case _Kind.HAND_OVER | _Kind.RELEASE:
                verb = leases.hand_over if kind is _Kind.HAND_OVER else leases.release
                lost = verb(connection, [one for task in group for one in task.item], now=now)
                yield from ((task.done, lost & {one.delivery_id for one in task.item}) for task in group)
