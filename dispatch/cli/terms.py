"""What was asked of `send`, with every word of it understood before anything begins."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from dispatch.errors import UsageError
from dispatch.model.pace import Rate, parse_duration, parse_rate
from dispatch.send.brake import Limit

_STAGE = re.compile(r"(\d{1,3})%|(\d+)")
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})")
_HINT = "dispatch send --help"


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How one `send` or `resume` is to go. `stages` are shares (0 to 1) or counts of people.

    `at` and `until` are as typed: which moment they mean depends on the newsletter's time zone.
    """

    list_file: Path | None = None
    where: str | None = None
    limit: int | None = None
    sample: int | None = None
    stages: tuple[float | int, ...] = ()
    hold: timedelta = timedelta()
    rates: tuple[Rate, ...] = ()
    sessions: int | None = None
    processes: int = 1
    at: str | None = None
    until: str | None = None
    lock_wait: timedelta = timedelta()
    abort_if: tuple[Limit, ...] = ()
    plan_file: Path | None = None
    wait: bool = False
    new: bool = False
    yes: bool = False
    dry_run: bool = False
    accept_changes: bool = False


def read_duration(text: str, option: str) -> timedelta:
    """`30s`, `15m`. Raises UsageError."""
    try:
        return parse_duration(text)
    except ValueError as error:
        raise UsageError(f"{option}: {error}", hint=_HINT) from error


def read_rates(texts: Sequence[str]) -> tuple[Rate, ...]:
    """`14/s`, `2000/h`. Raises UsageError."""
    try:
        return tuple(parse_rate(text) for text in texts)
    except ValueError as error:
        raise UsageError(f"--rate: {error}", hint=_HINT) from error


def read_limits(texts: Sequence[str]) -> tuple[Limit, ...]:
    """`failed>3%`, `uncertain>30`. Raises UsageError."""
    try:
        return tuple(Limit.read(text) for text in texts)
    except ValueError as error:
        raise UsageError(f"--abort-if: {error}", hint=_HINT) from error


def read_stages(text: str | None) -> tuple[float | int, ...]:
    """`1%,10%,100%` or `50,100%`: growing shares of everyone to send to, or counts. Raises UsageError."""
    if text is None:
        return ()
    matches = [_STAGE.fullmatch(part.strip()) for part in text.split(",")]
    if not all(matches):
        raise UsageError(f"--stages: {text!r} is not a list such as 1%,10%,100%", hint=_HINT)
    return tuple(int(match[1]) / 100 if match[1] else int(match[2]) for match in matches if match)


def read_time(text: str | None, option: str, *, now: datetime, zone: ZoneInfo) -> datetime | None:
    """`08:00` (the next one) or `2026-12-01T08:00`, in the newsletter's time zone. Raises UsageError."""
    if text is None:
        return None
    clock = _CLOCK.fullmatch(text)
    try:
        if clock:
            return _next_at(int(clock[1]), int(clock[2]), now.astimezone(zone))
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        message = f"{option}: {text!r} is not a time such as 08:00 or 2026-12-01T08:00"
        raise UsageError(message, hint=_HINT) from error
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def _next_at(hour: int, minute: int, local: datetime) -> datetime:
    moment = local.replace(hour=hour, minute=minute, second=0, microsecond=0)
    return moment if moment > local else moment + timedelta(days=1)
