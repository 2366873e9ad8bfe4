"""What the ledger knows of the last 30 days."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import update

from dispatch.ledger.feedback import Fact
from dispatch.ledger.ledger import Ledger
from dispatch.ledger.reputation import Reputation, reputation
from dispatch.ledger.rows import stamp
from dispatch.ledger.schema import delivery
from tests.ledger.people import NOW, people, plan


def _becomes(ledger: Ledger, line: int, state: str, days_ago: float, enhanced: str = "") -> None:
    at = stamp(NOW - timedelta(days=days_ago))
    changed = update(delivery).where(delivery.c.line == line)
    with ledger.database.writing() as connection:
        connection.execute(
            changed.values(state=state, handed_over_at=at, first_attempt_at=at, enhanced_code=enhanced)
        )


def _comes_back(ledger: Ledger, delivery_id: int, failure: str) -> None:
    fact = Fact(
        source=f"{delivery_id}", kind="bounce", failure=failure, arrived_at=NOW, delivery_id=delivery_id
    )
    ledger.write_feedback([fact], now=NOW)


def test_copies_of_the_last_30_days_count(ledger: Ledger) -> None:
    """What came back for good, refusals of the address itself, and the busiest of the last 14 days."""
    plan(ledger, people(10))
    for line, (state, days, enhanced) in enumerate(
        [
            ("sent", 1, ""),
            ("sent", 1, ""),
            ("complained", 1, ""),
            ("bounced", 3, "5.1.1"),
            ("failed", 3, "5.1.1"),
            ("failed", 3, "5.7.1"),
            ("sent", 20, ""),
            ("sent", 40, ""),
            ("bounced", 3, ""),
            ("bounced", 3, ""),
        ],
        start=2,
    ):
        _becomes(ledger, line, state, days, enhanced)

    for delivery_id, failure in ((4, "hard"), (9, "soft"), (10, "block")):
        _comes_back(ledger, delivery_id, failure)

    found = reputation(ledger, now=NOW)

    assert found == Reputation(sent=7, complaints=1, hard_bounces=2, busiest_day=3)


def test_an_empty_ledger_has_no_reputation(ledger: Ledger) -> None:
    """All zero."""
    assert reputation(ledger, now=NOW) == Reputation(sent=0, complaints=0, hard_bounces=0, busiest_day=0)
