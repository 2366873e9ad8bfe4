"""Leaving in groups: each is answered for itself, after the commit."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence

import pytest

from dispatch.errors import LedgerUnavailable
from dispatch.ledger.evidence import Unsubscription
from dispatch.web.leaving import Leaving


def _left(number: int) -> Unsubscription:
    return Unsubscription(key=f"{number}@example.com", is_new=True, settled=False)


def test_who_comes_during_a_commit_shares_the_next() -> None:
    """Two commits for a hundred who come at once; everybody hears of their own."""
    groups: list[int] = []
    began, gate = threading.Event(), threading.Event()

    def commit(ids: Sequence[int]) -> list[Unsubscription | None]:
        groups.append(len(ids))
        began.set()
        gate.wait(10)
        return [_left(one) if one else None for one in ids]

    async def all_leave() -> list[Unsubscription | None]:
        leaving = Leaving(commit)
        first = asyncio.create_task(leaving.leave(0))
        await asyncio.to_thread(began.wait, 10)
        others = [asyncio.create_task(leaving.leave(number)) for number in range(1, 100)]
        await asyncio.sleep(0)
        gate.set()
        return await asyncio.gather(first, *others)

    answers = asyncio.run(all_leave())
    assert answers == [None, *(_left(number) for number in range(1, 100))]
    assert groups == [1, 99]


def test_a_commit_that_fails_is_told_to_all_of_it_and_to_no_other() -> None:
    """Whoever comes later gets a fresh try."""
    tries: list[Sequence[int]] = []

    def commit(ids: Sequence[int]) -> list[Unsubscription | None]:
        tries.append(ids)
        if len(tries) == 1:
            raise LedgerUnavailable("the disk is full")
        return [_left(one) for one in ids]

    async def twice() -> Unsubscription | None:
        leaving = Leaving(commit)
        with pytest.raises(LedgerUnavailable):
            await leaving.leave(1)
        return await leaving.leave(1)

    assert asyncio.run(twice()) == _left(1)
