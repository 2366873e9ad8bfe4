"""The supply hands out each claim once, waits for copies that may come back, and ends when told."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from dispatch.model.address import domain_of
from dispatch.model.delivery import Claim
from dispatch.send.supply import Draw, Supply
from tests.send.test_conclude import CLAIM

T = TypeVar("T")


def _claims(*ids: int) -> list[Claim]:
    return [CLAIM._replace(delivery_id=one) for one in ids]


class _Queue:
    """A ledger's queue of ids, as the supply sees it."""

    def __init__(self, *ids: int) -> None:
        self.ids = list(ids)
        self.asked: list[int] = []

    async def fetch(self, draw: Draw) -> list[Claim]:
        self.asked.append(draw.limit)
        taken, self.ids = self.ids[: draw.limit], self.ids[draw.limit :]
        await asyncio.sleep(0)
        return _claims(*taken)


class _Mixed:
    """A ledger's queue of addresses, which can pass over domains; an id is a place in it."""

    def __init__(self, *emails: str) -> None:
        self.queue = dict(enumerate(emails, start=1))
        self.claimed = 0

    async def fetch(self, draw: Draw) -> list[Claim]:
        taken = [
            (number, email)
            for number, email in self.queue.items()
            if domain_of(email) not in draw.passing and (number > draw.after or not draw.passing)
        ][: draw.limit]
        for number, _ in taken:
            del self.queue[number]
        self.claimed += len(taken)
        await asyncio.sleep(0)
        return [CLAIM._replace(delivery_id=number, email=email, key=email) for number, email in taken]


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


class _Slow:
    """Domains that must wait until they are let go."""

    def __init__(self, *domains: str) -> None:
        self.domains = set(domains)

    def wait(self, domain: str) -> float:
        return 0.01 if domain in self.domains else 0.0


def test_a_slow_domain_holds_up_nobody_and_little_of_it_is_claimed() -> None:
    """A thousand slow ones in front: all the others come first, and few of the slow ones lie in memory."""

    async def story() -> None:
        slow = _Slow("slow.example")
        emails = [f"a{number}@slow.example" for number in range(1000)]
        queue = _Mixed(*emails, *(f"b{number}@quick.example" for number in range(100)))
        supply = Supply(queue.fetch, block=16, wait=slow.wait)
        quick = [await supply.next() for _ in range(100)]
        assert {domain_of(claim.key) for claim in quick if claim} == {"quick.example"}
        assert queue.claimed <= 100 + 32
        for _ in quick:
            supply.settled(requeued=False)
        slow.domains.clear()
        given = list[int]()
        await _drain(supply, given)
        assert given == list(range(1, 1001))

    _run(story())


def test_when_everybody_left_is_slow_the_supply_waits_for_their_turn() -> None:
    """And it ends when the last of them has had it."""

    async def story() -> None:
        slow = _Slow("slow.example")
        supply = Supply(_Mixed("a@slow.example", "b@slow.example").fetch, block=4, wait=slow.wait)
        waiting = asyncio.create_task(supply.next())
        await asyncio.sleep(0.03)
        assert not waiting.done()
        assert not supply.finished
        slow.domains.clear()
        first = await waiting
        assert first is not None
        supply.set_aside(first)
        again = await supply.next()
        assert again == first
        supply.settled(requeued=False)
        assert await supply.next() is not None
        supply.settled(requeued=False)
        assert await supply.next() is None
        assert supply.finished

    _run(story())


def test_many_slow_domains_bound_what_is_claimed_ahead() -> None:
    """Each with a few copies: claiming stops, and goes on when their turns come."""

    async def story() -> None:
        emails = [f"a{number % 3}@slow{number // 3}.example" for number in range(900)]
        slow = _Slow(*(f"slow{number}.example" for number in range(300)))
        queue = _Mixed(*emails)
        supply = Supply(queue.fetch, block=8, wait=slow.wait)
        waiting = asyncio.create_task(supply.next())
        await asyncio.sleep(0.05)
        assert not waiting.done()
        assert queue.claimed <= 8 * 33
        slow.domains.clear()
        assert await waiting is not None
        supply.settled(requeued=False)
        given = list[int]()
        await _drain(supply, given)
        assert len(given) == 899

    _run(story())


def test_a_copy_that_comes_back_before_the_place_reached_is_found() -> None:
    """While a domain is passed over, an earlier copy of another one returns to the queue."""

    async def story() -> None:
        emails = [f"a{number}@slow.example" for number in range(50)]
        queue = _Mixed("first@quick.example", *emails, *(f"b{number}@quick.example" for number in range(40)))
        supply = Supply(queue.fetch, block=8, wait=_Slow("slow.example").wait)
        taken = [await supply.next() for _ in range(30)]
        queue.queue = {1: "first@quick.example", **queue.queue}
        supply.settled(requeued=True)
        rest = [await supply.next() for _ in range(12)]
        assert len({claim.delivery_id for claim in (*taken, *rest) if claim}) == 41

    _run(story())


def test_what_is_put_back_is_the_next_and_what_is_aside_is_released() -> None:
    """Nothing was done with it; at the end all that was claimed is accounted for."""

    async def story() -> None:
        queue = _Mixed("a@slow.example", "b@quick.example", "c@quick.example")
        supply = Supply(queue.fetch, block=4, wait=_Slow("slow.example").wait)
        claim = await supply.next()
        assert claim is not None
        supply.put_back(claim)
        assert await supply.next() == claim
        supply.close()
        assert sorted(one.delivery_id for one in supply.unused()) == [1, 3]
        assert supply.unused() == []

    _run(story())
