"""The brake: `failed>3%` says when a send that goes badly is to stop by itself. Pure counting."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from dispatch.model.delivery import State

# A share of the first few copies says nothing: one refusal among ten people is ten per cent.
ENOUGH = 100

_WATCHED = {state.value: state for state in (State.FAILED, State.DEFERRED, State.UNCERTAIN)}
_LIMIT = re.compile(r"([a-z]+)\s*>\s*([0-9]{1,9})(\.[0-9]{1,4})?(%?)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """More copies in `state` than this stop the send: a count, or a per cent of those tried."""

    state: State
    bound: float
    is_share: bool

    def __str__(self) -> str:
        return f"{self.state.value}>{self.bound:g}{'%' if self.is_share else ''}"

    @classmethod
    def read(cls, text: str) -> Limit:
        """`failed>3%`, `failed>30`, `deferred>20%`. Raises ValueError."""
        match = _LIMIT.fullmatch(text.strip().lower())
        if not match or match[1] not in _WATCHED or (match[3] and not match[4]):
            raise ValueError(
                f"{text!r} is not a limit such as failed>3% or failed>30; states: {', '.join(_WATCHED)}"
            )
        bound = float(match[2] + (match[3] or ""))
        if match[4] and bound >= 100:
            raise ValueError(f"{text!r} can never be passed; a share is below 100%")
        return cls(state=_WATCHED[match[1]], bound=bound, is_share=bool(match[4]))


@dataclass(slots=True, kw_only=True)
class Brake:
    """Counts what became of the copies of one send, and says which limit is passed."""

    limits: Sequence[Limit] = ()
    outcomes: Counter[State] = field(default_factory=Counter)

    @property
    def tried(self) -> int:
        """The copies that have an outcome."""
        return sum(self.outcomes.values())

    def count(self, state: State) -> None:
        """Take one outcome into the numbers; a copy that went back to the line has none."""
        if state is not State.QUEUED:
            self.outcomes[state] += 1

    def passed(self, *, at_a_stop: bool) -> str | None:
        """The figure that is too high, in words. Shares count after ENOUGH copies, or `at_a_stop`."""
        tried = self.tried if self.limits else 0
        for limit in self.limits:
            count = self.outcomes[limit.state]
            if not limit.is_share and count > limit.bound:
                return f"{limit}: {count:,} of {tried:,} {limit.state.value}"
            share = 100 * count / tried if tried else 0.0
            if limit.is_share and share > limit.bound and (at_a_stop or tried >= ENOUGH):
                return f"{limit}: {count:,} of {tried:,} {limit.state.value} ({share:.1f}%)"
        return None
