"""Every move of a copy: the legal ones, one by one, the illegal ones, and who wins when two want the same."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest

from dispatch.errors import DispatchError
from dispatch.ledger.ledger import Ledger
from dispatch.ledger.suppression import Suppression
from dispatch.model.delivery import MOVES, Outcome, State
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
    assert ledger.next_attempt_at(1) is None
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


# -- claim


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
    assert ledger.next_attempt_at(one) is None
    assert ledger.audit(one) == []


def test_a_claim_of_nothing_is_empty(ledger: Ledger) -> None:
    """A limit of zero takes nobody."""
    assert claim(ledger, plan(ledger, people(1)).id, limit=0) == []


# -- leases


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
    assert _state(ledger) is State.SENT
    assert ledger.audit(1) == []


def test_nothing_to_do_is_done(ledger: Ledger) -> None:
    """Empty lists are no mistake."""
    assert ledger.hand_over([], now=NOW) == ledger.record([], now=NOW) == ledger.release([], now=NOW) == set()


# -- what is written


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
    assert ledger.next_attempt_at(one) is None


def _resend_once(ledger: Ledger, issue_id: int) -> None:
    [taken] = claim(ledger, issue_id)
    ledger.record([outcome(taken, State.UNCERTAIN, next_attempt_at=DUE)], now=NOW)
    assert ledger.next_attempt_at(issue_id) == DUE
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
