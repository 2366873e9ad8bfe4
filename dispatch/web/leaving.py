"""Unsubscribing many at once: while one commit is on its way to the disk, the next one gathers.

An answer is given after the commit, so that whoever hears 200 has left for good.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from anyio import to_thread

from dispatch.ledger.evidence import Unsubscription

Commit = Callable[[Sequence[int]], list[Unsubscription | None]]
_AT_ONCE = 500


class Leaving:
    """Takes the ids of copies whose readers leave, and commits them in groups."""

    def __init__(self, commit: Commit) -> None:
        self._commit = commit
        self._waiting: list[tuple[int, asyncio.Future[Unsubscription | None]]] = []
        self._work: asyncio.Task[None] | None = None

    async def leave(self, delivery_id: int) -> Unsubscription | None:
        """What the ledger did, when that is durable; None when it knows no such copy.

        Raises LedgerUnavailable, and then nothing was changed.
        """
        answer: asyncio.Future[Unsubscription | None] = asyncio.get_running_loop().create_future()
        self._waiting.append((delivery_id, answer))
        if self._work is None or self._work.done():
            self._work = asyncio.create_task(self._commit_all())
        return await answer

    async def _commit_all(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[:_AT_ONCE], self._waiting[_AT_ONCE:]
            try:
                done = await to_thread.run_sync(self._commit, [one for one, _ in batch])
            except Exception as error:  # noqa: BLE001 - whoever waits must hear of it, or waits for ever
                _tell(batch, error)
            else:
                for (_, answer), result in zip(batch, done, strict=True):
                    if not answer.done():
                        answer.set_result(result)


def _tell(batch: Sequence[tuple[int, asyncio.Future[Unsubscription | None]]], error: Exception) -> None:
    for _, answer in batch:
        if not answer.done():
            answer.set_exception(error)
