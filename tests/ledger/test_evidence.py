"""An unsubscribe by a copy's own link: that person gets no more mail, and the copy has arrived."""

from __future__ import annotations

from datetime import timedelta

from dispatch.ledger.evidence import Unsubscription, unsubscribe
from dispatch.ledger.ledger import Ledger
from dispatch.model.settings import OnUncertain
from tests.ledger.people import LATER, NOW, accepted, claim, counts, detail_of, people, plan

KEY = "reader1@example.com"


def _doubtful(ledger: Ledger) -> int:
    """An issue whose copy for reader 1 is in doubt."""
    one = plan(ledger, people(3))
    taken = claim(ledger, one.id, only=[2])
    ledger.hand_over(taken, now=NOW)
    policy = OnUncertain.RESEND
    ledger.recover(one.id, now=NOW, policy=policy, uncertain_after=timedelta(minutes=10), wake=False)
    assert counts(ledger, one.id) == {"queued": 2, "uncertain": 1}
    return one.id


def test_a_doubtful_copy_is_known_to_have_arrived(ledger: Ledger) -> None:
    """It becomes sent, with the reason, and is not sent once more."""
    one = _doubtful(ledger)
    done = unsubscribe(ledger, 2, source="one-click", now=LATER)
    assert done == Unsubscription(key=KEY, is_new=True, settled=True)
    assert counts(ledger, one) == {"queued": 2, "sent": 1}
    assert detail_of(ledger, 1) == "it arrived: they unsubscribed by its link (one-click)"
    assert ledger.outlook(one).next_at is None
    assert ledger.audit(one) == []


def test_repeating_it_changes_nothing(ledger: Ledger) -> None:
    """A reader's client may send the request again and again."""
    one = _doubtful(ledger)
    unsubscribe(ledger, 2, source="one-click", now=LATER)
    again = unsubscribe(ledger, 2, source="mail", now=LATER + timedelta(days=1))
    assert again == Unsubscription(key=KEY, is_new=False, settled=False)
    (entry,) = ledger.suppressions()
    assert (entry.key, entry.kind, entry.source, entry.at) == (KEY, "unsubscribe", "one-click", LATER)
    assert counts(ledger, one) == {"queued": 2, "sent": 1}


def test_a_copy_that_is_sent_stays_sent(ledger: Ledger) -> None:
    """Only the person is suppressed; another issue's copy in doubt is no evidence of this one."""
    one = plan(ledger, people(2))
    ledger.record([accepted(taken) for taken in claim(ledger, one.id)], now=NOW)
    assert unsubscribe(ledger, 2, source="mail", now=LATER) == Unsubscription(
        key=KEY, is_new=True, settled=False
    )
    assert counts(ledger, one.id) == {"sent": 2}


def test_an_unknown_copy_is_nobody_s(ledger: Ledger) -> None:
    """As after a ledger was put back from an old copy."""
    assert unsubscribe(ledger, 99, source="one-click", now=NOW) is None
    assert list(ledger.suppressions()) == []


def test_an_unsubscribe_during_a_send_keeps_that_person_from_getting_it(ledger: Ledger) -> None:
    """Between the plan and the claim, by the link of an earlier issue: the claim itself finds out."""
    first = plan(ledger, people(3))
    ledger.record([accepted(taken) for taken in claim(ledger, first.id)], now=NOW)
    second = plan(ledger, people(3), "two")
    begun = claim(ledger, second.id, limit=1)
    unsubscribe(ledger, 3, source="one-click", now=LATER)
    rest = claim(ledger, second.id)
    assert [taken.email for taken in (*begun, *rest)] == ["reader0@example.com", KEY]
    assert counts(ledger, second.id) == {"sending": 2, "suppressed": 1}
    assert detail_of(ledger, 2, "two") == "on the suppression list: unsubscribed"
