"""What is asked of the ledger most often: which issues there are, how they stand, and what is still to come.

Plain SQL, so that it can be asked through SQLAlchemy and without it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from dispatch.errors import LedgerUnavailable
from dispatch.ledger.rows import IssueRecord, issue_record, moment_or_none, storable
from dispatch.model.delivery import UNFINISHED, State, Tally

Ask: TypeAlias = Callable[[str, Mapping[str, str | int]], Sequence[Any]]
"""A statement and its values, answered by rows that have their columns as attributes."""

_ISSUE = "SELECT * FROM issue WHERE slug = :slug"
_ISSUES = "SELECT * FROM issue ORDER BY id DESC"
_OPEN = ", ".join(f"'{state.value}'" for state in sorted(UNFINISHED))
_UNFINISHED = (
    "SELECT * FROM issue WHERE EXISTS (SELECT 1 FROM delivery "  # noqa: S608 - the states are our own words
    f"WHERE delivery.issue_id = issue.id AND delivery.state IN ({_OPEN})) ORDER BY id DESC"
)
_LISTED = "SELECT listed FROM issue WHERE id = :issue"
# One state at a time: SQLite counts a million so in half the time that it takes to group them.
_IN_STATE = "SELECT count(*) AS copies FROM delivery WHERE issue_id = :issue AND state = :state"
_DUE = (
    "SELECT count(*) AS copies, min(next_attempt_at) AS first FROM delivery "
    "WHERE issue_id = :issue AND state = :state AND next_attempt_at IS NOT NULL"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What becomes of the unfinished copies by itself, and when first.

    `held` are doubtful ones without a due time: somebody must decide.
    """

    deferred: int = 0
    deferred_at: datetime | None = None
    resent: int = 0
    resent_at: datetime | None = None
    held: int = 0

    @property
    def next_at(self) -> datetime | None:
        """When the first copy is due again; None when none is."""
        return min((at for at in (self.deferred_at, self.resent_at) if at is not None), default=None)


class Questions(ABC):
    """A ledger that can be asked. Each answer is of one moment; all of them raise LedgerUnavailable."""

    @abstractmethod
    def asking(self) -> AbstractContextManager[Ask]:
        """One transaction that only reads."""

    @abstractmethod
    def audit(self, issue_id: int) -> list[str]:
        """Replay the history and say what does not add up; empty when all is well."""

    def issue(self, slug: str) -> IssueRecord | None:
        """The issue of this name, or None when it was never planned."""
        with self.asking() as ask:
            found = ask(_ISSUE, {"slug": storable(slug)})
        return issue_record(found[0]) if found else None

    def issues(self) -> list[IssueRecord]:
        """All issues, the newest first."""
        with self.asking() as ask:
            return [issue_record(row) for row in ask(_ISSUES, {})]

    def unfinished_issues(self) -> list[IssueRecord]:
        """The issues that have copies something is still to be done for, the newest first."""
        with self.asking() as ask:
            return [issue_record(row) for row in ask(_UNFINISHED, {})]

    def tally(self, issue_id: int) -> Tally:
        """How many copies are in each state; every state is there, with zero too."""
        with self.asking() as ask:
            found = ask(_LISTED, {"issue": issue_id})
            if not found:
                raise LedgerUnavailable(f"the ledger has no issue number {issue_id}")
            return Tally(
                listed=found[0].listed, states={state: _count(ask, issue_id, state) for state in State}
            )

    def outlook(self, issue_id: int) -> Outlook:
        """When what is deferred or uncertain goes on by itself."""
        with self.asking() as ask:
            deferred = _count(ask, issue_id, State.DEFERRED)
            doubtful = _count(ask, issue_id, State.UNCERTAIN)
            [again] = ask(_DUE, {"issue": issue_id, "state": State.DEFERRED.value})
            [resent] = ask(_DUE, {"issue": issue_id, "state": State.UNCERTAIN.value})
        return Outlook(
            deferred=deferred,
            deferred_at=moment_or_none(again.first),
            resent=resent.copies,
            resent_at=moment_or_none(resent.first),
            held=doubtful - resent.copies,
        )


def _count(ask: Ask, issue_id: int, state: State) -> int:
    return int(ask(_IN_STATE, {"issue": issue_id, "state": state.value})[0].copies)
