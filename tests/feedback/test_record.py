"""What follows from a report: which state, and which suppression."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from dispatch.feedback.reading import Poison
from dispatch.feedback.record import arrival_time, detail_of, fact_of
from dispatch.ledger.feedback import Enough
from dispatch.mail.feedback import Feedback, Kind
from dispatch.mail.reply import FailureClass
from dispatch.model.delivery import State

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
ENOUGH = Enough(days=5, window=timedelta(days=60))


@pytest.mark.parametrize(
    ("kind", "failure", "state", "suppress", "counts_days"),
    [
        (Kind.BOUNCE, FailureClass.HARD, State.BOUNCED, "hard", False),
        (Kind.BOUNCE, FailureClass.SOFT, State.BOUNCED, "", True),
        (Kind.BOUNCE, FailureClass.BLOCK, State.BOUNCED, "", False),
        (Kind.COMPLAINT, None, State.COMPLAINED, "complaint", False),
        (Kind.UNSUBSCRIBE, None, State.SENT, "unsubscribe", False),
        (Kind.AUTO_REPLY, None, None, "", False),
        (Kind.IGNORED, None, None, "", False),
    ],
)
def test_each_kind_has_its_effect(
    kind: Kind, failure: FailureClass | None, state: State | None, suppress: str, counts_days: bool
) -> None:
    """Hard and complaint at once, soft by days, block and all else never."""
    read = Feedback(kind=kind, failure=failure, delivery_id=7)
    fact = fact_of(read, "s", enough=ENOUGH, now=NOW)
    assert (fact.state, fact.suppress, fact.enough is not None) == (state, suppress, counts_days)


def test_poison_is_counted_with_its_reason() -> None:
    """And about nobody."""
    fact = fact_of(Poison("too large"), "s", enough=ENOUGH, now=NOW)
    assert (fact.kind, fact.delivery_id, fact.state) == ("quarantined", None, None)


@pytest.mark.parametrize(
    ("date", "expected"),
    [
        ("Sun, 1 Mar 2026 08:00:00 +0000", datetime(2026, 3, 1, 8, 0, tzinfo=UTC)),
        ("Sun, 1 Mar 2026 08:00:00", datetime(2026, 3, 1, 8, 0, tzinfo=UTC)),
        ("Tue, 3 Mar 2026 08:00:00 +0000", NOW),
        ("Thu, 1 Jan 2015 08:00:00 +0000", NOW),
        ("Sun, 99 Foo 0000 99:99:99 +9999", NOW),
        ("", NOW),
        ("Mon, 1 Jan 9999999999999 00:00:00 +0000", NOW),
    ],
)
def test_a_date_is_believed_where_it_can_be_true(date: str, expected: datetime) -> None:
    """Not of the future, and not from before it could matter."""
    assert arrival_time(date, NOW) == expected


def test_codes_are_told_once() -> None:
    """In front of the words, unless they are in them."""
    bare = Feedback(kind=Kind.BOUNCE, code=550, enhanced="5.1.1", diagnostic="no such user")
    assert detail_of(bare) == "550 5.1.1 no such user"
    told = Feedback(kind=Kind.BOUNCE, code=550, enhanced="5.1.1", diagnostic="550 5.1.1 no")
    assert detail_of(told) == "550 5.1.1 no"
