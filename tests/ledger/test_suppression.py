"""The suppression list."""

from __future__ import annotations

from dispatch.ledger.ledger import Ledger
from dispatch.ledger.suppression import Suppression
from tests.ledger.people import LATER, NOW


def _entry(key: str, reason: str = "unsubscribed") -> Suppression:
    return Suppression(key=key, reason=reason, kind="unsubscribe", source="https://example.com/u")


def test_the_first_reason_stays(ledger: Ledger) -> None:
    """Somebody who unsubscribed and bounced later is on the list once, as unsubscribed."""
    assert ledger.suppress(_entry("a@example.com"), now=NOW) is True
    assert ledger.suppress(_entry("a@example.com", "hard bounce"), now=LATER) is False
    assert ledger.suppressed(["a@example.com", "b@example.com"]) == {"a@example.com": "unsubscribed"}


def test_somebody_can_come_back(ledger: Ledger) -> None:
    """Taken off, they are unknown to the list; a second time there is nothing to take off."""
    ledger.suppress(_entry("a@example.com"), now=NOW)
    assert ledger.unsuppress("a@example.com") is True
    assert ledger.unsuppress("a@example.com") is False
    assert ledger.suppressed(["a@example.com"]) == {}


def test_many_are_looked_up_at_once(ledger: Ledger) -> None:
    """However many keys there are, and whatever letters they are made of."""
    ledger.suppress(_entry("7@example.com"), now=NOW)
    ledger.suppress(_entry("a\udcff@example.com"), now=NOW)
    keys = [f"{number}@example.com" for number in range(70_000)]
    assert ledger.suppressed(keys) == {"7@example.com": "unsubscribed"}
    assert ledger.suppressed([]) == {}


def test_many_are_put_on_the_list_at_once(ledger: Ledger) -> None:
    """Each once, with the day since when; the first of two entries stays."""
    entries = [_entry("a@example.com"), _entry("b@example.com"), _entry("a@example.com", "later")]
    before = NOW.replace(year=2020)
    entries.append(Suppression(key="c@example.com", reason="old", kind="hard", source="import", at=before))
    assert ledger.suppress_all(entries, now=NOW) == 3
    assert ledger.suppress_all(entries, now=LATER) == 0
    found = {entry.key: (entry.reason, entry.at) for entry in ledger.suppressions()}
    assert found == {
        "a@example.com": ("unsubscribed", NOW),
        "b@example.com": ("unsubscribed", NOW),
        "c@example.com": ("old", before),
    }


def test_what_is_said_of_one_person_can_be_asked(ledger: Ledger) -> None:
    """Reason, class, source and date; nothing of who is not on it."""
    ledger.suppress(_entry("a@example.com"), now=NOW)
    entry = ledger.suppression_of("a@example.com")
    assert entry is not None
    assert (entry.reason, entry.kind, entry.at, entry.is_forgotten) == (
        "unsubscribed",
        "unsubscribe",
        NOW,
        False,
    )
    assert ledger.suppression_of("b@example.com") is None
