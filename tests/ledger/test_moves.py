"""Every move of a copy: the legal ones, one by one, the illegal ones, and who wins when two want the same."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest

from dispatch.errors import DispatchError
from dispatch.ledger.ledger import Ledger
from dispatch.ledger.suppression import Suppression
from dispatch.model.delivery import MOVES, Outcome, State
from tests.ledger.people import (
    LATER,
    NOW,
    accepted,
    claim,
    counts,
    detail_of,
    outcome,
    people,
    person,
    plan,
)

DUE = NOW + timedelta(minutes=5)
BY_A_SESSION = [(State.SENDING, target) for target in sorted(MOVES[State.SENDING])]
BY_OTHERS = [
    (source, target)
    for source in sorted(State)
    for target in sorted(MOVES[source])
    if source is not State.SENDING and target is not State.SENDING
]
ILLEGAL = [
    (source, target)
    for source in sorted(State)
    for target in sorted(State)
    if target not in MOVES[source] and target is not State.SENDING and source is not State.SENDING
]


def _arrow(value: object) -> str:
    return str(value)


def _copy_in(ledger: Ledger, state: State) -> int:
    """One issue with one copy in that state; the id of the copy."""
    planned_aside = state in {State.SKIPPED, State.SUPPRESSED}
    one = plan(ledger, [person(0, state=state if planned_aside else State.QUEUED)])
    if state is State.QUEUED or planned_aside:
        return 1
    [taken] = claim(ledger, one.id)
    if state in MOVES[State.SENDING]:
        assert ledger.record([outcome(taken, state)], now=NOW) == set()
    elif state is not State.SENDING:
        ledger.record([accepted(taken)], now=NOW)
        ledger.move([1], to=state, detail="a report came", now=NOW)
    return taken.delivery_id


def _state(ledger: Ledger) -> State:
    return ledger.explain("reader0@example.com")[0].delivery.state


@pytest.mark.parametrize(("source", "target"), BY_A_SESSION, ids=_arrow)
def test_a_session_can_record_every_legal_outcome(ledger: Ledger, source: State, target: State) -> None:
    """The copy is where the outcome says, and the move is in its history."""
    [taken] = claim(ledger, plan(ledger, people(1)).id)
    assert ledger.record([outcome(taken, target)], now=LATER) == set()
    [story] = ledger.explain("reader0@example.com")
    assert story.delivery.state is target
    assert (story.events[-1].from_state, story.events[-1].to_state, story.events[-1].at) == (
        source,
        target,
        LATER,
    )
    assert ledger.audit(1) == []


@pytest.mark.parametrize(("source", "target"), BY_OTHERS, ids=_arrow)
def test_every_other_legal_move_can_be_made(ledger: Ledger, source: State, target: State) -> None:
    """Reports, cancellations and decisions move copies that no session holds."""
    one = _copy_in(ledger, source)
    assert ledger.move([one], to=target, reason="said so", detail="somebody said so", now=LATER) == {one}
    [story] = ledger.explain("reader0@example.com")
    assert (story.delivery.state, story.delivery.reason) == (target, "said so")
    assert (story.events[-1].from_state, story.events[-1].detail) == (source, "somebody said so")
    assert ledger.outlook(1).next_at is None
    assert ledger.audit(1) == []


@pytest.mark.parametrize(("source", "target"), ILLEGAL, ids=_arrow)
def test_illegal_moves_change_nothing(ledger: Ledger, source: State, target: State) -> None:
    """A copy that was sent is not queued again, and what is final stays."""
    one = _copy_in(ledger, source)
    assert ledger.move([one], to=target, detail="no", now=LATER) == set()
    assert _state(ledger) is source
    assert ledger.audit(1) == []


@pytest.mark.parametrize("target", sorted(set(State) - MOVES[State.SENDING]), ids=_arrow)
def test_an_illegal_outcome_is_refused(ledger: Ledger, target: State) -> None:
    """It is a fault of the program, and nothing at all is written, not even the good ones beside it."""
    first, second = claim(ledger, plan(ledger, people(2)).id)
    with pytest.raises(DispatchError, match="cannot go from sending"):
        ledger.record([accepted(first), outcome(second, target)], now=NOW)
    assert counts(ledger, 1) == {"sending": 2}


def test_only_a_claim_makes_a_copy_sending(ledger: Ledger) -> None:
    """A copy in `sending` without a lease would belong to nobody."""
    plan(ledger, people(1))
    with pytest.raises(DispatchError, match="only a claim"):
        ledger.move([1], to=State.SENDING, detail="no", now=NOW)


def test_nobody_moves_a_copy_that_a_session_holds(ledger: Ledger) -> None:
    """A cancellation waits until the session has said what became of the copy."""
    _copy_in(ledger, State.SENDING)
    assert ledger.move([1], to=State.SKIPPED, detail="cancelled", now=NOW) == set()
    assert _state(ledger) is State.SENDING


def test_a_deferred_copy_needs_a_time(ledger: Ledger) -> None:
    """Without one it would wait for ever."""
    [taken] = claim(ledger, plan(ledger, people(1)).id)
    with pytest.raises(DispatchError, match="time of its next attempt"):
        ledger.record([Outcome(claim=taken, state=State.DEFERRED)], now=NOW)


def test_claims_come_in_order_and_only_once(ledger: Ledger) -> None:
    """Each copy is given to one session, in the order of the list."""
    one = plan(ledger, people(5)).id
    taken = [[item.line for item in claim(ledger, one, limit=2)] for _ in range(4)]
    assert taken == [[2, 3], [4, 5], [6], []]
    assert detail_of(ledger, 0) == "taken by pid 7"


def test_a_claim_takes_only_its_own_issue(ledger: Ledger) -> None:
    """Two issues in one ledger do not touch."""
    first, second = plan(ledger, people(3)).id, plan(ledger, people(3), "two").id
    claim(ledger, second)
    assert (counts(ledger, first), counts(ledger, second)) == ({"queued": 3}, {"sending": 3})


def test_a_deferred_copy_is_taken_when_it_is_due_and_before_new_ones(ledger: Ledger) -> None:
    """Not a millisecond earlier; the result is in the order of the list all the same."""
    one = plan(ledger, people(4)).id
    first = claim(ledger, one, limit=2)
    ledger.record([outcome(taken, State.DEFERRED) for taken in first], now=NOW)
    early = claim(ledger, one, limit=1, now=DUE - timedelta(milliseconds=1))
    assert [taken.line for taken in early] == [4]
    assert [taken.line for taken in claim(ledger, one, limit=2, now=DUE)] == [2, 3]
    assert [taken.line for taken in claim(ledger, one, limit=2, now=DUE)] == [5]


def test_a_claim_knows_what_was_tried(ledger: Ledger) -> None:
    """Attempts, the first attempt's time and a new token are there for the retry schedule."""
    one = plan(ledger, people(1)).id
    [taken] = claim(ledger, one)
    assert (taken.attempts, taken.lease_token, taken.first_attempt_at) == (0, 1, None)
    ledger.record([outcome(taken, State.DEFERRED)], now=LATER)
    [again] = claim(ledger, one, now=DUE)
    assert (again.attempts, again.lease_token, again.first_attempt_at) == (1, 2, LATER)
    assert (again.message_id, again.message_date) == (taken.message_id, taken.message_date)


