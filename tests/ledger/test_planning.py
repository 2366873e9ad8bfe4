"""The plan: one row for every line, all or nothing."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from dispatch.errors import AlreadyPlanned
from dispatch.ledger.connect import open_ledger
from dispatch.ledger.ledger import Ledger
from dispatch.ledger.rows import IssueRecord
from dispatch.ledger.suppression import Suppression
from dispatch.model.delivery import PlannedCopy, State
from tests.ledger.people import (
    LATER,
    NOW,
    URL,
    accepted,
    bad_row,
    claim,
    counts,
    people,
    person,
    plan,
)

REPOSITORY = Path(__file__).parents[2]

ANN = Suppression(key="reader1@example.com", reason="unsubscribed", kind="unsubscribe", source="web")


def _stored(ledger: Ledger, rows: Sequence[PlannedCopy]) -> list[PlannedCopy]:
    with ledger.planning(
        "one", subject="", content_hash="", list_file="", now=NOW, message_date=NOW
    ) as planning:
        stored = planning.add(rows)
        planning.finish(list_hash="")
    return stored


def test_every_row_is_counted_and_nothing_is_lost(ledger: Ledger) -> None:
    """The issue says how many rows were listed, and the states add up to them."""
    one = plan(ledger, [*people(3), bad_row(5)])
    assert one == IssueRecord(
        id=one.id,
        slug="one",
        subject="How mail works",
        content_hash="c1",
        list_hash="l1",
        issue_file="issues/one.md",
        list_file="subscribers.csv",
        git_commit="abc123",
        listed=4,
        planned_at=NOW,
        started_at=None,
        finished_at=None,
        segments=(None,),
    )
    assert counts(ledger, one.id) == {"queued": 3, "skipped": 1}
    assert ledger.audit(one.id) == []


def test_a_row_comes_back_from_a_claim_as_it_was_planned(ledger: Ledger) -> None:
    """The address as written, the fields, Message-ID and Date are fixed at planning."""
    fields = {"name": 'O\'Brien, "Ann" 你好 \u2028', "plan": ""}
    row = person(1, email="Reader1@Example.com", fields=fields)
    one = plan(ledger, [row])
    [taken] = claim(ledger, one.id)
    assert (taken.email, taken.key, taken.line) == ("Reader1@Example.com", "reader1@example.com", 3)
    assert (taken.fields, taken.message_id, taken.message_date) == (fields, "<1@example.com>", NOW)


def test_a_second_row_of_somebody_is_skipped(ledger: Ledger) -> None:
    """The first row counts, in the same batch or before; each later one names its line."""
    rows = [
        person(1),
        person(2),
        person(1, line=9),
        *(person(number) for number in range(10, 1500)),
        person(2, line=8),
    ]
    stored = _stored(ledger, rows)
    duplicates = [one for one in stored if one.key is None]
    assert [(one.line, one.state, one.reason) for one in duplicates] == [
        (9, State.SKIPPED, "duplicate of line 3"),
        (8, State.SKIPPED, "duplicate of line 4"),
    ]
    issue = ledger.issues()[0]
    assert counts(ledger, issue.id) == {"queued": 1492, "skipped": 2}
    assert issue.listed == len(stored) == len(rows)


def test_a_row_left_out_keeps_its_place(ledger: Ledger) -> None:
    """Somebody who was excluded is a duplicate's first row like anybody else."""
    stored = _stored(ledger, [person(1, state=State.SKIPPED, reason="excluded"), person(1, line=9)])
    assert [one.reason for one in stored] == ["excluded", "duplicate of line 3"]


def test_suppressed_people_are_counted_and_never_sent(ledger: Ledger) -> None:
    """Being on the list wins over the subscribers' file; a skipped row stays skipped."""
    ledger.suppress(ANN, now=NOW)
    stored = _stored(ledger, [*people(3), person(1, line=9)])
    assert [(one.state, one.reason) for one in stored] == [
        (State.QUEUED, ""),
        (State.SUPPRESSED, "unsubscribed"),
        (State.QUEUED, ""),
        (State.SKIPPED, "duplicate of line 3"),
    ]
    issue = ledger.issues()[0]
    assert [one.key for one in claim(ledger, issue.id)] == ["reader0@example.com", "reader2@example.com"]
    assert ledger.audit(issue.id) == []


def test_an_issue_is_planned_once(ledger: Ledger) -> None:
    """The second plan of the same issue is refused, and the first stays."""
    one = plan(ledger, people(2))
    with pytest.raises(AlreadyPlanned) as caught:
        plan(ledger, people(5))
    assert caught.value.exit_code == 75
    assert counts(ledger, one.id) == {"queued": 2}


def test_an_exception_in_mid_plan_leaves_nothing(ledger: Ledger) -> None:
    """The list was unreadable from line 1003 on: no half of a plan stays."""

    def broken() -> None:
        with ledger.planning(
            "one", subject="", content_hash="", list_file="", now=NOW, message_date=NOW
        ) as planning:
            planning.add(people(1000))
            raise UnicodeError("line 1003")

    with pytest.raises(UnicodeError):
        broken()
    assert ledger.issues() == []
    assert counts(ledger, plan(ledger, people(2)).id) == {"queued": 2}


def test_a_plan_without_its_end_leaves_nothing(ledger: Ledger) -> None:
    """Leaving without `finish` is taking it back."""
    with ledger.planning(
        "one", subject="", content_hash="", list_file="", now=NOW, message_date=NOW
    ) as planning:
        planning.add(people(10))
    assert ledger.issues() == []


