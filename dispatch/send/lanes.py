"""Copies set aside because their domain must wait: each domain in a lane of its own, in order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator

from dispatch.model.address import domain_of
from dispatch.model.delivery import Claim


class Lanes:
    """`wait` gives the seconds that a domain has to wait; `enough` is how many copies of one are wanted."""

    def __init__(self, wait: Callable[[str], float], enough: int) -> None:
        self._wait = wait
        self._enough = enough
        self._lanes: dict[str, deque[Claim]] = {}
        self.count = 0

    def must_wait(self, claim: Claim) -> bool:
        """Whether this copy's turn has not come: its domain waits, or others of it wait already."""
        domain = domain_of(claim.key)
        return domain in self._lanes or self._wait(domain) > 0

    def put(self, claim: Claim, *, first: bool = False) -> None:
        """Set a copy aside; `first` when it was given out before and had to come back."""
        lane = self._lanes.setdefault(domain_of(claim.key), deque())
        (lane.appendleft if first else lane.append)(claim)
        self.count += 1

    def take(self) -> Claim | None:
        """A copy whose domain may be written to now."""
        ready = next((domain for domain in self._lanes if self._wait(domain) <= 0), None)
        if ready is None:
            return None
        lane = self._lanes.pop(ready)
        claim = lane.popleft()
        if lane:
            self._lanes[ready] = lane  # behind the other domains: each gets its turn
        self.count -= 1
        return claim

    def full(self) -> frozenset[str]:
        """The domains of which no more copies are wanted for now."""
        return frozenset(domain for domain, lane in self._lanes.items() if len(lane) >= self._enough)

    def soonest(self) -> float | None:
        """Seconds until the first domain may be written to; None when nothing is set aside."""
        return min((self._wait(domain) for domain in self._lanes), default=None)

    def empty(self) -> Iterator[Claim]:
        """Everything that is set aside, taken out."""
        for lane in self._lanes.values():
            yield from lane
        self._lanes.clear()
        self.count = 0
