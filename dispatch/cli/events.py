"""Events of a send for --json, and times as they stand in JSON."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from dispatch.cli.console import Console
from dispatch.wiring.clock import now


def iso(moment: datetime | None) -> str | None:
    """A time in UTC to the millisecond, or null."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z") if moment else None


def tell_event(console: Console, slug: str, event: str, **facts: Any) -> None:
    """One event of one issue as a line of JSON; nothing without --json."""
    if console.json:
        console.object({"event": event, "issue": slug, **facts, "at": iso(now())})
