"""People and plans for the tests of the ledger."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from dispatch.ledger.connect import scratch_database
from dispatch.ledger.ledger import Ledger
from dispatch.ledger.rows import IssueRecord
from dispatch.ledger.schema import metadata
from dispatch.model.delivery import Claim, Outcome, PlannedCopy, State

NOW = datetime(2025, 3, 1, 12, 0, tzinfo=UTC)
LATER = NOW + timedelta(minutes=1)
URL = "sqlite:///.dispatch/ledger.db"


def scratch_ledger(path: Path) -> Ledger:
    """A ledger without its migrations, quick and not durable."""
    return Ledger(scratch_database(path, metadata))


def person(number: int, **changes: object) -> PlannedCopy:
    """A good row: line `number + 2` of the list, after the header."""
    email = f"reader{number}@example.com"
    values: dict[str, object] = {
        "line": number + 2,
        "email": email,
        "key": email,
        "fields": {"name": f"Reader {number}"},
        "state": State.QUEUED,
        "message_id": f"<{number}@example.com>",
    }
    return PlannedCopy(**{**values, **changes})  # type: ignore[arg-type]


def people(count: int) -> list[PlannedCopy]:
    """That many good rows."""
    return [person(number) for number in range(count)]


def bad_row(line: int, reason: str = "invalid: no @ in it") -> PlannedCopy:
    """A row that nobody can be reached by."""
    return PlannedCopy(line=line, email="nobody", key=None, fields={}, state=State.SKIPPED, reason=reason)


def plan(ledger: Ledger, rows: Iterable[PlannedCopy], slug: str = "one") -> IssueRecord:
    """Plan an issue for these rows."""
    with ledger.planning(
        slug,
        subject="How mail works",
        content_hash="c1",
        issue_file="issues/one.md",
        list_file="subscribers.csv",
        git_commit="abc123",
        now=NOW,
        message_date=NOW,
    ) as planning:
        planning.add(list(rows))
        planning.finish(list_hash="l1")
    record = ledger.issue(slug)
    assert record is not None
    return record


def claim(
    ledger: Ledger, issue_id: int, limit: int = 100, now: datetime = NOW, only: Sequence[int] | None = None
) -> list[Claim]:
    """Take copies for sending."""
    lease_until = now + timedelta(minutes=15)
    return ledger.claim(issue_id, owner="pid 7", limit=limit, now=now, lease_until=lease_until, only=only)


def accepted(claim: Claim) -> Outcome:
    """The relay took the copy."""
    return Outcome(
        claim=claim,
        state=State.SENT,
        code=250,
        enhanced="2.0.0",
        reply="Ok: queued as 1234",
        relay="mx.example.com:25",
    )


def outcome(claim: Claim, state: State, **changes: object) -> Outcome:
    """Any outcome; a deferred one is due in five minutes."""
    values: dict[str, object] = {"claim": claim, "state": state}
    if state is State.DEFERRED:
        values["next_attempt_at"] = NOW + timedelta(minutes=5)
    return Outcome(**{**values, **changes})  # type: ignore[arg-type]


def counts(ledger: Ledger, issue_id: int) -> dict[str, int]:
    """The states that have copies, and how many."""
    return {state.value: count for state, count in ledger.tally(issue_id).states.items() if count}


def detail_of(ledger: Ledger, number: int, slug: str = "one") -> str:
    """What the last event of a reader says."""
    return ledger.explain(f"reader{number}@example.com", slug)[0].events[-1].detail
