"""A trial of a plan judges every row of a list as the ledger's planning does."""

from __future__ import annotations

import tempfile
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.ledger.forgetting import forget
from dispatch.ledger.ledger import Ledger
from dispatch.ledger.seen import nobody_seen
from dispatch.ledger.suppression import Suppression
from dispatch.ledger.trial import Trial
from dispatch.model.delivery import PlannedCopy, State
from tests.ledger.people import NOW, bad_row, people, person, scratch_ledger
from tests.ledger.pseudonyms import pseudonyms

ROWS = st.lists(
    st.builds(
        lambda number, kind: {
            "good": person(number),
            "excluded": person(number)._replace(key=None, state=State.SKIPPED, reason="excluded"),
            "bad": bad_row(0),
        }[kind],
        st.integers(0, 6),
        st.sampled_from(["good", "good", "good", "excluded", "bad"]),
    ),
    max_size=12,
)


def _knowing(folder: Path) -> Ledger:
    """A ledger that knows of somebody suppressed, of somebody away and of somebody who was forgotten."""
    ledger = Ledger(scratch_ledger(folder / "ledger.db").database, pseudonyms)
    entry = Suppression(key=person(1).email, reason="unsubscribed", kind="unsubscribe", source="test")
    ledger.suppress(entry, now=NOW)
    ledger.pause(person(2).email, until=NOW + timedelta(days=9), day="10 March 2025")
    forget(ledger, person(3).email, [person(3).email], now=NOW)
    return ledger


def _in_earnest(ledger: Ledger, batches: list[list[PlannedCopy]]) -> list[list[PlannedCopy]]:
    with ledger.planning(
        "one", subject="", content_hash="", list_file="", now=NOW, message_date=NOW
    ) as planning:
        return [planning.add(batch) for batch in batches]


def _on_trial(ledger: Ledger, batches: list[list[PlannedCopy]]) -> list[list[PlannedCopy]]:
    with nobody_seen() as seen:
        trial = Trial(seen, partial(ledger.kept_out, now=NOW))
        return [trial.add(batch) for batch in batches]


@settings(max_examples=40, deadline=None)
@given(batches=st.lists(ROWS, max_size=4))
def test_a_trial_finds_what_planning_finds(batches: list[list[PlannedCopy]]) -> None:
    """Duplicates of one batch and of several, suppressed people, people who are away or forgotten."""
    line = iter(range(2, 1000))
    numbered = [[row._replace(line=next(line)) for row in batch] for batch in batches]
    with tempfile.TemporaryDirectory() as folder, _knowing(Path(folder)) as ledger:
        assert _on_trial(ledger, numbered) == _in_earnest(ledger, numbered)


def test_a_trial_asks_the_ledger_and_writes_nothing_into_it(tmp_path: Path) -> None:
    """Whoever is on its list or away is suppressed; the plan stands nowhere."""
    with _knowing(tmp_path) as ledger:
        stored = _on_trial(ledger, [[*people(4), person(0, line=9)]])[0]
        assert [(one.state, one.reason) for one in stored] == [
            (State.QUEUED, ""),
            (State.SUPPRESSED, "unsubscribed"),
            (State.SUPPRESSED, "paused until 10 March 2025"),
            (State.SUPPRESSED, "forgotten"),
            (State.SKIPPED, "duplicate of line 2"),
        ]
        assert ledger.issues() == []


@pytest.mark.parametrize("count", [0, 1, 1500])
def test_a_trial_takes_batches_of_any_size(tmp_path: Path, count: int) -> None:
    """And gives each row back in its place."""
    with scratch_ledger(tmp_path / "ledger.db") as ledger:
        rows = people(count)
        again = [row._replace(line=row.line + count) for row in rows]
        assert _on_trial(ledger, [rows, again]) == [
            rows,
            [
                row._replace(line=row.line + count, key=None, state=State.SKIPPED, reason=reason)
                for row in rows
                for reason in [f"duplicate of line {row.line}"]
            ],
        ]
