"""What a session says of its claims: who is heard, and what is written."""

from __future__ import annotations

from datetime import timedelta

import pytest

from dispatch.ledger.ledger import Ledger
from dispatch.model.delivery import State
from dispatch.model.settings import OnUncertain
from tests.ledger.people import (
    LATER,
    NOW,
    accepted,
    claim,
    counts,
    detail_of,
    outcome,
    people,
    plan,
)

DUE = NOW + timedelta(minutes=5)


@pytest.mark.parametrize("verb", ["hand_over", "release", "record"])
@pytest.mark.parametrize("theft", ["recovered", "claimed again", "settled"])
def test_a_lost_lease_is_named_and_nothing_is_written(ledger: Ledger, verb: str, theft: str) -> None:
    """The session that lost its copy hears of it, and the copies beside it are not touched by that."""
    one = plan(ledger, people(3)).id
    taken = claim(ledger, one)
    lost = taken[1]
    if theft == "settled":
        ledger.record([accepted(lost)], now=NOW)
    else:
        ledger.release([lost], now=NOW)
    if theft == "claimed again":
        [other] = claim(ledger, one)
        assert other.lease_token == lost.lease_token + 1
    before = ledger.explain("reader1@example.com")
    if verb == "record":
        assert ledger.record([outcome(item, State.FAILED) for item in taken], now=LATER) == {lost.delivery_id}
    else:
        assert getattr(ledger, verb)(taken, now=LATER) == {lost.delivery_id}
    assert ledger.explain("reader1@example.com") == before
    for number in (0, 2):
        [story] = ledger.explain(f"reader{number}@example.com")
        assert story.delivery.updated_at == LATER
    assert ledger.audit(one) == []


def test_of_two_outcomes_for_one_claim_the_first_counts(ledger: Ledger) -> None:
    """A copy cannot be sent and failed, not even within one batch."""
    [taken] = claim(ledger, plan(ledger, people(1)).id)
    assert ledger.record([accepted(taken), outcome(taken, State.FAILED)], now=NOW) == {1}
    assert counts(ledger, 1) == {"sent": 1}
    assert ledger.audit(1) == []


@pytest.mark.parametrize("order", [slice(None), slice(None, None, -1)], ids=["old first", "new first"])
@pytest.mark.parametrize("verb", ["hand_over", "release", "record"])
def test_of_two_claims_of_one_copy_only_the_newer_counts(ledger: Ledger, verb: str, order: slice) -> None:
    """Also when both speak within one batch."""
    one = plan(ledger, people(1)).id
    [old] = claim(ledger, one)
    ledger.release([old], now=NOW)
    [new] = claim(ledger, one)
    both = [old, new][order]
    said = [accepted(item) for item in both] if verb == "record" else both
    assert getattr(ledger, verb)(said, now=LATER) == {1}
    [story] = ledger.explain("reader0@example.com")
    states = {"hand_over": State.SENDING, "release": State.QUEUED, "record": State.SENT}
    assert (story.delivery.state, story.delivery.updated_at) == (states[verb], LATER)
    assert (story.delivery.handed_over_at == LATER) is (verb == "hand_over")
    assert ledger.audit(one) == []


def test_nothing_to_do_is_done(ledger: Ledger) -> None:
    """Empty lists are no mistake."""
    assert ledger.hand_over([], now=NOW) == ledger.record([], now=NOW) == ledger.release([], now=NOW) == set()


def test_an_outcome_is_written_in_full(ledger: Ledger) -> None:
    """Code, enhanced code, words and relay stand in the row, and in one readable line in the history."""
    [taken] = claim(ledger, plan(ledger, people(1)).id)
    ledger.hand_over([taken], now=NOW)
    ledger.record([accepted(taken)], now=LATER)
    [story] = ledger.explain("reader0@example.com")
    row = story.delivery
    assert (row.state, row.code, row.enhanced) == (State.SENT, 250, "2.0.0")
    assert (row.reply, row.relay) == ("Ok: queued as 1234", "mx.example.com:25")
    assert (row.attempts, row.first_attempt_at, row.handed_over_at) == (1, LATER, NOW)
    assert story.events[-1].detail == "250 2.0.0 Ok: queued as 1234 (mx.example.com:25)"


