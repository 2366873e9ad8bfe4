"""One relay as a run sees it: its pace, its health, and how many connections it gets at the moment."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from dispatch.send.retry import relay_pause
from dispatch.send.session import Session
from dispatch.send.throttle import Throttle

# Failures in a row before a relay is given up: a wrong host name should be told soon, a relay that worked a
# moment ago deserves the minute that a restart takes.
_PATIENCE_UNKNOWN = 3
_PATIENCE_KNOWN = 7
_WIDEN_AFTER = 50


@dataclass(slots=True, kw_only=True)
class Outlet:
    """Connections to one relay. `open_session` makes a fresh, unopened Session.

    `first_look` is held by the session that tries the relay before any other does.
    """

    name: str
    open_session: Callable[[], Session]
    throttle: Throttle
    sessions: int
    max_messages: int
    width: int = 0
    failures: int = 0
    known_good: bool = False
    closed_until: float = 0.0
    first_look: asyncio.Lock = field(default_factory=asyncio.Lock)
    _successes: int = 0

    def __post_init__(self) -> None:
        self.width = self.sessions

    @property
    def given_up(self) -> bool:
        """Whether this run has lost its patience with the relay."""
        return self.failures >= (_PATIENCE_KNOWN if self.known_good else _PATIENCE_UNKNOWN)

    def wait(self, now: float) -> float:
        """Seconds until this relay may be used again, for its health and for its pace."""
        return max(self.closed_until - now, self.throttle.wait(now))

    def greeted(self) -> None:
        """Count a connection that was opened and logged in."""
        self.known_good = True

    def accepted(self) -> None:
        """Count an accepted message; a narrowed relay gets its connections back one by one."""
        self.failures = 0
        self._successes += 1
        if self.width < self.sessions and self._successes % _WIDEN_AFTER == 0:
            self.width += 1

    def narrow(self) -> None:
        """Use half as many connections for a while: the relay said 421, or lost one."""
        self.width = max(1, self.width // 2)

    def failed(self, now: float) -> None:
        """Count a failure of the relay itself and leave it alone for a while.

        Sessions that fail together, before the pause is over, count once.
        """
        if now < self.closed_until:
            return
        self.failures += 1
        self.closed_until = now + relay_pause(self.failures)
