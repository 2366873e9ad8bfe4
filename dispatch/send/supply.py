"""The supply of claimed copies: taken from the ledger in blocks ahead of need, handed out one by one."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

from dispatch.model.delivery import Claim


class Supply:
    """Hands out claims until the ledger has no more, or until it is closed.

    `fetch(limit)` claims the next block. When nothing is left but copies are still in flight, `next` waits:
    one of them may come back to the queue.
    """

    def __init__(
        self, fetch: Callable[[int], Awaitable[list[Claim]]], *, block: int, limit: int | None = None
    ) -> None:
        self._fetch = fetch
        self._block = block
        self._left = limit
        self._ready: deque[Claim] = deque()
        self._lock = asyncio.Lock()
        self._changed = asyncio.Event()
        self._in_flight = 0
        self._exhausted = False
        self._closed = False

    @property
    def finished(self) -> bool:
        """Whether nothing is left to give out, as far as is known."""
        return self._closed or (self._exhausted and not self._ready and self._in_flight == 0)

    async def next(self) -> Claim | None:
        """The next copy to send, or None when this run has nothing more to give out."""
        while not self._closed:
            if self._ready:
                self._in_flight += 1
                return self._ready.popleft()
            if not self._exhausted:
                await self._refill()
            elif self._in_flight == 0:
                return None
            else:
                self._changed.clear()
                await self._changed.wait()
        return None

    def settled(self, *, requeued: bool) -> None:
        """Say that a copy handed out has its outcome; `requeued` when the ledger has it queued again."""
        self._in_flight -= 1
        if requeued:
            self._exhausted = False
            if self._left is not None:
                self._left += 1
        self._changed.set()

    def close(self) -> None:
        """Give out nothing more; who waits is let go."""
        self._closed = True
        self._changed.set()

    def unused(self) -> list[Claim]:
        """The copies claimed and never handed out; they must be released."""
        left = list(self._ready)
        self._ready.clear()
        return left

    async def _refill(self) -> None:
        async with self._lock:
            if self._ready or self._exhausted or self._closed:
                return
            wanted = self._block if self._left is None else min(self._block, self._left)
            claims = await self._fetch(wanted) if wanted else []
            self._exhausted = not claims
            if self._left is not None:
                self._left -= len(claims)
            self._ready.extend(claims)
            self._changed.set()