HALF_A_PLAN = """
import sys
from pathlib import Path
from dispatch.ledger.connect import open_ledger
from tests.ledger.people import NOW, URL, people
with open_ledger(URL, root=Path(sys.argv[1])) as ledger:
    hashes = {"subject": "", "content_hash": "", "list_file": ""}
    with ledger.planning("one", now=NOW, message_date=NOW, **hashes) as planning:
        planning.add(people(30_000))
        print("half", flush=True)
        sys.stdin.read()
"""


def test_a_kill_in_mid_plan_leaves_nothing(tmp_path: Path) -> None:
    """kill -9 after 30,000 rows, more than SQLite keeps in memory: the next start begins anew."""
    words = [sys.executable, "-c", HALF_A_PLAN, str(tmp_path)]
    pipe = subprocess.PIPE
    with subprocess.Popen(words, stdin=pipe, stdout=pipe, text=True, cwd=REPOSITORY) as half:
        assert half.stdout is not None
        assert half.stdout.readline() == "half\n"
        half.send_signal(signal.SIGKILL)
    with open_ledger(URL, root=tmp_path) as ledger:
        assert ledger.issues() == []
        assert counts(ledger, plan(ledger, people(3)).id) == {"queued": 3}


def test_text_that_is_no_unicode_is_planned_all_the_same(ledger: Ledger) -> None:
    """A file name or a cell with half a surrogate pair does not stop a plan."""
    _stored(ledger, [bad_row(2, reason="invalid: \udcff"), person(1, fields={"name": "a\udcff"})])
    assert list(ledger.skipped_rows(ledger.issues()[0].id)) == [(2, "nobody", "invalid: \\udcff")]


def test_an_extension_takes_only_new_people(ledger: Ledger) -> None:
    """People with a row, and bad rows, are left as they are; the new ones are listed and queued."""
    one = plan(ledger, [*people(3), bad_row(5)])
    ledger.record([accepted(taken) for taken in claim(ledger, one.id)], now=NOW)
    ledger.mark_finished(one.id, now=NOW)
    ledger.suppress(
        Suppression(key="reader4@example.com", reason="hard bounce", kind="hard", source="x"), now=NOW
    )
    with ledger.extending(one, now=LATER, message_date=LATER) as extension:
        stored = extension.add([*people(5), bad_row(9), person(3, line=20)])
        extension.finish(list_hash="l2")
    assert [(row.key, row.state) for row in stored] == [
        ("reader3@example.com", State.QUEUED),
        ("reader4@example.com", State.SUPPRESSED),
    ]
    after = ledger.issue("one")
    assert after is not None
    assert (after.listed, after.list_hash, after.content_hash, after.finished_at) == (6, "l2", "c1", None)
    assert counts(ledger, one.id) == {"sent": 3, "queued": 1, "suppressed": 1, "skipped": 1}
    assert ledger.audit(one.id) == []
    assert [taken.message_date for taken in claim(ledger, one.id)] == [LATER]


def test_an_extension_without_its_end_changes_nothing(ledger: Ledger) -> None:
    """The plan stays as it was."""
    one = plan(ledger, people(2))
    with ledger.extending(one, now=LATER, message_date=LATER) as extension:
        extension.add(people(4))
    assert ledger.issue("one") == one
    assert counts(ledger, one.id) == {"queued": 2}


def test_accepted_changes_reach_the_copies_that_are_not_finished(ledger: Ledger) -> None:
    """The fields of a copy that was sent stay as they were sent."""
    one = plan(ledger, people(2))
    [first] = claim(ledger, one.id, limit=1)
    ledger.record([accepted(first)], now=NOW)
    rows = [person(number, fields={"city": "Bern"}, line=number + 10) for number in range(3)]
    with ledger.extending(
        one, now=LATER, message_date=LATER, content_hash="c2", git_commit="def456"
    ) as extension:
        assert extension.refresh([*rows, bad_row(9)]) == 1
        extension.finish(list_hash="l2")
    changed = ledger.issue("one")
    assert changed is not None
    assert (changed.content_hash, changed.list_hash, changed.git_commit) == ("c2", "l2", "def456")
    assert (changed.listed, changed.list_file) == (2, "subscribers.csv")
    [sent] = ledger.explain("reader0@example.com", "one")
    [waiting] = ledger.explain("reader1@example.com", "one")
    assert (sent.delivery.fields, sent.delivery.line) == ({"name": "Reader 0"}, 2)
    assert (waiting.delivery.fields, waiting.delivery.line) == ({"city": "Bern"}, 11)


def test_planning_shows_nothing_until_it_is_finished(ledger: Ledger) -> None:
    """Another command that asks meanwhile sees no half of a plan."""
    with ledger.planning(
        "one", subject="", content_hash="", list_file="", now=NOW, message_date=NOW
    ) as planning:
        planning.add(people(5))
        assert ledger.issue("one") is None
        planning.finish(list_hash="")
    assert ledger.issue("one") is not None


def test_a_plan_keeps_no_row_in_memory(ledger: Ledger) -> None:
    """A batch is forgotten when it was added, so that a million rows need no more than a thousand."""
    with ledger.planning(
        "one", subject="", content_hash="", list_file="", now=NOW, message_date=NOW + timedelta(hours=1)
    ) as planning:
        for start in range(0, 10_000, 500):
            planning.add([person(number) for number in range(start, start + 500)])
        kept = {name: value for name, value in vars(planning).items() if isinstance(value, list | dict | set)}
        assert kept == {}
        planning.finish(list_hash="")
    assert ledger.tally(1).listed == 10_000
