"""How long to wait before the next message, from the rates that were promised: arithmetic on given times."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from dispatch.model.pace import Rate

# Seconds by which a message may come before its turn: this forgives timers that ring late, so the rate is
# reached, and keeps any two seconds at 50/s within 5 %.
_SLACK = 0.05
_HOUR = 3600
_STEPS = 1000


@dataclass(slots=True)
class _Bucket:
    """A leaky bucket written as a time (GCRA): `due` is when the next message is due at an even pace."""

    interval: float
    due: float = float("-inf")

    def wait(self, now: float) -> float:
        return max(0.0, self.due - _SLACK - now)

    def take(self, now: float) -> None:
        self.due = max(self.due, now) + self.interval


@dataclass(slots=True)
class _Quota:
    """So many in any window of an hour or a day, as fast as they come: a count, not a pace."""

    count: int
    seconds: float
    # When, in steps of a thousandth of the window, and how many then: memory does not grow with the count.
    taken: deque[tuple[float, int]] = field(default_factory=deque)
    total: int = 0

    def wait(self, now: float) -> float:
        while self.taken and self.taken[0][0] <= now - self.seconds:
            self.total -= self.taken.popleft()[1]
        return max(0.0, self.taken[0][0] + self.seconds - now) if self.total >= self.count else 0.0

    def take(self, now: float) -> None:
        self.total += 1
        if self.taken and now <= self.taken[-1][0]:
            self.taken[-1] = (self.taken[-1][0], self.taken[-1][1] + 1)
        else:
            # Dated to the end of its step, so that a step never leaves the window too early.
            self.taken.append((now + self.seconds / _STEPS, 1))


class Throttle:
    """Several rates that hold at once. Times are seconds of one monotonic clock.

    Rates by second and minute are paced evenly, never in bursts: in a window of w seconds at most
    (w + 0.05) / interval + 1 messages leave, where the interval is the rate's seconds by its count. Rates by
    hour and day are quotas: never more than the count in any such window.
    """

    def __init__(self, rates: Sequence[Rate]) -> None:
        self._buckets: list[_Bucket | _Quota] = [
            _Quota(rate.count, rate.seconds) if rate.seconds >= _HOUR else _Bucket(rate.seconds / rate.count)
            for rate in rates
        ]

    def wait(self, now: float) -> float:
        """Seconds until the next message may leave; 0 when it may leave now."""
        return max((bucket.wait(now) for bucket in self._buckets), default=0.0)

    def take(self, now: float) -> None:
        """Count a message that leaves at `now`."""
        for bucket in self._buckets:
            bucket.take(now)
