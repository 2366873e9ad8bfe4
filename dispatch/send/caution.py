"""How carefully one provider is written to: slowed when it turns mail away for now, quicker again by steps.

A state machine on frozen values: what happened goes in, the new state comes out. Times are seconds of one
monotonic clock.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from dispatch.mail.reply import Reply

_TOO_MUCH = 3.0  # the strain at which a provider is slowed
_RELIEF = 0.5  # what one accepted message takes from it
_STEP_AFTER = 10  # accepted messages until the next step up
_STEP = 1.5
_HALVINGS = 3  # at most; a provider that refuses everybody must not hold the run for days
_ENOUGH = 10  # messages until there is a pace to speak of
_SLOWEST = 0.1
_MEMORY = 0.1  # the weight of the newest gap in the observed pace
_SHORTEST_GAP, _LONGEST_GAP = 0.001, 10.0

_GREYLISTED = re.compile(r"gr[ae]y-?list", re.IGNORECASE)
_SPEAKS_OF_LOAD = re.compile(
    r"\brate|too (?:many|much|fast|quick)|slow|throttl|limit|\bbusy|\bload|overload|deferred", re.IGNORECASE
)


def strain_of(reply: Reply) -> float:
    """How much a temporary refusal says that the provider gets too much mail from us (RFC 3463).

    421, policy and load are clear words. 4.1.x and 4.2.x speak of one mailbox, greylisting of a first
    meeting: they say nothing. Anything else is a sign that needs company.
    """
    if not 400 <= reply.code < 500 or _GREYLISTED.search(reply.text):
        return 0.0
    if reply.code == 421 or reply.enhanced.startswith("4.7.") or _SPEAKS_OF_LOAD.search(reply.text):
        return _TOO_MUCH
    return 0.0 if reply.enhanced.startswith(("4.1.", "4.2.")) else 1.0


class Caution(NamedTuple):
    """One provider. `rate` is messages a second, None while it takes whatever comes.

    `gap` is the usual time between two of the `sent` messages, as observed; `before` the pace when it was
    slowed first.
    """

    sent: int = 0
    sent_at: float | None = None
    gap: float = 1.0
    strain: float = 0.0
    rate: float | None = None
    before: float = 0.0
    since: float = 0.0
    good: int = 0

    def wait(self, now: float) -> float:
        """Seconds until the next message may leave."""
        if self.rate is None or self.sent_at is None:
            return 0.0
        return max(0.0, self.sent_at + 1 / self.rate - now)

    def left(self, now: float) -> Caution:
        """A message leaves."""
        gap = self.gap
        if self.sent_at is not None:
            latest = min(_LONGEST_GAP, max(_SHORTEST_GAP, now - self.sent_at))
            gap += max(_MEMORY, 1 / self.sent) * (latest - gap)
        return Caution(self.sent + 1, now, gap, *self[3:])

    def accepted(self) -> Caution:
        """A message was taken: the strain goes down, and after some of them the rate goes up a step."""
        if self.rate is None:
            return self._replace(strain=max(0.0, self.strain - _RELIEF)) if self.strain else self
        good, rate = self.good + 1, self.rate
        if good >= _STEP_AFTER:
            good, rate = 0, rate * _STEP
        if rate >= self.before:
            return self._replace(rate=None, before=0.0, strain=0.0, good=0)
        return self._replace(rate=rate, good=good, strain=max(0.0, self.strain - _RELIEF))

    def refused(self, strain: float, sent_at: float, now: float) -> Caution:
        """A message that left at `sent_at` was turned away for now; too much of that halves the rate."""
        if self.sent < _ENOUGH or (self.rate is not None and sent_at <= self.since):
            return self  # too early to know, or it was on its way already when the rate was halved
        if self.strain + strain < _TOO_MUCH:
            return self._replace(strain=self.strain + strain, good=0)
        observed = 1 / self.gap
        before = self.before or observed
        slowest = max(_SLOWEST, before / 2**_HALVINGS)
        rate = max(slowest, min(self.rate or observed, observed) / 2)
        if rate >= before:  # it gets less than the slowest rate as it is
            return self._replace(strain=0.0, good=0)
        return self._replace(strain=0.0, rate=rate, before=before, since=now, good=0)
