"""Issues, tallies, samples and marks."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from dispatch.errors import LedgerUnavailable
from dispatch.ledger.ledger import Ledger
from dispatch.model.delivery import State
from tests.ledger.people import LATER, NOW, accepted, claim, outcome, people, plan


def test_issues_are_listed_the_newest_first(ledger: Ledger) -> None:
    """And an unknown one is None, whatever its name."""
    one, two = plan(ledger, people(1)), plan(ledger, people(1), "two")
    assert ledger.issues() == [two, one]
    assert ledger.issue("one") == one
    assert ledger.issue("three") is None
    assert ledger.issue("\udcff") is None


def test_an_issue_is_unfinished_while_a_copy_is(ledger: Ledger) -> None:
    """Queued, sending, deferred and uncertain copies keep it so; all others do not."""
    one, two = plan(ledger, people(2)), plan(ledger, people(1), "two")
    assert ledger.unfinished_issues() == [two, one]
    first, second = claim(ledger, one.id)
    ledger.record([accepted(first), outcome(second, State.UNCERTAIN)], now=NOW)
    assert ledger.unfinished_issues() == [two, one]
    ledger.move([second.delivery_id], to=State.SENT, detail="somebody said so", now=NOW)
    assert ledger.unfinished_issues() == [two]


def test_the_tally_has_every_state(ledger: Ledger) -> None:
    """Zero is said too, and all of them add up."""
    one = plan(ledger, people(3))
    claim(ledger, one.id, limit=1)
    tally = ledger.tally(one.id)
    assert set(tally.states) == set(State)
    assert (tally.listed, tally.states[State.QUEUED], tally.states[State.SENDING]) == (3, 2, 1)
    assert tally.balanced
    assert tally.unfinished == 3


def test_a_tally_of_no_issue_is_an_error_of_ours(ledger: Ledger) -> None:
    """Nobody asks for an issue that was not planned; who does gets no traceback of a library."""
    with pytest.raises(LedgerUnavailable):
        ledger.tally(99)


def test_marks_say_when_a_run_began_and_ended(ledger: Ledger) -> None:
    """The first beginning stays; a new run takes the end away."""
    one = plan(ledger, people(1))
    ledger.mark_started(one.id, now=NOW)
    ledger.mark_finished(one.id, now=LATER)
    ended = ledger.issue("one")
    ledger.mark_started(one.id, now=LATER)
    running = ledger.issue("one")
    assert ended is not None
    assert running is not None
    assert (ended.started_at, ended.finished_at) == (NOW, LATER)
    assert (running.started_at, running.finished_at) == (NOW, None)


def test_the_next_attempt_is_the_earliest(ledger: Ledger) -> None:
    """Of deferred and of doubtful copies; none when nothing waits."""
    one = plan(ledger, people(3))
    assert ledger.outlook(one.id).next_at is None
    first, second, third = claim(ledger, one.id)
    ledger.record([outcome(first, State.DEFERRED, next_attempt_at=NOW + timedelta(minutes=7))], now=NOW)
    assert ledger.outlook(one.id).next_at == NOW + timedelta(minutes=7)
    ledger.record([outcome(second, State.UNCERTAIN, next_attempt_at=NOW + timedelta(minutes=6))], now=NOW)
    ledger.record([outcome(third, State.UNCERTAIN)], now=NOW)
    assert ledger.outlook(one.id).next_at == NOW + timedelta(minutes=6)


def test_outstanding_copies_are_those_that_a_claim_would_take(ledger: Ledger) -> None:
    """A deferred one counts from the moment it is due."""
    one = plan(ledger, people(3))
    [taken] = claim(ledger, one.id, limit=1)
    ledger.record([outcome(taken, State.DEFERRED)], now=NOW)
    assert ledger.outstanding(one.id, now=NOW) == 2
    assert ledger.outstanding(one.id, now=NOW + timedelta(minutes=5)) == 3


def test_a_sample_is_by_chance_and_can_be_drawn_again(ledger: Ledger) -> None:
    """The same seed gives the same people; only queued ones are drawn; more than there are is all."""
    one = plan(ledger, people(200))
    taken = {item.delivery_id for item in claim(ledger, one.id, limit=50)}
    drawn = ledger.sample(one.id, 20, seed=1)
    assert drawn == ledger.sample(one.id, 20, seed=1) == sorted(set(drawn))
    assert len(drawn) == 20
    assert drawn != ledger.sample(one.id, 20, seed=2)
    assert not taken & set(drawn)
    assert ledger.sample(one.id, 999, seed=1) == list(range(51, 201))
    assert ledger.sample(one.id, 0, seed=1) == []


def test_everybody_has_the_same_chance(ledger: Ledger) -> None:
    """Over many seeds each of ten people is drawn about as often as the others."""
    one = plan(ledger, people(10))
    drawn = [person for seed in range(300) for person in ledger.sample(one.id, 3, seed=seed)]
    assert all(55 < drawn.count(person) < 130 for person in range(1, 11))


def test_a_verb_that_fails_half_way_leaves_nothing(ledger: Ledger) -> None:
    """A claim whose events cannot be written takes no copy, and the caller hears LedgerUnavailable."""
    one = plan(ledger, people(1))
    with ledger.database.writing() as connection:
        connection.execute(text("DROP TABLE event"))
    with pytest.raises(LedgerUnavailable, match="no such table: event"):
        claim(ledger, one.id)
    assert ledger.tally(one.id).states[State.QUEUED] == 1
