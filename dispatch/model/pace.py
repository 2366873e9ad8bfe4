"""How long and how fast: durations such as `15m` and rates such as `14/s`, as people write them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*([smhd])")
_RATE = re.compile(r"(\d+)\s*/\s*([smhd])")


@dataclass(frozen=True, slots=True)
class Rate:
    """At most `count` messages in any `seconds`."""

    count: int
    seconds: int

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
    return timedelta(seconds=float(match[1]) * _UNITS[match[2]])
