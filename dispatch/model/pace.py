"""How long and how fast: durations such as `15m` and rates such as `14/s`, as people write them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_DURATION = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,9})?)\s*([smhd])")
_LONGEST = timedelta(days=3650)  # so that adding one to a date never leaves the calendar
_RATE = re.compile(r"([0-9]{1,9})\s*/\s*([smhd])")


@dataclass(frozen=True, slots=True)
class Rate:
    """At most `count` messages in any `seconds`."""

    count: int
    seconds: int

    @property
    def is_quota(self) -> bool:
        """Whether it is a count that may be used up at once (by hour and day), and not an even pace."""
        return self.seconds >= _UNITS["h"]

    def __str__(self) -> str:
        unit = next(name for name, seconds in _UNITS.items() if seconds == self.seconds)
        return f"{self.count}/{unit}"


def parse_rate(text: str) -> Rate:
    """Read `14/s`, `200/m`, `2000/h` or `50000/d`. Raises ValueError."""
    match = _RATE.fullmatch(text.strip())
    if not match or int(match[1]) == 0:
        raise ValueError(f"{text!r} is not a rate; write it as 14/s, 200/m, 2000/h or 50000/d")
    return Rate(int(match[1]), _UNITS[match[2]])


def parse_duration(text: str) -> timedelta:
    """Read `30s`, `15m`, `24h` or `2d`. Raises ValueError."""
    match = _DURATION.fullmatch(text.strip())
    if not match:
        raise ValueError(f"{text!r} is not a duration; write it as 30s, 15m, 24h or 2d")
    duration = timedelta(seconds=float(match[1]) * _UNITS[match[2]])
    if duration > _LONGEST:
        raise ValueError(f"{text!r} is longer than ten years")
    return duration


def format_duration(duration: timedelta) -> str:
    """`duration` as parse_duration reads it, in the largest unit that divides it: `2d`, `90m`, `1.5s`."""
    seconds = duration.total_seconds()
    for unit in ("d", "h", "m"):
        if seconds and seconds % _UNITS[unit] == 0:
            return f"{seconds / _UNITS[unit]:.0f}{unit}"
    return f"{seconds:.6f}".rstrip("0").rstrip(".") + "s"
