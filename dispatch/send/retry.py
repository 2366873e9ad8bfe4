"""When a deferred copy is due again, and how long a relay in trouble is left alone."""

from __future__ import annotations

from datetime import datetime, timedelta

_FIRST = timedelta(minutes=5)
_DOUBLINGS = 4  # 5, 10, 20, 40, 80 minutes
_THEN = timedelta(hours=2)
_JITTER = 0.2  # so that a thousand copies deferred together do not come back together

_FIRST_PAUSE = 1.0
_LONGEST_PAUSE = 300.0


def next_attempt(
    attempts: int, now: datetime, first_attempt_at: datetime, max_age: timedelta, jitter: float
) -> datetime | None:
    """When to try again after `attempts` attempts (1 or more); None when that would be later than `max_age`.

    `jitter` is between -1 and 1 and moves the pause by up to a fifth.
    """
    done = max(attempts, 1) - 1
    pause = _FIRST * (1 << done) if done <= _DOUBLINGS else _THEN
    due = now + pause * (1 + _JITTER * jitter)
    return due if due - first_attempt_at <= max_age else None


def relay_pause(failures_in_a_row: int) -> float:
    """Seconds to leave a relay alone after so many failures in a row: 1, 2, 4, up to five minutes."""
    doublings = min(max(failures_in_a_row, 1) - 1, 30)
    return min(_FIRST_PAUSE * (1 << doublings), _LONGEST_PAUSE)
