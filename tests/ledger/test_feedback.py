"""What came back, in the ledger: once each, with the move and the suppression that follow from it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from dispatch.ledger.feedback import Consequence, Enough, Fact, Written
from dispatch.ledger.ledger import Ledger
from dispatch.model.delivery import State
from tests.ledger.people import NOW, accepted, claim, counts, outcome, people, plan

READER = "reader0@example.com"
ENOUGH = Enough(days=3, window=timedelta(days=60))


def fact(source: str = "s1", **changes: object) -> Fact:
    """A hard bounce of the first reader's copy."""
    values: dict[str, object] = {
        "source": source,
        "kind": "bounce",
        "failure": "hard",
        "detail": "550 5.1.1 user unknown",
        "arrived_at": NOW,
        "delivery_id": 1,
        "state": State.BOUNCED,
        "suppress": "hard",
    }
    return Fact(**{**values, **changes})  # type: ignore[arg-type]


def soft(source: str, days: int, delivery: int = 1) -> Fact:
    """A soft bounce, so many days after the first."""
    return fact(
        source,
        failure="soft",
        suppress="",
        enough=ENOUGH,
        arrived_at=NOW + timedelta(days=days),
        delivery_id=delivery,
    )


def sent(ledger: Ledger, slug: str = "one") -> int:
    """An issue that two readers have."""
    issue = plan(ledger, people(2), slug).id
    ledger.record([accepted(one) for one in claim(ledger, issue)], now=NOW)
    return issue


def write(ledger: Ledger, *facts: Fact) -> list[Consequence]:
    """Written at the time of the last of them."""
    return ledger.write_feedback(facts, now=max(one.arrived_at for one in facts))


def test_a_hard_bounce_moves_its_copy_and_suppresses_its_reader(ledger: Ledger) -> None:
    """And the history and the story say so."""
    issue = sent(ledger)
    expected = Consequence(written=Written.NEW, email=READER, moved=True, suppressed=True)
    assert write(ledger, fact()) == [expected]
    assert counts(ledger, issue) == {"sent": 1, "bounced": 1}
    assert ledger.suppressed([READER]) == {READER: "550 5.1.1 user unknown"}
    (story,) = ledger.explain(READER)
    assert story.events[-1].detail == "hard bounce: 550 5.1.1 user unknown"
    assert [remark.failure for remark in story.remarks] == ["hard"]
    assert ledger.audit(issue) == []


def test_the_same_message_counts_once(ledger: Ledger) -> None:
    """Also within one commit."""
    sent(ledger)
    assert [one.written for one in write(ledger, fact(), fact(), fact("s2"))] == ["new", "known", "new"]
    assert write(ledger, fact())[0].written is Written.KNOWN
    assert ledger.feedback_counts() == {("bounce", "hard"): 2}
    assert ledger.feedback_counts(NOW) == {}


def test_a_copy_in_the_hands_of_a_session_is_left_for_later(ledger: Ledger) -> None:
    """Nothing is written; after the run, the same message acts."""
    issue = plan(ledger, people(1)).id
    claims = claim(ledger, issue)
    assert write(ledger, fact())[0].written is Written.LATER
    assert ledger.feedback_counts() == {}
    ledger.record([accepted(claims[0])], now=NOW)
    assert write(ledger, fact())[0].moved


@pytest.mark.parametrize(
    ("kind", "state", "becomes"),
    [
        ("bounce", State.BOUNCED, "bounced"),
        ("complaint", State.COMPLAINED, "complained"),
        ("unsubscribe", State.SENT, "sent"),
    ],
)
def test_a_report_settles_a_doubt(ledger: Ledger, kind: str, state: State, becomes: str) -> None:
    """What comes back had arrived."""
    issue = plan(ledger, people(1)).id
    claims = claim(ledger, issue)
    ledger.hand_over(claims, now=NOW)
    ledger.record([outcome(claims[0], State.UNCERTAIN)], now=NOW)
    assert write(ledger, fact(kind=kind, state=state, failure=""))[0].moved
    assert counts(ledger, issue) == {becomes: 1}
    assert ledger.audit(issue) == []


def test_what_has_ended_stays(ledger: Ledger) -> None:
    """A second report moves nothing, and still suppresses."""
    issue = sent(ledger)
    write(ledger, soft("s1", 0))
    (later,) = write(ledger, fact("s2"))
    assert (later.moved, later.suppressed) == (False, True)
    assert counts(ledger, issue) == {"sent": 1, "bounced": 1}
    assert len(ledger.explain(READER)[0].remarks) == 2


def test_soft_bounces_suppress_after_enough_distinct_days(ledger: Ledger) -> None:
    """Three days of any issues, not three reports of one day."""
    sent(ledger)
    sent(ledger, "two")
    assert not any(one.suppressed for one in write(ledger, soft("a", 0), soft("b", 0), soft("c", 1)))
    assert ledger.suppressed([READER]) == {}
    assert write(ledger, soft("d", 9, delivery=3))[0].suppressed
    assert set(ledger.suppressed([READER])) == {READER}


def test_old_soft_bounces_and_those_of_others_do_not_count(ledger: Ledger) -> None:
    """The window moves, and everybody has their own."""
    sent(ledger)
    write(ledger, soft("a", 0), soft("b", 1), soft("other", 2, delivery=2))
    assert not write(ledger, soft("c", 61))[0].suppressed


def test_without_a_copy_it_is_only_counted(ledger: Ledger) -> None:
    """And no word of it is kept: it may hold an address."""
    sent(ledger)
    unknown = [fact("a", delivery_id=None), fact("b", delivery_id=999)]
    assert write(ledger, *unknown) == [Consequence(written=Written.NEW)] * 2
    with ledger.database.reading() as connection:
        details = connection.exec_driver_sql("SELECT detail FROM feedback").scalars().all()
    assert details == ["", ""]
    assert ledger.suppressed([READER]) == {}
