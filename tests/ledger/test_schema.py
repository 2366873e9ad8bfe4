"""The tables: what the migrations build, and that each verb finds its rows by an index."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import event, text

from dispatch.ledger.ledger import Ledger
from dispatch.ledger.migrate import configuration
from dispatch.ledger.place import HEAD, REVISIONS
from dispatch.ledger.schema import metadata
from dispatch.model.delivery import State
from dispatch.model.settings import OnUncertain
from tests.ledger.people import NOW, accepted, claim, people, plan, scratch_ledger

BY_STATE = "delivery_by_state (issue_id=? AND state=?"
BY_DUE_TIME = "delivery_by_due_time (issue_id=? AND state=?"
BY_PERSON = "sqlite_autoindex_delivery_1 (recipient=?"
BY_NUMBER = "PRIMARY KEY (rowid=?)"

Verb = Callable[[Ledger, int], object]


def test_the_migrations_build_these_tables(ledger: Ledger) -> None:
    """A ledger that grew by migrations is the one that the code describes."""
    with ledger.database.reading() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_the_indexes_are_the_same_to_the_letter(ledger: Ledger, tmp_path: Path) -> None:
    """Alembic does not compare the conditions of partial indexes, so they are compared here."""
    with scratch_ledger(tmp_path / "scratch.db") as scratch:
        assert _indexes(ledger) == _indexes(scratch) != {}


def _indexes(ledger: Ledger) -> dict[str, str]:
    words = text("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL")
    with ledger.database.reading() as connection:
        return {row.name: " ".join(row.sql.split()) for row in connection.execute(words)}


def test_every_revision_is_known_and_the_last_is_head() -> None:
    """The start checks the revision without Alembic, so this list must be Alembic's."""
    revisions = [one.revision for one in ScriptDirectory.from_config(configuration()).walk_revisions()]
    assert tuple(reversed(revisions)) == REVISIONS
    assert revisions[0] == HEAD


def _recover(ledger: Ledger, issue_id: int) -> object:
    wait = timedelta(minutes=10)
    return ledger.recover(issue_id, now=NOW, policy=OnUncertain.RESEND, uncertain_after=wait)


VERBS: dict[str, tuple[Verb, set[str]]] = {
    "claim": (claim, {BY_STATE, BY_DUE_TIME}),
    "claim only": (lambda ledger, issue: claim(ledger, issue, only=[1, 2]), {BY_NUMBER}),
    "hand over": (lambda ledger, issue: ledger.hand_over(claim(ledger, issue), now=NOW), {BY_NUMBER}),
    "record": (
        lambda ledger, issue: ledger.record([accepted(one) for one in claim(ledger, issue)], now=NOW),
        {BY_NUMBER},
    ),
    "release": (lambda ledger, issue: ledger.release(claim(ledger, issue), now=NOW), {BY_NUMBER}),
    "recover": (_recover, {BY_STATE}),
    "move": (
        lambda ledger, _: ledger.move([1], to=State.SKIPPED, detail="cancelled", now=NOW),
        {BY_NUMBER},
    ),
    "tally": (lambda ledger, issue: ledger.tally(issue), {"COVERING INDEX delivery_by_state"}),
    "outlook": (
        lambda ledger, issue: ledger.outlook(issue),
        {"COVERING INDEX delivery_by_due_time", "COVERING INDEX delivery_by_state"},
    ),
    "outstanding": (lambda ledger, issue: ledger.outstanding(issue, now=NOW), {BY_STATE, BY_DUE_TIME}),
    "sample": (lambda ledger, issue: ledger.sample(issue, 2, seed=1), {BY_STATE}),
    "skipped rows": (lambda ledger, issue: list(ledger.skipped_rows(issue)), {BY_STATE}),
    "unfinished issues": (lambda ledger, _: ledger.unfinished_issues(), {BY_STATE}),
    "explain one issue": (
        lambda ledger, _: ledger.explain("reader1@example.com", "one"),
        {BY_PERSON, "event_by_delivery (delivery_id=?)"},
    ),
    "explain a person": (lambda ledger, _: ledger.explain("reader1@example.com"), {BY_PERSON}),
    "plan": (lambda ledger, _: plan(ledger, [*people(3), *people(1)], "two"), {BY_PERSON, BY_STATE}),
    "audit": (lambda ledger, issue: ledger.audit(issue), {"PRIMARY KEY (rowid>?)", "event_by_delivery"}),
}


@pytest.mark.parametrize("name", VERBS)
def test_each_verb_finds_its_rows_by_an_index(ledger: Ledger, name: str) -> None:
    """No verb reads all deliveries or events of all issues."""
    verb, wanted = VERBS[name]
    one = plan(ledger, people(3)).id
    steps = _query_plans(ledger, lambda: verb(ledger, one))
    assert [step for step in steps if step.startswith(("SCAN delivery", "SCAN event"))] == []
    assert {part for part in wanted if not any(part in step for step in steps)} == set()


def test_the_next_copies_are_found_without_sorting(ledger: Ledger) -> None:
    """A claim costs the same on the first row of a million and on the last."""
    one = plan(ledger, people(3)).id
    steps = _query_plans(ledger, lambda: claim(ledger, one))
    assert [step for step in steps if "TEMP B-TREE" in step] == []


def _query_plans(ledger: Ledger, work: Callable[[], object]) -> list[str]:
    """What SQLite says of every statement that the work executes."""
    seen: list[tuple[str, Any]] = []

    def see(_connection: Any, _cursor: Any, words: str, values: Any, _context: Any, many: bool) -> None:
        if words.startswith(("SELECT", "UPDATE", "INSERT")):
            seen.append((words, values[0] if many else values))

    event.listen(ledger.database.engine, "before_cursor_execute", see)
    work()
    event.remove(ledger.database.engine, "before_cursor_execute", see)
    with ledger.database.reading() as connection:
        explained = [connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {one}", values) for one, values in seen]
        return [row.detail for steps in explained for row in steps]
