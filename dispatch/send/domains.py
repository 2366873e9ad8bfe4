"""Recipient domains over all relays: the rates set for them, and the caution towards each provider."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from dispatch.mail.reply import Step, Verdict
from dispatch.model.address import domain_of
from dispatch.model.delivery import State
from dispatch.send.caution import Caution, strain_of
from dispatch.send.pace import Pace, Tell, say_nothing

_MOST_KNOWN = 4096  # providers remembered at once; the slowed ones are never forgotten
_STEPS = frozenset({Step.RCPT, Step.DATA, Step.DOT})

# The mail of these names goes to the same machines, which count it together.
_FAMILIES = {
    "gmail.com": ("googlemail.com",),
    "outlook.com": ("hotmail.com", "live.com", "msn.com", "hotmail.co.uk", "hotmail.fr", "hotmail.de"),
    "yahoo.com": ("ymail.com", "rocketmail.com", "aol.com", "yahoo.co.uk", "yahoo.fr", "yahoo.de"),
    "icloud.com": ("me.com", "mac.com"),
    "gmx.net": ("gmx.de", "gmx.at", "gmx.ch", "web.de"),
    "proton.me": ("protonmail.com", "pm.me"),
}
_FAMILY = {name: first for first, others in _FAMILIES.items() for name in others}


class Domains:
    """All recipient domains of a campaign. `paces` are the configured ones, by domain."""

    def __init__(
        self,
        paces: Mapping[str, Pace] | None = None,
        *,
        tell: Tell = say_nothing,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._paces = dict(paces or {})
        self._tell = tell
        self._clock = clock
        self._cautions: dict[str, Caution] = {}
        self._slowed: set[str] = set()

    @property
    def quiet(self) -> bool:
        """Whether no domain can have to wait."""
        return not self._paces and not self._slowed

    def wait(self, domain: str) -> float:
        """Seconds until a message to `domain` may leave, by what is known here."""
        pace = self._paces.get(domain)
        waits = pace.wait() if pace else 0.0
        provider = _FAMILY.get(domain, domain)
        if provider in self._slowed:
            waits = max(waits, self._cautions[provider].wait(self._clock()))
        return waits

    def pace(self, domain: str) -> Pace | None:
        """The configured pace of `domain`."""
        return self._paces.get(domain)

    def left(self, key: str) -> float:
        """Note that a message to this recipient leaves now; when that was."""
        provider, now = _provider(key), self._clock()
        known = self._cautions.get(provider)
        if known is None and len(self._cautions) >= _MOST_KNOWN:
            self._cautions = {name: self._cautions[name] for name in self._slowed}
        self._cautions[provider] = (known or Caution()).left(now)
        return now

    def judged(self, key: str, verdict: Verdict, left_at: float) -> None:
        """Learn from what became of a message that left at `left_at`."""
        provider = _provider(key)
        before = self._cautions.get(provider) or Caution()
        after, reply = before, verdict.reply
        if verdict.state is State.SENT:
            after = before.accepted()
        elif reply is not None and verdict.step in _STEPS and (strain := strain_of(reply)):
            after = before.refused(strain, left_at, self._clock())
        if after is not before:
            self._cautions[provider] = after
            self._note(provider, before.rate, after.rate, verdict)

    def _note(self, provider: str, before: float | None, after: float | None, verdict: Verdict) -> None:
        if before == after:
            return
        if after is None:
            self._slowed.discard(provider)
            self._tell(f"{provider} takes mail again: no longer slowed")
            return
        self._slowed.add(provider)
        if before is None or after < before:
            self._tell(f"{provider} is slowed to {after:.3g}/s: {verdict.detail}")
        else:
            self._tell(f"{provider} takes mail again: {after:.3g}/s")


def _provider(key: str) -> str:
    domain = domain_of(key)
    return _FAMILY.get(domain, domain)
