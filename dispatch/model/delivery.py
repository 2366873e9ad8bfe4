"""The life of one copy: its states, the legal moves between them, and what is known of it.

The promise this carries: listed = queued + sending + sent + deferred + failed + uncertain + bounced +
complained + suppressed + skipped, at every moment. "Sent" means that the next hop answered 250 after the dot.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple


class State(StrEnum):
    """Where one copy stands."""

    QUEUED = "queued"  # planned, no attempt in progress
    SENDING = "sending"  # claimed by a session; without a hand-over it cannot have been accepted
    SENT = "sent"  # the next hop answered 250 after the dot
    DEFERRED = "deferred"  # refused for now; next_attempt_at says when it is due again
    FAILED = "failed"  # refused for good, expired, or impossible to render or address
    UNCERTAIN = "uncertain"  # the dot may have been received, no reply was read
    BOUNCED = "bounced"  # a report of non-delivery came back after sent
    COMPLAINED = "complained"  # the reader called it spam
    SUPPRESSED = "suppressed"  # on the suppression list, which wins over the CSV
    SKIPPED = "skipped"  # duplicate, invalid, excluded, or not expressible; the reason says which


class Reason(StrEnum):
    """Why a copy was skipped, or failed without a reply of the relay's."""

    DUPLICATE = "duplicate"
    INVALID = "invalid"
    EXCLUDED = "excluded"
    HEADER = "header"  # a value with a control character would have to stand in a header field
    SMTPUTF8 = "smtputf8"  # the address needs SMTPUTF8 and the relay does not offer it
    CANCELLED = "cancelled"
    EXPIRED = "expired"  # still deferred after max_age


MOVES: Mapping[State, frozenset[State]] = {
    State.QUEUED: frozenset({State.SENDING, State.SUPPRESSED, State.SKIPPED}),
    State.SENDING: frozenset(
        {State.SENT, State.DEFERRED, State.FAILED, State.UNCERTAIN, State.QUEUED, State.SKIPPED}
    ),
    State.SENT: frozenset({State.BOUNCED, State.COMPLAINED}),
    State.DEFERRED: frozenset({State.SENDING, State.FAILED, State.SUPPRESSED}),
    State.UNCERTAIN: frozenset({State.QUEUED, State.SENT, State.BOUNCED, State.COMPLAINED}),
    # The one way back from an end: the owner says so, because the refusal was not about the address.
    State.FAILED: frozenset({State.QUEUED}),
    State.BOUNCED: frozenset(),
    State.COMPLAINED: frozenset(),
    State.SUPPRESSED: frozenset(),
    State.SKIPPED: frozenset(),
}

UNFINISHED = frozenset({State.QUEUED, State.SENDING, State.DEFERRED, State.UNCERTAIN})


class PlannedCopy(NamedTuple):
    """One row of the plan, good or bad. `key` is None for a row nobody can be reached by.

    `fields` has only what the issue uses. `state` is queued, skipped or suppressed. A tuple, because plans
    are long, and one is made in a third of the time of a frozen dataclass.
    """

    line: int
    email: str
    key: str | None
    fields: Mapping[str, str]
    state: State
    reason: str = ""
    message_id: str = ""


class Claim(NamedTuple):
    """A copy taken for sending: the lease is good while `lease_token` is the row's own.

    `has_chosen` says that its reader chose their tags, which `fields` has as chosen.
    """

    delivery_id: int
    email: str
    key: str
    line: int
    fields: Mapping[str, str]
    attempts: int
    lease_token: int
    message_id: str
    message_date: datetime
    first_attempt_at: datetime | None
    has_chosen: bool = False


class Outcome(NamedTuple):
    """What became of a claim. `state` is where the copy goes; the rest is what the relay said, verbatim.

    `uses_attempt` is False when the fault was not the recipient's (a lost connection, a relay that is down).
    `suppress` asks that the address be written to again by nobody: it does not exist.
    """

    claim: Claim
    state: State
    reason: str = ""
    code: int | None = None
    enhanced: str = ""
    reply: str = ""
    relay: str = ""
    next_attempt_at: datetime | None = None
    uses_attempt: bool = True
    suppress: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How many copies of one issue are in each state, against how many rows were listed."""

    listed: int
    states: Mapping[State, int]

    @property
    def balanced(self) -> bool:
        """Whether the ledger adds up."""
        return self.listed == sum(self.states.values())

    @property
    def unfinished(self) -> int:
        """How many copies something is still to be done for."""
        return sum(self.states.get(state, 0) for state in UNFINISHED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One move in the life of a copy, never rewritten."""

    at: datetime
    from_state: State | None
    to_state: State
    detail: str
