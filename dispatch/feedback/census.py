"""Looking at a list without changing it: what is wrong with which row, and who its people are, in numbers.

Everything streams; what must be remembered of a million rows is on disk.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from dispatch.ledger.rows import batches
from dispatch.ledger.seen import Seen
from dispatch.model.address import domain_of
from dispatch.model.subscriber import BadRow, Subscriber
from dispatch.read.times import iso_time

_ROWS_AT_ONCE = 500
CONSENT = "consent_at"
Suppressed = Callable[[Collection[str]], Mapping[str, str]]


class Standing(StrEnum):
    """What a row of the list is good for."""

    REACHABLE = "reachable"  # gets the next issue
    SUPPRESSED = "suppressed"  # on the suppression list, which wins
    DUPLICATE = "duplicate"  # the same person as in an earlier row
    INVALID = "invalid"  # nobody can be reached by it


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One row and how it stands, with the reason where it is not reachable."""

    row: Subscriber | BadRow
    standing: Standing
    reason: str = ""

    @property
    def email(self) -> str:
        """The address as written."""
        return self.row.email if isinstance(self.row, BadRow) else self.row.address.written


@dataclass(slots=True, kw_only=True)
class Census:
    """The people of a list in numbers. `months` count consent by `2024-03`; the others have none."""

    standings: Counter[Standing] = field(default_factory=Counter)
    months: Counter[str] = field(default_factory=Counter)
    domains: Counter[str] = field(default_factory=Counter)
    without_consent: int = 0

    @property
    def listed(self) -> int:
        """All rows."""
        return sum(self.standings.values())

    @property
    def with_consent(self) -> int:
        """How many reachable people have a date of consent."""
        return sum(self.months.values())

    def count(self, entry: Entry) -> None:
        """Take one row into the numbers; months and domains are those of who gets the next issue."""
        self.standings[entry.standing] += 1
        if entry.standing is not Standing.REACHABLE or not isinstance(entry.row, Subscriber):
            return
        self.domains[domain_of(entry.row.address.key)] += 1
        month = iso_time(entry.row.fields.get(CONSENT, ""))[:7]
        if month:
            self.months[month] += 1
        else:
            self.without_consent += 1


def judged(rows: Iterable[Subscriber | BadRow], seen: Seen, suppressed: Suppressed) -> Iterator[Entry]:
    """Every row of a list with how it stands, in order."""
    for batch in batches(rows, _ROWS_AT_ONCE):
        people = [(row.address.key, row.line) for row in batch if isinstance(row, Subscriber)]
        again = seen.first_lines(people)
        reasons = suppressed([key for key, line in people if line not in again])
        for row in batch:
            yield _judge(row, again, reasons)


def _judge(row: Subscriber | BadRow, again: Mapping[int, int], reasons: Mapping[str, str]) -> Entry:
    if isinstance(row, BadRow):
        return Entry(row=row, standing=Standing.INVALID, reason=row.reason)
    if row.line in again:
        return Entry(row=row, standing=Standing.DUPLICATE, reason=f"duplicate of line {again[row.line]}")
    if row.address.key in reasons:
        return Entry(row=row, standing=Standing.SUPPRESSED, reason=reasons[row.address.key])
    return Entry(row=row, standing=Standing.REACHABLE)
