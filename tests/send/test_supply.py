"""The supply hands out each claim once, waits for copies that may come back, and ends when told."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import replace
from typing import Any, TypeVar

from dispatch.model.delivery import Claim
from dispatch.send.supply import Supply
from tests.send.test_conclude import CLAIM

T = TypeVar("T")


def _claims(*ids: int) -> list[Claim]:
    return [replace(CLAIM, delivery_id=one) for one in ids]


class _Queue:
    """A ledger's queue of ids, as the supply sees it."""

    def __init__(self, *ids: int) -> None:
        self.ids = list(ids)
        self.asked: list[int] = []

    async def fetch(self, limit: int) -> list[Claim]:
        self.asked.append(limit)
        taken, self.ids = self.ids[:limit], self.ids[limit:]
        await asyncio.sleep(0)
        return _claims(*taken)


def _run(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(asyncio.wait_for(work, 10))


async def _drain(supply: Supply, given: list[int]) -> None:
    while (claim := await supply.next()) is not None:
        given.append(claim.delivery_id)
        await asyncio.sleep(0)
        supply.settled(requeued=False)


def test_each_claim_is_handed_out_once_to_many_sessions() -> None:
    """In blocks, so that the ledger is asked seldom."""

    async def story() -> None:
        queue, given = _Queue(*range(100)), list[int]()
        supply = Supply(queue.fetch, block=16)
        await asyncio.gather(*(_drain(supply, given) for _ in range(7)))
        assert sorted(given) == list(range(100))
        assert len(queue.asked) <= 9

    _run(story())


def test_a_limit_is_never_passed() -> None:
    """What is beyond it is not even claimed."""

    async def story() -> None:
        queue, given = _Queue(*range(100)), list[int]()
        await _drain(Supply(queue.fetch, block=16, limit=20), given)
        assert (len(given), len(queue.ids)) == (20, 80)

    _run(story())


def test_a_session_with_nothing_to_do_waits_for_a_copy_that_may_come_back() -> None:
    """A copy that another session lost is sent by this one."""

    async def story() -> None:
        queue = _Queue(1)
        supply = Supply(queue.fetch, block=4)
        held = await supply.next()
        waiting = asyncio.create_task(supply.next())
        await asyncio.sleep(0.01)
        assert held is not None
        assert not waiting.done()
        queue.ids.append(1)
        supply.settled(requeued=True)
        again = await waiting
        assert again is not None
        assert again.delivery_id == 1

    _run(story())


def test_closing_lets_everybody_go_and_keeps_what_was_not_handed_out() -> None:
    """The rest is released by the run."""

    async def story() -> None:
        supply = Supply(_Queue(1, 2, 3).fetch, block=3)
        await supply.next()
        waiting = asyncio.create_task(_drain(supply, []))
        supply.close()
        await waiting
        assert [claim.delivery_id for claim in supply.unused()] == [2, 3]
        assert supply.unused() == []

    _run(story())
