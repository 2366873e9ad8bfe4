"""One relay as a run sees it: its pace, its health, and how many connections it gets at the moment."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from math import inf

from dispatch.send.pace import Pace
from dispatch.send.retry import relay_pause
from dispatch.send.session import Session

# Failures in a row before a relay is given up: a wrong host name should be told soon, a relay that worked a
# moment ago deserves the minute that a restart takes.
_PATIENCE_UNKNOWN = 3
_PATIENCE_KNOWN = 7
_WIDEN_AFTER = 50
_EPISODE = 1.0  # seconds in which complaints have one cause: four connections that hear 421 are one complaint
# A quota by the hour is waited for, one by the day ends the run.
_LONGEST_REST = 3700.0


@dataclass(slots=True, kw_only=True)
class Outlet:
    """Connections to one relay. `open_session` makes a fresh, unopened Session. Times are the loop's.

    `pace` is None when the relay has no rates, `turn` is held by who waits for it, `scout` is the session
    that was opened last.
    """

    name: str
    open_session: Callable[[], Session]
    sessions: int
    max_messages: int
    pace: Pace | None = None
    width: int = 0
    opening: int = 0
    live: int = 0
    failures: int = 0
    lost: bool = False
    ever_good: bool = False
    scout: Session | None = None
    policy_refusals: int = 0
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    _closed_until: float = -inf
    _used_up_until: float = -inf
    _no_more_until: float = -inf
    _narrowed_at: float = -inf
    _successes: int = 0
    _trusted: bool = False

    def __post_init__(self) -> None:
        self.width = self.sessions

    # -- what may be done now

    @property
    def given_up(self) -> bool:
        """Whether patience is at its end; unless the relay is `lost`, it is looked at again after a pause."""
        return self.lost or self.failures >= (_PATIENCE_KNOWN if self.ever_good else _PATIENCE_UNKNOWN)

    @property
    def trusted(self) -> bool:
        """Whether the relay is known to let us in and to take our sender. Until then one connection looks.

        A wrong password on twenty at once can lock the account.
        """
        return self._trusted or (self.scout is not None and self.scout.sender_taken)

    def rest(self, now: float) -> float:
        """Seconds until anything may be sent here: a failure or a quota that is used up asks for a rest."""
        return inf if self.lost else max(0.0, self._closed_until - now, self._used_up_until - now)

    def rests_long(self, now: float) -> bool:
        """Whether its quota is used up for longer than a run waits."""
        return self._used_up_until - now > _LONGEST_REST

    def welcomes(self, now: float) -> bool:
        """Whether one more connection may be opened now."""
        return (
            self.rest(now) <= 0
            and self.live + self.opening < (self.width if self.trusted else 1)
            and (self._no_more_until <= now or self.live + self.opening == 0)
        )

    @property
    def crowded(self) -> bool:
        """Whether a connection that is idle should be closed: the relay was narrowed."""
        return self.live > self.width

    # -- what happened

    def greeted(self, session: Session) -> None:
        """Count a connection that was opened and logged in."""
        self._trusted = self.trusted
        self.scout = session
        self.ever_good = True
        self.live += 1

    def closed(self) -> None:
        """Count a connection that is over."""
        self.live -= 1

    def accepted(self) -> None:
        """Count an accepted message; a narrowed relay gets its connections back one by one."""
        self._trusted = True
        self.failures = 0
        self.policy_refusals = 0
        self._successes += 1
        if self.width < self.sessions and self._successes >= _WIDEN_AFTER:
            self.width += 1
            self._successes = 0

    def refused_one_more(self, now: float) -> bool:
        """A connection did not come about while others work: as many as work are enough for a while.

        False when none works: then it is the relay that fails.
        """
        if self.live == 0:
            return False
        self._narrow_to(self.live, now)
        return True

    def narrow(self, now: float) -> None:
        """Use half as many connections for a while: the relay said 421, or lost one."""
        if now - self._narrowed_at >= _EPISODE:
            self._narrow_to(self.width // 2, now)

    def failed(self, now: float) -> None:
        """Count a failure of the relay itself and leave it alone for a while; then one connection looks.

        Sessions that fail together, before the pause is over, count once.
        """
        self._trusted, self.scout = False, None
        if now < self._closed_until:
            return
        self.failures += 1
        self._closed_until = now + relay_pause(self.failures)

    def used_up(self, seconds: float, now: float) -> None:
        """Note that its rates let nothing through for so long."""
        self._used_up_until = now + seconds

    def _narrow_to(self, connections: int, now: float) -> None:
        self.width = max(1, min(self.width, connections))
        self._successes = 0
        self._narrowed_at = now
        self._no_more_until = now + _EPISODE