def test_a_hand_over_is_kept_only_where_acceptance_is_possible(ledger: Ledger) -> None:
    """Back in the line, or refused for now, means that nobody accepted the copy."""
    taken = claim(ledger, plan(ledger, people(4)).id)
    ledger.hand_over(taken, now=NOW)
    states = [State.QUEUED, State.DEFERRED, State.UNCERTAIN, State.FAILED]
    ledger.record([outcome(item, state) for item, state in zip(taken, states, strict=True)], now=NOW)
    marks = [ledger.explain(item.key)[0].delivery.handed_over_at for item in taken]
    assert marks == [None, None, NOW, NOW]


def test_a_fault_that_is_not_the_recipients_uses_no_attempt(ledger: Ledger) -> None:
    """A relay that was down does not bring anybody nearer to giving up."""
    one = plan(ledger, people(1)).id
    [taken] = claim(ledger, one)
    down = outcome(
        taken, State.QUEUED, reply="connection lost before the dot", relay="a:25", uses_attempt=False
    )
    ledger.record([down], now=NOW)
    assert detail_of(ledger, 0) == "connection lost before the dot (a:25)"
    [again] = claim(ledger, one)
    assert (again.attempts, again.first_attempt_at) == (0, None)


def test_a_release_leaves_no_trace_but_its_event(ledger: Ledger) -> None:
    """The copy is in the line as it was, with what the last relay said."""
    one = plan(ledger, people(1)).id
    [taken] = claim(ledger, one)
    ledger.record([outcome(taken, State.DEFERRED, code=450, reply="later")], now=NOW)
    [again] = claim(ledger, one, now=DUE)
    ledger.hand_over([again], now=DUE)
    assert ledger.release([again], now=DUE) == set()
    row = ledger.explain("reader0@example.com")[0].delivery
    assert (row.state, row.attempts, row.code, row.handed_over_at) == (State.QUEUED, 1, 450, None)
    assert detail_of(ledger, 0) == "given back unused"


@pytest.mark.parametrize(
    ("changes", "detail"),
    [
        pytest.param(
            {"code": 550, "enhanced": "5.1.1", "reply": "5.1.1 no such user"},
            "550 5.1.1 no such user",
            id="an enhanced code is told once",
        ),
        pytest.param(
            {"code": 450, "reply": "greylisted", "relay": "a:25"},
            "450 greylisted (a:25)",
            id="no enhanced code",
        ),
        pytest.param(
            {"reason": "expired", "code": 450, "reply": "later"}, "expired: 450 later", id="a reason of ours"
        ),
        pytest.param({"reason": "smtputf8"}, "smtputf8", id="a reason alone"),
        pytest.param({}, "", id="nothing said"),
        pytest.param({"reply": "a\x1b[31m\r\nb"}, r"a\x1b[31m\r\nb", id="control characters"),
        pytest.param({"reply": "x" * 2000}, "x" * 500, id="an endless reply"),
    ],
)
def test_the_history_reads_well(ledger: Ledger, changes: dict[str, object], detail: str) -> None:
    """One line for each outcome, harmless on any terminal."""
    [taken] = claim(ledger, plan(ledger, people(1)).id)
    ledger.record([outcome(taken, State.FAILED, **changes)], now=NOW)
    assert detail_of(ledger, 0) == detail
    assert len(ledger.explain("reader0@example.com")[0].delivery.reply) <= 500


def test_a_doubtful_copy_that_was_sent_again_is_not_due_a_third_time(ledger: Ledger) -> None:
    """Whatever time the run proposes, the row has had its second chance."""
    one = plan(ledger, people(1)).id
    _resend_once(ledger, one)
    [again] = claim(ledger, one, now=DUE)
    ledger.record([outcome(again, State.UNCERTAIN, next_attempt_at=DUE + timedelta(hours=1))], now=DUE)
    assert ledger.outlook(one).next_at is None


def _resend_once(ledger: Ledger, issue_id: int) -> None:
    [taken] = claim(ledger, issue_id)
    ledger.record([outcome(taken, State.UNCERTAIN, next_attempt_at=DUE)], now=NOW)
    assert ledger.outlook(issue_id).next_at == DUE
    wait = timedelta(minutes=10)
    assert ledger.recover(issue_id, now=DUE, policy=OnUncertain.RESEND, uncertain_after=wait).resent == 1


def test_a_sent_copy_costs_few_bytes(ledger: Ledger) -> None:
    """Row, history and indexes together stay under 600 bytes a recipient."""
    one = plan(ledger, people(3000)).id
    ledger.record([accepted(taken) for taken in claim(ledger, one, limit=3000)], now=NOW)
    with ledger.database.reading() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        size = connection.exec_driver_sql("PRAGMA page_size").scalar_one()
    assert pages * size / 3000 < 600
