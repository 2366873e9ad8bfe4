"""What a verdict means for a copy: from what the relay said, or did not say, to the outcome recorded."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from dispatch.mail.reply import Verdict
from dispatch.model.delivery import Claim, Outcome, Reason, State
from dispatch.model.settings import OnUncertain
from dispatch.send.retry import next_attempt

# A copy whose connection is lost this often may be what loses it: it then waits like a deferred one.
LOSSES_TOLERATED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The owner's choices about copies that were not accepted at once."""

    max_age: timedelta
    on_uncertain: OnUncertain
    uncertain_after: timedelta


def conclude(
    claim: Claim, verdict: Verdict, *, relay: str, losses: int, now: datetime, jitter: float, policy: Policy
) -> Outcome:
    """The outcome of one attempt. `jitter` is between -1 and 1.

    `losses` counts this run's connections lost under this copy, this one included.
    """
    state = verdict.state or State.QUEUED
    reason = verdict.detail
    uses_attempt = verdict.uses_attempt
    due = None
    if state is State.QUEUED and losses >= LOSSES_TOLERATED:
        state, uses_attempt = State.DEFERRED, True
    if state is State.DEFERRED:
        first = claim.first_attempt_at or now
        due = next_attempt(claim.attempts + 1, now, first, policy.max_age, jitter)
        if due is None:
            state, reason = State.FAILED, f"{Reason.EXPIRED}: {reason}"
    elif state is State.UNCERTAIN and policy.on_uncertain is OnUncertain.RESEND:
        due = now + policy.uncertain_after
    reply = verdict.reply
    return Outcome(
        claim=claim,
        state=state,
        reason=reason,
        code=reply.code if reply else None,
        enhanced=reply.enhanced if reply else "",
        reply=reply.text if reply else "",
        relay=relay,
        next_attempt_at=due,
        uses_attempt=uses_attempt,
        suppress=state is State.FAILED and verdict.is_hard,
    )
