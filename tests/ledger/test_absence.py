"""A reader's pause: nothing is planned or taken for them before its end, and then all is as it was."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from dispatch.ledger.connect import open_ledger
from dispatch.ledger.evidence import Recipient, Unsubscription, recipient_of, unsubscribe_all
from dispatch.ledger.forgetting import forget
from dispatch.ledger.ledger import Ledger
from dispatch.ledger.schema import absence
from dispatch.ledger.suppression import Suppression
from tests.ledger.people import LATER, NOW, URL, claim, counts, detail_of, people, plan
from tests.ledger.pseudonyms import pseudonyms

KEY = "reader1@example.com"
END = NOW + timedelta(days=10)
DAY = "2025-03-11"


def test_whoever_is_away_is_planned_aside(ledger: Ledger) -> None:
    """With the reason that `why` tells; an end that has passed means nothing."""
    ledger.pause(KEY, until=END, day=DAY)
    ledger.pause("reader0@example.com", until=NOW, day="2025-03-01")
    one = plan(ledger, people(3))
    assert counts(ledger, one.id) == {"queued": 2, "suppressed": 1}
    assert detail_of(ledger, 1) == "paused until 2025-03-11"


def test_whoever_goes_away_after_the_plan_is_passed_over(ledger: Ledger) -> None:
    """The claim looks again, and gives the place to the next."""
    one = plan(ledger, people(3)).id
    ledger.pause(KEY, until=END, day=DAY)
    assert [taken.line for taken in claim(ledger, one, limit=2)] == [2, 4]
    assert detail_of(ledger, 1) == "paused until 2025-03-11"
    assert ledger.audit(one) == []


def test_a_pause_that_ended_keeps_nobody_back(ledger: Ledger) -> None:
    """Planned before, and taken after the end."""
    one = plan(ledger, people(3)).id
    ledger.pause(KEY, until=END, day=DAY)
    assert len(claim(ledger, one, now=END)) == 3


def test_the_last_wish_counts(ledger: Ledger) -> None:
    """A pause is changed and ended at will."""
    ledger.pause(KEY, until=END, day=DAY)
    ledger.pause(KEY, until=END + timedelta(days=1), day="2025-03-12")
    assert ledger.absent_until(KEY, now=NOW) == END + timedelta(days=1)
    assert ledger.absent_until(KEY, now=END + timedelta(days=1)) is None
    assert (ledger.unpause(KEY), ledger.unpause(KEY)) == (True, False)
    assert ledger.absent_until(KEY, now=NOW) is None


def test_the_suppression_list_wins(ledger: Ledger) -> None:
    """Of somebody who is away and left, it is told that they left."""
    ledger.pause(KEY, until=END, day=DAY)
    ledger.suppress(Suppression(key=KEY, reason="unsubscribed", kind="unsubscribe", source="x"), now=NOW)
    assert ledger.kept_out([KEY, "reader2@example.com"], now=LATER) == {KEY: "unsubscribed"}
    plan(ledger, people(2))
    assert detail_of(ledger, 1) == "unsubscribed"


def test_whoever_is_forgotten_has_no_pause(tmp_path: Path) -> None:
    """The key is in no row."""
    with open_ledger(URL, root=tmp_path, pseudonyms=pseudonyms) as ledger:
        ledger.pause(KEY, until=END, day=DAY)
        forget(ledger, KEY, {KEY}, now=NOW)
        with ledger.database.reading() as connection:
            assert connection.execute(absence.select()).all() == []


def test_many_leave_in_one_commit(ledger: Ledger) -> None:
    """Each copy is answered for itself; the same one twice is new once; a strange one is nobody's."""
    plan(ledger, people(2))
    done = unsubscribe_all(ledger, [1, 2, 2, 99], source="one-click", now=NOW)
    assert done == [
        Unsubscription(key="reader0@example.com", is_new=True, settled=False),
        Unsubscription(key=KEY, is_new=True, settled=False),
        Unsubscription(key=KEY, is_new=False, settled=False),
        None,
    ]
    assert recipient_of(ledger, 2) == Recipient(key=KEY, email=KEY)
    assert recipient_of(ledger, 99) is None
