"""A list looked at: how each row stands, and its people in numbers."""

from __future__ import annotations

from collections.abc import Collection

from dispatch.feedback.census import Census, Entry, Standing, judged
from dispatch.ledger.seen import nobody_seen
from dispatch.read.subscribers import SubscriberReader

LIST = """email,consent_at
a@example.com,2024-03-04
A@Example.com,2024-03-05
b@example.org,2024-03-30T10:00:00Z
nobody,
gone@example.com,2024-01-01
c@example.org,sometime
"""


def _reasons(keys: Collection[str]) -> dict[str, str]:
    return {key: "unsubscribed" for key in keys if key.startswith("gone")}


def _entries() -> list[Entry]:
    with nobody_seen() as seen:
        return list(judged(SubscriberReader([LIST.encode()], file="list.csv"), seen, _reasons))


def test_each_row_stands_somewhere() -> None:
    """With the reason when it gets no mail."""
    found = [(one.row.line, one.standing, one.reason) for one in _entries()]
    assert found == [
        (2, Standing.REACHABLE, ""),
        (3, Standing.DUPLICATE, "duplicate of line 2"),
        (4, Standing.REACHABLE, ""),
        (5, Standing.INVALID, "an email address must have an @-sign"),
        (6, Standing.SUPPRESSED, "unsubscribed"),
        (7, Standing.REACHABLE, ""),
    ]


def test_the_numbers_are_those_of_who_gets_mail() -> None:
    """Months of consent and domains; a date that is none counts as none."""
    census = Census()
    for entry in _entries():
        census.count(entry)
    assert (census.listed, census.with_consent, census.without_consent) == (6, 2, 1)
    assert census.months == {"2024-03": 2}
    assert census.domains == {"example.org": 2, "example.com": 1}
    assert census.standings == {"reachable": 3, "duplicate": 1, "invalid": 1, "suppressed": 1}
