"""How long to wait before the next message, from the rates that were promised: arithmetic on given times."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dispatch.model.pace import Rate

# Seconds by which a message may come before its turn: this forgives timers that ring late, so the rate is
# reached, and keeps any two seconds at 50/s within 5 %.
_SLACK = 0.05


@dataclass(slots=True)
class _Bucket:
    """A leaky bucket written as a time (GCRA): `due` is when the next message is due at an even pace."""

    interval: float
    due: float = float("-inf")

    def wait(self, now: float) -> float:
        return max(0.0, self.due - _SLACK - now)

    def take(self, now: float) -> None:
        self.due = max(self.due, now) + self.interval


class Throttle:
    """Several rates that hold at once. Times are seconds of one monotonic clock.

    Paced evenly, never in bursts: in a window of w seconds at most (w + 0.05) / interval + 1 messages leave,
    where the interval is the rate's seconds by its count.
    """

    def __init__(self, rates: Sequence[Rate]) -> None:
        self._buckets = [_Bucket(rate.seconds / rate.count) for rate in rates]

    def wait(self, now: float) -> float:
        """Seconds until the next message may leave; 0 when it may leave now."""
        return max((bucket.wait(now) for bucket in self._buckets), default=0.0)

    def take(self, now: float) -> None:
        """Count a message that leaves at `now`."""
        for bucket in self._buckets:
            bucket.take(now)
