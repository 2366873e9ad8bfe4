"""How long to wait before the next message, from the rates that were promised and from what has left already.

Pure arithmetic: the time is given, and the past goes in and comes out, so that it can live in a file that
several processes share (pace.py). Times are seconds since 1970, because the past outlives a process.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite
from typing import Any

from dispatch.model.pace import Rate

_STEPS = 144  # of a quota's window: what was taken is remembered by steps, so that the past stays small
# Aimed at a little below the rate: on the way to the server messages bunch up behind a disk and a network.
_AIM = 0.98
# A message may come this much before its turn, which forgives timers that ring late. It is as much as keeps
# any two seconds within 5 %, with room for what happens between here and the server; at slow rates nothing.
_SLACK = 0.02
_SLACK_UP_TO = 0.06
# Shorter than this is no wait: a float of seconds since 1970 would not get past it.
_MOMENT = 1e-6

Taken = tuple[tuple[float, int], ...]  # until when a step counts as recent, and how many left in it


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What has left, as far as a rate must know it; by the seconds of the rate's unit.

    `due` says when the next message of an even pace is due; `taken` counts the messages of a quota.
    """

    due: Mapping[int, float] = field(default_factory=dict)
    taken: Mapping[int, Taken] = field(default_factory=dict)


class Throttle:
    """Several rates that hold at once; of two rates by the same unit the slower one.

    Rates by second and minute are paced evenly, never in bursts: in a window of w seconds at most
    (w + 0.02) / interval + 1 messages leave, where the interval is the rate's seconds by 98 % of its count.
    Rates by hour and day are quotas: never more than the count in any such window, as fast as they come.
    """

    def __init__(self, rates: Sequence[Rate]) -> None:
        slowest_last = sorted(rates, key=lambda rate: -rate.count)
        self._quotas = {rate.seconds: rate.count for rate in slowest_last if rate.is_quota}
        self._intervals = {
            rate.seconds: rate.seconds / rate.count / _AIM for rate in slowest_last if not rate.is_quota
        }

    def wait(self, past: Past, now: float) -> float:
        """Seconds until the next message may leave; 0 when it may leave now."""
        waits = [
            _until(past.due.get(unit, now), unit, now) - _slack(each)
            for unit, each in self._intervals.items()
        ]
        waits += [
            _until_free(recent(past.taken.get(unit, ()), unit, now), count, unit, now)
            for unit, count in self._quotas.items()
        ]
        longest = max(waits, default=0.0)
        return longest if longest > _MOMENT else 0.0

    def take(self, past: Past, now: float) -> Past:
        """The past with one more message, which leaves at `now`."""
        due = {
            unit: now + max(0.0, _until(past.due.get(unit, now), unit, now)) + each
            for unit, each in self._intervals.items()
        }
        taken = {unit: _with_one(past.taken.get(unit, ()), unit, now) for unit in self._quotas}
        return Past(due={**past.due, **due}, taken={**past.taken, **taken})


def believed(past: Past, now: float) -> Past:
    """The past without times that lie too far ahead: the clock was set back since they were written."""
    due = {unit: at if at - now < 2 * unit else now for unit, at in past.due.items()}
    taken = {
        unit: tuple((min(end, now + unit / _STEPS), count) for end, count in steps)
        for unit, steps in past.taken.items()
    }
    return Past(due=due, taken=taken)


def _slack(interval: float) -> float:
    return min(_SLACK, max(0.0, _SLACK_UP_TO - interval))


def _until(due: float, unit: int, now: float) -> float:
    """Seconds until `due`. No rate makes that two whole units: then the clock was set back."""
    left = due - now
    return left if left < 2 * unit else 0.0


def recent(taken: Taken, unit: int, now: float) -> Taken:
    """The steps that still count. One from the future, by a clock set back, counts as if it were now."""
    newest = now + unit / _STEPS
    return tuple((min(end, newest), count) for end, count in taken if end > now - unit)


def _until_free(taken: Taken, count: int, unit: int, now: float) -> float:
    """Seconds until so many steps have left the window that there is room for one more."""
    total = sum(number for _, number in taken)
    for end, number in taken:
        if total < count:
            return 0.0
        total -= number
        if total < count:
            return end + unit - now
    return 0.0


def _with_one(taken: Taken, unit: int, now: float) -> Taken:
    kept = recent(taken, unit, now)
    if kept and now <= kept[-1][0]:
        return (*kept[:-1], (kept[-1][0], kept[-1][1] + 1))
    # Dated to the end of its step, so that a step never leaves the window too early.
    return (*kept, (now + unit / _STEPS, 1))


def write_past(past: Past) -> str:
    """The past as a line of JSON."""
    due = {str(unit): round(at, 6) for unit, at in past.due.items()}
    taken = {
        str(unit): [[round(end, 3), count] for end, count in steps] for unit, steps in past.taken.items()
    }
    return json.dumps({"v": 1, "due": due, "taken": taken}) + "\n"


def read_past(text: str) -> Past:
    """What `write_past` wrote. Raises ValueError for anything else."""
    try:
        found = json.loads(text)
        _only_version(found["v"])
        due = {int(unit): _time(at) for unit, at in found["due"].items()}
        taken = {int(unit): _steps(steps) for unit, steps in found["taken"].items()}
    except (ValueError, TypeError, LookupError, AttributeError, OverflowError, RecursionError) as error:
        raise ValueError(f"no record of a pace: {error}") from error
    return Past(due=due, taken=taken)


def _only_version(version: Any) -> None:
    if version != 1:
        raise ValueError(f"version {version!r}")


def _steps(steps: Any) -> Taken:
    return tuple(sorted((_time(end), _count(count)) for end, count in steps))


def _time(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        raise ValueError(f"{value!r} is not a time")
    return float(value)


def _count(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ValueError(f"{value!r} is not a count")
    return value
