"""After a crash: a table of what was, the policy, and what must be."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from dispatch.ledger.ledger import Ledger
from dispatch.ledger.recovery import Recovery
from dispatch.model.delivery import State
from dispatch.model.settings import OnUncertain
from tests.ledger.people import NOW, accepted, claim, counts, detail_of, outcome, people, plan

AFTER = timedelta(minutes=10)
RESEND, HOLD, ASSUME_SENT = OnUncertain.RESEND, OnUncertain.HOLD, OnUncertain.ASSUME_SENT


def _recover(ledger: Ledger, policy: OnUncertain, now: datetime = NOW) -> Recovery:
    return ledger.recover(1, now=now, policy=policy, uncertain_after=AFTER)


def _crash(ledger: Ledger, *, handed_over: bool) -> None:
    """One copy, claimed by a run that ended without a word."""
    taken = claim(ledger, plan(ledger, people(1)).id)
    if handed_over:
        ledger.hand_over(taken, now=NOW)


def _found(requeued: int = 0, uncertain: int = 0, resent: int = 0, assumed_sent: int = 0) -> Recovery:
    return Recovery(requeued=requeued, uncertain=uncertain, resent=resent, assumed_sent=assumed_sent)


@pytest.mark.parametrize(
    ("handed_over", "policy", "found", "after"),
    [
        pytest.param(
            False, RESEND, _found(requeued=1), (State.QUEUED, None), id="before the hand-over, resend"
        ),
        pytest.param(False, HOLD, _found(requeued=1), (State.QUEUED, None), id="before the hand-over, hold"),
        pytest.param(
            False,
            ASSUME_SENT,
            _found(requeued=1),
            (State.QUEUED, None),
            id="before the hand-over, assume-sent",
        ),
        pytest.param(
            True, RESEND, _found(uncertain=1), (State.UNCERTAIN, NOW + AFTER), id="after it, resend"
        ),
        pytest.param(True, HOLD, _found(uncertain=1), (State.UNCERTAIN, None), id="after it, hold"),
        pytest.param(
            True,
            ASSUME_SENT,
            _found(uncertain=1, assumed_sent=1),
            (State.SENT, None),
            id="after it, assume-sent",
        ),
    ],
)
def test_what_a_crash_leaves_is_settled(
    ledger: Ledger,
    handed_over: bool,
    policy: OnUncertain,
    found: Recovery,
    after: tuple[State, datetime | None],
) -> None:
    """The hand-over tells whether the relay can have the copy; the policy says what then."""
    _crash(ledger, handed_over=handed_over)
    assert _recover(ledger, policy) == found
    row = ledger.explain("reader0@example.com")[0].delivery
    assert (row.state, row.next_attempt_at) == after
    assert ledger.audit(1) == []


def test_a_doubtful_copy_is_sent_again_once_and_not_early(ledger: Ledger) -> None:
    """With the same Message-ID and Date; when the second one is doubtful too, it stays so."""
    _crash(ledger, handed_over=True)
    _recover(ledger, RESEND)
    assert _recover(ledger, RESEND, NOW + AFTER - timedelta(milliseconds=1)) == _found()
    assert _recover(ledger, RESEND, NOW + AFTER) == _found(resent=1)
    row = ledger.explain("reader0@example.com")[0].delivery
    assert (row.state, row.resends, row.handed_over_at) == (State.QUEUED, 1, None)
    assert detail_of(ledger, 0).startswith("sent once more with the same Message-ID and Date")
    [again] = claim(ledger, 1)
    assert (again.message_id, again.message_date) == ("<0@example.com>", NOW)
    ledger.hand_over([again], now=NOW + AFTER)
    later = NOW + timedelta(days=1)
    assert _recover(ledger, RESEND, later) == _found(uncertain=1)
    assert _recover(ledger, RESEND, later + AFTER) == _found()
    assert counts(ledger, 1) == {"uncertain": 1}
    assert ledger.outlook(1).next_at is None
    assert ledger.audit(1) == []


def test_a_doubt_that_the_session_reported_follows_the_policy_too(ledger: Ledger) -> None:
    """The connection was lost after the dot, and the run lived on."""
    [taken] = claim(ledger, plan(ledger, people(1)).id)
    ledger.hand_over([taken], now=NOW)
    ledger.record([outcome(taken, State.UNCERTAIN)], now=NOW)
    assert _recover(ledger, HOLD) == _found()
    assert _recover(ledger, ASSUME_SENT) == _found(assumed_sent=1)
    assert counts(ledger, 1) == {"sent": 1}


def test_a_changed_policy_reaches_copies_that_were_held(ledger: Ledger) -> None:
    """From hold to resend they get a time, from resend to hold they lose it."""
    _crash(ledger, handed_over=True)
    _recover(ledger, HOLD)
    _recover(ledger, RESEND)
    assert ledger.outlook(1).next_at == NOW + AFTER
    _recover(ledger, HOLD, NOW + AFTER)
    assert ledger.outlook(1).next_at is None
    assert counts(ledger, 1) == {"uncertain": 1}


def test_a_clock_that_was_ahead_keeps_nobody_waiting(ledger: Ledger) -> None:
    """A due time later than any pause cannot be meant: deferred copies are due now, doubtful ones soon."""
    ahead = NOW + timedelta(days=1)
    first, second, third = claim(ledger, plan(ledger, people(3)).id)
    later = NOW + timedelta(hours=2, minutes=24)
    outcomes = [
        outcome(first, State.DEFERRED, next_attempt_at=ahead),
        outcome(second, State.DEFERRED, next_attempt_at=later),
        outcome(third, State.UNCERTAIN, next_attempt_at=ahead),
    ]
    ledger.record(outcomes, now=ahead)
    _recover(ledger, RESEND)
    times = [ledger.explain(f"reader{number}@example.com")[0].delivery.next_attempt_at for number in range(3)]
    assert times == [NOW, later, NOW + AFTER]


def test_recovery_touches_nothing_else(ledger: Ledger) -> None:
    """Other states and other issues stay as they are."""
    one = plan(ledger, people(4)).id
    other = plan(ledger, people(2), "two").id
    claim(ledger, other)
    first, second, _ = claim(ledger, one, limit=3)
    ledger.record([accepted(first), outcome(second, State.DEFERRED)], now=NOW)
    assert _recover(ledger, RESEND) == _found(requeued=1)
    assert counts(ledger, one) == {"queued": 2, "sent": 1, "deferred": 1}
    assert counts(ledger, other) == {"sending": 2}


def test_a_session_of_the_ended_run_has_no_say_any_more(ledger: Ledger) -> None:
    """Its lease is gone, even though nobody has claimed the copy since."""
    taken = claim(ledger, plan(ledger, people(1)).id)
    _recover(ledger, RESEND)
    assert ledger.hand_over(taken, now=NOW) == {1}
    assert ledger.record([accepted(taken[0])], now=NOW) == {1}
    assert counts(ledger, 1) == {"queued": 1}


@pytest.mark.parametrize("policy", list(OnUncertain), ids=lambda policy: policy.value)
def test_a_run_that_is_alive_keeps_its_claims(ledger: Ledger, policy: OnUncertain) -> None:
    """Its copies are counted and not touched, handed over or not; it can still record what became of them."""
    first, second = claim(ledger, plan(ledger, people(2)).id)
    ledger.hand_over([first], now=NOW)
    found = ledger.recover(
        1, now=NOW, policy=policy, uncertain_after=AFTER, is_elsewhere=lambda owner: owner == "pid 7"
    )
    assert found == Recovery(requeued=0, uncertain=0, resent=0, assumed_sent=0, elsewhere=2)
    assert counts(ledger, 1) == {"sending": 2}
    assert ledger.record([accepted(first), accepted(second)], now=NOW) == set()
    assert ledger.audit(1) == []
