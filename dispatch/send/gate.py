"""The gate before the send call: nothing passes it faster than the relay and the recipient's domain allow."""

from __future__ import annotations

import asyncio
from enum import Enum

from dispatch.model.address import domain_of
from dispatch.send.domains import Domains
from dispatch.send.outlet import Outlet
from dispatch.send.pace import enter

_BUSY = 0.001
# Seconds that a copy in hand waits at the gate; for longer it goes back, and another relay may take it.
_PATIENCE = 5.0


class Admission(Enum):
    """What the gate says to one copy."""

    GO = "go"  # it is counted, and leaves now
    ASIDE = "aside"  # its domain must wait; the next copy may go
    BACK = "back"  # the relay must rest, or the run stops


async def admit(outlet: Outlet, domains: Domains, key: str, stopping: asyncio.Event) -> Admission:
    """Wait for the pace of the relay, and say whether the copy for `key` may leave. Raises Temporary."""
    if outlet.pace is None and domains.quiet:
        return Admission.GO
    domain = domain_of(key)
    async with outlet.turn:  # one asks at a time, in the order they came
        while not stopping.is_set():
            wait = _ask(outlet, domains, domain)
            if wait is None:
                return Admission.ASIDE
            if wait <= 0:
                return Admission.GO
            if wait > _PATIENCE:
                outlet.used_up(wait, asyncio.get_running_loop().time())
                return Admission.BACK
            await pause(stopping, wait)
    return Admission.BACK


def _ask(outlet: Outlet, domains: Domains, domain: str) -> float | None:
    """Seconds to wait, 0 when the copy is let through; None when the domain is what waits."""
    rest = outlet.rest(asyncio.get_running_loop().time())
    if rest > 0:
        return max(rest, _PATIENCE + _BUSY)
    if domains.wait(domain) > 0:
        return None
    pace = domains.pace(domain)
    paces = [one for one in (outlet.pace, pace) if one is not None]
    waits = enter(paces)
    if waits is None:
        return _BUSY
    if pace is not None and waits[-1] > 0:
        return None
    return max(waits, default=0.0)


async def pause(stopping: asyncio.Event, seconds: float) -> None:
    """Wait so long, or until the run stops."""
    try:
        async with asyncio.timeout(seconds):
            await stopping.wait()
    except TimeoutError:
        return
