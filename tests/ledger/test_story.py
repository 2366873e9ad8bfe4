"""One person's story, the rows left out, and the audit that finds what does not add up."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from dispatch.ledger.ledger import Ledger
from dispatch.model.delivery import Event, State
from tests.ledger.people import LATER, NOW, accepted, bad_row, claim, outcome, people, person, plan


def test_a_story_has_every_move_in_order(ledger: Ledger) -> None:
    """From the plan to the end, with what the relays said."""
    one = plan(ledger, people(2))
    due = NOW + timedelta(minutes=5)
    taken = claim(ledger, one.id)
    ledger.record([outcome(taken[0], State.DEFERRED, code=450, reply="greylisted", relay="a:25")], now=LATER)
    ledger.record([accepted(item) for item in claim(ledger, one.id, now=due)], now=due)
    [story] = ledger.explain("reader0@example.com", "one")
    assert story.issue == one
    assert story.delivery.fields == {"name": "Reader 0"}
    assert story.events == (
        Event(at=NOW, from_state=None, to_state=State.QUEUED, detail="planned from subscribers.csv:2"),
        Event(at=NOW, from_state=State.QUEUED, to_state=State.SENDING, detail="taken by pid 7"),
        Event(at=LATER, from_state=State.SENDING, to_state=State.DEFERRED, detail="450 greylisted (a:25)"),
        Event(at=due, from_state=State.DEFERRED, to_state=State.SENDING, detail="taken by pid 7"),
        Event(
            at=due,
            from_state=State.SENDING,
            to_state=State.SENT,
            detail="250 2.0.0 Ok: queued as 1234 (mx.example.com:25)",
        ),
    )


def test_somebody_left_out_by_the_plan_has_one_event(ledger: Ledger) -> None:
    """It says why, and there is no queued before it."""
    plan(ledger, [person(0, state=State.SKIPPED, reason="excluded by --where")])
    [story] = ledger.explain("reader0@example.com")
    assert story.events == (
        Event(at=NOW, from_state=None, to_state=State.SKIPPED, detail="excluded by --where"),
    )


def test_all_issues_of_a_person_the_newest_first(ledger: Ledger) -> None:
    """Or only one of them, or none."""
    plan(ledger, people(2))
    plan(ledger, people(1), "two")
    assert [story.issue.slug for story in ledger.explain("reader0@example.com")] == ["two", "one"]
    assert [story.issue.slug for story in ledger.explain("reader0@example.com", "one")] == ["one"]
    assert ledger.explain("reader1@example.com", "two") == []
    assert ledger.explain("stranger@example.com\udcff", "one") == []


def test_the_skipped_rows_are_listed_in_order(ledger: Ledger) -> None:
    """With line, e-mail as written and reason; suppressed people are none of them."""
    rows = [bad_row(2), person(1), person(1, line=4), person(2, state=State.SUPPRESSED, reason="complained")]
    one = plan(ledger, rows)
    assert list(ledger.skipped_rows(one.id)) == [
        (2, "nobody", "invalid: no @ in it"),
        (4, "reader1@example.com", "duplicate of line 3"),
    ]


def test_an_audit_of_a_good_ledger_is_empty(ledger: Ledger) -> None:
    """Over more rows than it reads at once, and two issues."""
    one = plan(ledger, people(2500))
    two = plan(ledger, [*people(10), bad_row(99)], "two")
    ledger.record([accepted(taken) for taken in claim(ledger, one.id, limit=1700)], now=NOW)
    assert (ledger.audit(one.id), ledger.audit(two.id)) == ([], [])


@pytest.mark.parametrize(
    ("damage", "finding"),
    [
        pytest.param(
            "UPDATE delivery SET state = 'queued' WHERE id = 1",
            "line 2, reader0@example.com: the history ends at sent, the row says queued",
            id="a state changed by hand",
        ),
        pytest.param(
            "DELETE FROM event WHERE delivery_id = 1 AND to_state = 'sending'",
            "line 2, reader0@example.com: was queued, and then moved from sending",
            id="an event lost",
        ),
        pytest.param(
            "INSERT INTO event (delivery_id, at, from_state, to_state) VALUES (1, 1, 'sent', 'queued');"
            "UPDATE delivery SET state = 'queued' WHERE id = 1",
            "line 2, reader0@example.com: moved from sent to queued, which is no legal move",
            id="an illegal move",
        ),
        pytest.param(
            "DELETE FROM event WHERE delivery_id = 2; DELETE FROM delivery WHERE id = 2",
            "2 rows were listed, 1 are in the ledger",
            id="a row lost",
        ),
        pytest.param(
            "UPDATE delivery SET next_attempt_at = 1 WHERE id = 1",
            "line 2, reader0@example.com: sent, and yet a next attempt is due",
            id="a time that means nothing",
        ),
        pytest.param(
            "UPDATE delivery SET state = 'lost' WHERE id = 1",
            "line 2, reader0@example.com: the history ends at sent, the row says lost",
            id="a state that does not exist",
        ),
        pytest.param(
            "UPDATE event SET from_state = 'lost' WHERE delivery_id = 1 AND to_state = 'sent'",
            "line 2, reader0@example.com: was sending, and then moved from lost",
            id="an event that does not exist",
        ),
    ],
)
def test_an_audit_names_the_row_and_what_is_wrong(ledger: Ledger, damage: str, finding: str) -> None:
    """Whatever somebody did to the database by hand."""
    one = plan(ledger, people(2))
    ledger.record([accepted(taken) for taken in claim(ledger, one.id)], now=NOW)
    with ledger.database.writing() as connection:
        for statement in damage.split(";"):
            connection.execute(text(statement))
    assert ledger.audit(one.id) == [finding]


def test_an_audit_of_a_ruin_is_short(ledger: Ledger) -> None:
    """A hundred findings are enough to see that it is one."""
    one = plan(ledger, people(500))
    with ledger.database.writing() as connection:
        connection.execute(text("UPDATE delivery SET state = 'sent'"))
    findings = ledger.audit(one.id)
    assert len(findings) == 101
    assert findings[-1] == "and more like these"
