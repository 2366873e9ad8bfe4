"""The supply of claimed copies: taken from the ledger in blocks ahead of need, handed out one by one.

A copy whose domain must wait is set aside, and the next one is handed out. Of a domain that has enough set
aside no more are claimed: the ledger is asked for copies to other domains. So memory stays small, a slow
domain never holds up another one, and what is claimed ahead is bounded.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from itertools import islice

from dispatch.model.delivery import Claim
from dispatch.send.lanes import Lanes

_AT_ONCE = 0.001
_BLOCKS_ASIDE = 32  # when many domains are slow at once, claiming ahead stops here
_EVERYBODY: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Draw:
    """What is asked of the ledger: so many copies, none to `passing` domains, queued ones `after` this id."""

    limit: int
    passing: frozenset[str] = _EVERYBODY
    after: int = 0


def _no_wait(_: str) -> float:
    return 0.0


class Supply:
    """Hands out claims until the ledger has no more, or until it is closed.

    `fetch` claims the next block; `wait` tells how long a domain must wait now. When nothing is left but
    copies are still in flight, `next` waits: one of them may come back to the queue.
    """

    def __init__(
        self,
        fetch: Callable[[Draw], Awaitable[list[Claim]]],
        *,
        block: int,
        limit: int | None = None,
        wait: Callable[[str], float] = _no_wait,
    ) -> None:
        self._fetch = fetch
        self._block = block
        self._left = limit
        self._ready: deque[Claim] = deque()
        self._aside = Lanes(wait, enough=max(1, block // 2))
        self._lock = asyncio.Lock()
        self._changed = asyncio.Event()
        self._in_flight = 0
        self._requeued = 0
        self._dry: frozenset[str] | None = None  # passing these domains, the ledger had nothing
        self._after: dict[frozenset[str], int] = {}  # passing these, everything up to this id is claimed
        self._closed = False

    @property
    def finished(self) -> bool:
        """Whether nothing is left to give out, as far as is known."""
        nothing = self._dry == _EVERYBODY and not self._ready and not self._aside.count
        return self._closed or (nothing and self._in_flight == 0)

    async def next(self) -> Claim | None:
        """The next copy to send, or None when this run has nothing more to give out."""
        while not self._closed:
            if (claim := self._pick()) is not None:
                self._in_flight += 1
                return claim
            if self._may_fetch():
                await self._refill()
            elif self.finished:
                return None
            else:
                await self._wait()
        return None

    def next_at_hand(self) -> Claim | None:
        """The next copy if one can be had without waiting for anything."""
        claim = None if self._closed else self._pick()
        if claim is not None:
            self._in_flight += 1
        return claim

    def upcoming(self, count: int) -> Iterator[Claim]:
        """The copies that will be handed out next, as far as they are claimed and need not wait."""
        return islice(self._ready, count)

    def settled(self, *, requeued: bool) -> None:
        """Say that a copy handed out has its outcome; `requeued` when the ledger has it queued again."""
        self._in_flight -= 1
        if requeued:
            self._requeued += 1
            self._dry = None
            self._after.clear()
            if self._left is not None:
                self._left += 1
        self._changed.set()

    def put_back(self, claim: Claim) -> None:
        """Take back a copy that nothing was done with; it is the next one."""
        self._in_flight -= 1
        self._ready.appendleft(claim)
        self._changed.set()

    def set_aside(self, claim: Claim) -> None:
        """Take back a copy whose domain has to wait after all."""
        self._in_flight -= 1
        self._aside.put(claim, first=True)
        self._changed.set()

    def close(self) -> None:
        """Give out nothing more; who waits is let go."""
        self._closed = True
        self._changed.set()

    def unused(self) -> list[Claim]:
        """The copies claimed and never handed out; they must be released."""
        left = [*self._ready, *self._aside.empty()]
        self._ready.clear()
        return left

    def _pick(self) -> Claim | None:
        if self._aside.count and (claim := self._aside.take()) is not None:
            return claim
        while self._ready:
            claim = self._ready.popleft()
            if not self._aside.must_wait(claim):
                return claim
            self._aside.put(claim)
        return None

    def _may_fetch(self) -> bool:
        if self._aside.count >= _BLOCKS_ASIDE * self._block:
            return False
        return self._dry is None or not self._dry <= self._aside.full()

    async def _wait(self) -> None:
        """Until something changes, or the turn of a domain comes."""
        self._changed.clear()
        soonest = self._aside.soonest()
        try:
            async with asyncio.timeout(None if soonest is None else max(soonest, _AT_ONCE)):
                await self._changed.wait()
        except TimeoutError:
            return

    async def _refill(self) -> None:
        async with self._lock:
            if self._ready or self._closed or not self._may_fetch():
                return
            claims = await self._draw(self._aside.full())
            if self._left is not None:
                self._left -= len(claims)
            self._ready.extend(claims)
            self._changed.set()

    async def _draw(self, passing: frozenset[str]) -> list[Claim]:
        wanted = self._block if self._left is None else min(self._block, self._left)
        if wanted == 0:
            self._dry = _EVERYBODY
            return []
        after, requeued = self._after.get(passing, 0), self._requeued
        claims = await self._fetch(Draw(wanted, passing, after))
        if requeued != self._requeued:  # a copy came back meanwhile, before the place that was reached
            return claims
        if claims and passing:
            self._after[passing] = claims[-1].delivery_id
        elif after:
            self._after.clear()  # once more from the beginning: a deferred copy may have moved it too far
        elif not claims:
            self._dry = passing
        return claims
