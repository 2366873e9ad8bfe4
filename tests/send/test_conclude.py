"""From a verdict to an outcome: what is tried again, when, and what is final."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from dispatch.mail.reply import Reply, Step, judge, judge_loss
from dispatch.model.delivery import Claim, Outcome, State
from dispatch.model.settings import OnUncertain
from dispatch.send.conclude import LOSSES_TOLERATED, Policy, conclude

NOW = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
CLAIM = Claim(
    delivery_id=7,
    email="ann@example.com",
    key="ann@example.com",
    line=2,
    fields={},
    attempts=0,
    lease_token=1,
    message_id="<a@example.com>",
    message_date=NOW,
    first_attempt_at=None,
)
POLICY = Policy(
    max_age=timedelta(hours=24), on_uncertain=OnUncertain.RESEND, uncertain_after=timedelta(minutes=10)
)


def _concluded(
    step: Step, reply: Reply | None, *, claim: Claim = CLAIM, losses: int = 0, policy: Policy = POLICY
) -> Outcome:
    verdict = judge(step, reply) if reply else judge_loss(step, step is Step.DOT, "the connection was lost")
    assert verdict is not None
    return conclude(claim, verdict, relay="mx:25", losses=losses, now=NOW, jitter=0.0, policy=policy)


def test_accepted_after_the_dot_is_sent() -> None:
    """With the relay's words kept."""
    outcome = _concluded(Step.DOT, Reply(250, "2.0.0", "queued as 1"))
    assert (outcome.state, outcome.code, outcome.reply) == (State.SENT, 250, "queued as 1")


def test_a_temporary_refusal_is_due_again_in_five_minutes() -> None:
    """The first retry; the attempt counts."""
    outcome = _concluded(Step.RCPT, Reply(450, "4.2.1", "greylisted"))
    assert (outcome.state, outcome.next_attempt_at) == (State.DEFERRED, NOW + timedelta(minutes=5))
    assert outcome.uses_attempt


def test_a_copy_too_old_for_another_attempt_has_failed() -> None:
    """Expired after max_age, and said to be so."""
    old = CLAIM._replace(attempts=20, first_attempt_at=NOW - timedelta(hours=23))
    outcome = _concluded(Step.RCPT, Reply(450, "4.2.1", "greylisted"), claim=old)
    assert (outcome.state, outcome.reason.startswith("expired")) == (State.FAILED, True)
    assert not outcome.suppress


def test_a_mailbox_that_does_not_exist_is_suppressed_and_a_policy_refusal_is_not() -> None:
    """5.7.x says nothing about the address."""
    assert _concluded(Step.RCPT, Reply(550, "5.1.1", "no such user")).suppress
    refused = _concluded(Step.RCPT, Reply(550, "5.7.1", "blocked"))
    assert (refused.state, refused.suppress) == (State.FAILED, False)


def test_a_connection_lost_before_the_dot_is_free_until_it_happens_too_often() -> None:
    """The copy goes back in the line; one that loses every connection waits like a deferred one."""
    first = _concluded(Step.DATA, None, losses=1)
    assert (first.state, first.uses_attempt) == (State.QUEUED, False)
    last = _concluded(Step.DATA, None, losses=LOSSES_TOLERATED)
    assert (last.state, last.uses_attempt) == (State.DEFERRED, True)
    assert last.next_attempt_at == NOW + timedelta(minutes=5)


def test_lost_after_the_dot_is_uncertain_and_due_by_policy() -> None:
    """Only `resend` gives it a time."""
    assert _concluded(Step.DOT, None).next_attempt_at == NOW + timedelta(minutes=10)
    held = _concluded(Step.DOT, None, policy=replace(POLICY, on_uncertain=OnUncertain.HOLD))
    assert (held.state, held.next_attempt_at) == (State.UNCERTAIN, None)
