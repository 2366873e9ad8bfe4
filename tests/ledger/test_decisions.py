"""What the owner decides: refused copies put back, doubtful ones settled, and the file's own soundness."""

from __future__ import annotations

import sqlite3
from datetime import timedelta

import pytest

from dispatch.ledger.copies import copies
from dispatch.ledger.decisions import damage, newest_event, put_back
from dispatch.ledger.ledger import Ledger
from dispatch.ledger.suppression import Suppression
from dispatch.model.delivery import State
from dispatch.model.settings import OnUncertain
from tests.ledger.people import LATER, NOW, accepted, claim, counts, detail_of, outcome, people, plan

DAY_LATER = NOW + timedelta(days=1)


def _refused(ledger: Ledger, count: int) -> int:
    one = plan(ledger, people(count)).id
    ledger.record([outcome(taken, State.FAILED, code=550) for taken in claim(ledger, one)], now=NOW)
    return one


def _suppress(ledger: Ledger, number: int, kind: str, source: str) -> None:
    key = f"reader{number}@example.com"
    ledger.suppress(Suppression(key=key, reason="gone", kind=kind, source=source), now=NOW)


def test_a_refused_copy_that_is_put_back_begins_anew(ledger: Ledger) -> None:
    """Attempts and age start from nothing, so that it does not expire at its next deferral."""
    one = _refused(ledger, 2)
    assert put_back(ledger, [1], detail="put back by ann", now=DAY_LATER).copies == 1
    assert counts(ledger, one) == {"queued": 1, "failed": 1}
    assert detail_of(ledger, 0) == "put back by ann"
    [taken] = claim(ledger, one, now=DAY_LATER)
    assert (taken.attempts, taken.first_attempt_at) == (0, None)
    assert ledger.audit(one) == []


def test_only_the_refusal_itself_frees_an_address(ledger: Ledger) -> None:
    """Who unsubscribed, was entered by hand, or was refused with another issue stays on the list."""
    one = _refused(ledger, 4)
    _suppress(ledger, 0, "hard", "<0@example.com>")
    _suppress(ledger, 1, "unsubscribe", "<1@example.com>")
    _suppress(ledger, 2, "hard", "<another@example.com>")
    done = put_back(ledger, [1, 2, 3, 4], detail="put back", now=LATER)
    assert (done.copies, done.freed) == (4, 1)
    assert [taken.line for taken in claim(ledger, one)] == [2, 5]
    assert counts(ledger, one) == {"sending": 2, "suppressed": 2}


@pytest.mark.parametrize("state", [State.SENT, State.UNCERTAIN, State.DEFERRED])
def test_only_refused_copies_are_put_back(ledger: Ledger, state: State) -> None:
    """Somebody who has the mail does not get it again by a mistake in a list of ids."""
    one = plan(ledger, people(1)).id
    ledger.record([outcome(taken, state) for taken in claim(ledger, one)], now=NOW)
    if state is not State.UNCERTAIN:
        assert put_back(ledger, [1], detail="put back", now=NOW).copies == 0
        assert counts(ledger, one) == {state.value: 1}


def test_a_doubtful_copy_sent_again_by_hand_is_not_sent_a_third_time(ledger: Ledger) -> None:
    """The owner's decision counts as the one resend that the policy allows."""
    one = plan(ledger, people(1)).id
    for _ in range(2):
        [taken] = claim(ledger, one)
        ledger.hand_over([taken], now=NOW)
        ledger.record([outcome(taken, State.UNCERTAIN, next_attempt_at=LATER)], now=NOW)
        if not ledger.outlook(one).held:
            ledger.move([1], to=State.QUEUED, detail="sent once more, said ann", now=NOW)
    assert (ledger.outlook(one).held, ledger.outlook(one).next_at) == (1, None)
    after = ledger.recover(one, now=DAY_LATER, policy=OnUncertain.RESEND, uncertain_after=timedelta(0))
    assert after.resent == 0


def test_the_end_of_a_run_wakes_nobody(ledger: Ledger) -> None:
    """What is doubtful and due waits for the next run; what was left in sending comes home all the same."""
    one = plan(ledger, people(2)).id
    first, _ = claim(ledger, one)
    ledger.hand_over([first], now=NOW)
    ledger.record([outcome(first, State.UNCERTAIN, next_attempt_at=NOW)], now=NOW)
    resend = {"policy": OnUncertain.RESEND, "uncertain_after": timedelta(0)}
    ledger.recover(one, now=LATER, wake=False, **resend)  # type: ignore[arg-type]
    assert counts(ledger, one) == {"uncertain": 1, "queued": 1}
    ledger.recover(one, now=LATER, **resend)  # type: ignore[arg-type]
    assert counts(ledger, one) == {"queued": 2}


def test_the_outlook_says_what_goes_on_by_itself(ledger: Ledger) -> None:
    """Deferred ones, doubtful ones that will be sent once more, and held ones, each with the first time."""
    one = plan(ledger, people(4)).id
    taken = claim(ledger, one)
    ledger.record(
        [
            outcome(taken[0], State.DEFERRED, next_attempt_at=DAY_LATER),
            outcome(taken[1], State.UNCERTAIN, next_attempt_at=LATER),
            outcome(taken[2], State.UNCERTAIN),
            accepted(taken[3]),
        ],
        now=NOW,
    )
    seen = ledger.outlook(one)
    assert (seen.deferred, seen.resent, seen.held) == (1, 1, 1)
    assert (seen.deferred_at, seen.resent_at, seen.next_at) == (DAY_LATER, LATER, LATER)
    assert [copy.line for copy in copies(ledger, one, State.UNCERTAIN)] == [3, 4]
    assert len(list(copies(ledger, one))) == 4


def test_a_sound_ledger_has_no_damage(ledger: Ledger) -> None:
    """And one from which a row was taken by hand is told of."""
    _refused(ledger, 2)
    assert damage(ledger) == []
    with sqlite3.connect(ledger.database.place, isolation_level=None) as other:
        other.execute("DELETE FROM delivery WHERE id = 1")
    other.close()
    assert damage(ledger) == [
        "row 1 of event belongs to a row of delivery that is gone",
        "row 3 of event belongs to a row of delivery that is gone",
    ]


def test_the_newest_event_is_told(ledger: Ledger) -> None:
    """None in an empty ledger."""
    assert newest_event(ledger) is None
    one = _refused(ledger, 1)
    put_back(ledger, [1], detail="put back", now=DAY_LATER)
    assert newest_event(ledger) == DAY_LATER
    assert counts(ledger, one) == {"queued": 1}
