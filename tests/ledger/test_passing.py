"""Claims that pass over domains: for a run that has enough copies of a slow one."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import timedelta

from dispatch.ledger import moves
from dispatch.ledger.ledger import Ledger
from dispatch.ledger.moves import ClaimRequest
from dispatch.model.delivery import State
from tests.ledger.people import LATER, NOW, claim, outcome, person, plan

EMAILS = ["a@slow.example", "b@quick.example", "c@not-slow.example", "d@slow.example", "e@sub.slow.example"]


def _passing(
    ledger: Ledger, domains: Collection[str], *, after: int = 0, only: Sequence[int] | None = None
) -> list[str]:
    request = ClaimRequest(
        issue_id=1,
        owner="pid 7",
        limit=10,
        lease=timedelta(hours=1),
        only=only,
        passing=frozenset(domains),
        after=after,
    )
    with ledger.database.writing() as connection:
        return [one.email for one in moves.claim(connection, request, now=LATER + timedelta(hours=1))]


def _planned(ledger: Ledger, emails: Sequence[str] = EMAILS) -> int:
    return plan(ledger, [person(number, email=one, key=one) for number, one in enumerate(emails)]).id


def test_everybody_else_is_claimed(ledger: Ledger) -> None:
    """Of exactly these domains nobody; a name that ends alike is another domain."""
    _planned(ledger)
    assert _passing(ledger, {"slow.example"}) == [
        "b@quick.example",
        "c@not-slow.example",
        "e@sub.slow.example",
    ]
    assert [one.email for one in claim(ledger, 1)] == ["a@slow.example", "d@slow.example"]


def test_what_stands_before_the_place_is_not_looked_at_again(ledger: Ledger) -> None:
    """The run knows that it has all of that."""
    _planned(ledger)
    assert _passing(ledger, {"slow.example"}, after=2) == ["c@not-slow.example", "e@sub.slow.example"]


def test_deferred_copies_and_chosen_ones_pass_too(ledger: Ledger) -> None:
    """Due copies of a slow domain stay deferred; of a sample only the others are claimed."""
    _planned(ledger, EMAILS[:2])
    taken = claim(ledger, 1)
    due = LATER + timedelta(minutes=1)
    ledger.record([outcome(one, State.DEFERRED, next_attempt_at=due) for one in taken], now=NOW)
    assert _passing(ledger, {"slow.example"}, only=[1]) == []
    assert _passing(ledger, {"slow.example"}, after=9, only=[1, 2]) == ["b@quick.example"]
    assert _passing(ledger, set()) == ["a@slow.example"]


def test_a_domain_is_no_pattern(ledger: Ledger) -> None:
    """Signs that mean something to LIKE mean themselves."""
    _planned(ledger, ["a@slow.example"])
    assert _passing(ledger, {"%", "slow_example", "_low.example"}) == ["a@slow.example"]