def test_a_claim_can_be_narrowed_to_some(ledger: Ledger) -> None:
    """A sample takes these and no others, however many they are."""
    one = plan(ledger, people(1300)).id
    wanted = list(range(1, 1301, 2))
    assert [taken.delivery_id for taken in claim(ledger, one, limit=600, only=wanted)] == wanted[:600]
    assert [taken.delivery_id for taken in claim(ledger, one, limit=600, only=wanted)] == wanted[600:]
    assert claim(ledger, one, limit=600, only=wanted) == []
    assert claim(ledger, one, limit=600, only=[]) == []


@pytest.mark.parametrize("only", [None, range(1, 9)], ids=["all", "narrowed"])
def test_a_claim_asks_the_suppression_list_again(ledger: Ledger, only: Sequence[int] | None) -> None:
    """Whoever joined it since the plan is moved aside, and their places go to the next."""
    one = plan(ledger, people(8)).id
    [deferred] = claim(ledger, one, limit=1)
    ledger.record([outcome(deferred, State.DEFERRED)], now=NOW)
    for number in (0, 1, 3):
        entry = Suppression(key=f"reader{number}@example.com", reason="complained", kind="x", source="y")
        ledger.suppress(entry, now=NOW)
    taken = claim(ledger, one, limit=4, now=DUE, only=only)
    assert [item.line for item in taken] == [4, 6, 7, 8]
    assert counts(ledger, one) == {"sending": 4, "suppressed": 3, "queued": 1}
    assert detail_of(ledger, 0) == detail_of(ledger, 1) == "on the suppression list: complained"
    assert ledger.outlook(one).next_at is None
    assert ledger.audit(one) == []


def test_a_claim_of_nothing_is_empty(ledger: Ledger) -> None:
    """A limit of zero takes nobody."""
    assert claim(ledger, plan(ledger, people(1)).id, limit=0) == []
