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
