"""A glance: the same answers as the ledger's own, without SQLAlchemy, and the same refusals."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from dispatch.errors import DispatchError, LedgerUnavailable
from dispatch.ledger.connect import open_ledger
from dispatch.ledger.glance import glance
from dispatch.ledger.ledger import Ledger
from dispatch.ledger.questions import Questions
from dispatch.model.delivery import State
from tests.ledger.people import NOW, URL, accepted, bad_row, claim, outcome, people, plan

QUESTIONS: dict[str, Callable[[Questions], object]] = {
    "issue": lambda ledger: ledger.issue("one"),
    "unknown issue": lambda ledger: ledger.issue("\udcff"),
    "issues": lambda ledger: ledger.issues(),
    "unfinished issues": lambda ledger: ledger.unfinished_issues(),
    "tally": lambda ledger: ledger.tally(1),
    "outlook": lambda ledger: ledger.outlook(1),
    "audit": lambda ledger: ledger.audit(1),
}


@pytest.mark.parametrize("name", QUESTIONS)
def test_both_ways_answer_the_same(ledger: Ledger, tmp_path: Path, name: str) -> None:
    """Of a ledger with copies in most states, while the other one has it open."""
    one = plan(ledger, [*people(8), bad_row(20)])
    plan(ledger, people(2), "two")
    first, second, third, fourth, *_ = claim(ledger, one.id, limit=6)
    soon = NOW + timedelta(minutes=3)
    ledger.record(
        [
            accepted(first),
            outcome(second, State.DEFERRED),
            outcome(third, State.UNCERTAIN, next_attempt_at=soon),
            outcome(fourth, State.UNCERTAIN),
        ],
        now=NOW,
    )
    with glance(URL, tmp_path) as seen:
        assert seen is not None
        assert QUESTIONS[name](seen) == QUESTIONS[name](ledger)


def test_a_glance_sees_what_was_written_since(ledger: Ledger, tmp_path: Path) -> None:
    """Each answer is of its own moment: --watch asks again and again."""
    with glance(URL, tmp_path) as seen:
        assert seen is not None
        assert seen.issues() == []
        one = plan(ledger, people(1))
        assert seen.issues() == [one]


def test_a_breach_is_told_with_its_rows(ledger: Ledger, tmp_path: Path) -> None:
    """The whole ledger is opened to name them."""
    one = plan(ledger, people(3))
    with ledger.database.writing() as connection:
        connection.execute(text("UPDATE delivery SET state = 'sent' WHERE line = 3"))
    with glance(URL, tmp_path) as seen:
        assert seen is not None
        assert seen.audit(one.id) == [
            "line 3, reader1@example.com: the history ends at queued, the row says sent"
        ]


def test_looking_makes_no_ledger(tmp_path: Path) -> None:
    """On a fresh project there is none, and no file is left behind."""
    with glance(URL, tmp_path) as seen:
        assert seen is None
    assert list(tmp_path.iterdir()) == []


def test_an_empty_file_becomes_a_ledger(tmp_path: Path) -> None:
    """As for everybody else: a first start that was killed leaves such a file, an upgrade an older ledger."""
    (tmp_path / ".dispatch").mkdir()
    os.close(os.open(tmp_path / ".dispatch/ledger.db", os.O_CREAT))
    with glance(URL, tmp_path) as seen:
        assert seen is not None
        assert seen.issues() == []


def _text(file: Path) -> None:
    file.write_text("email,name\n" * 400)


def _zeroes(file: Path) -> None:
    open_ledger(URL, root=file.parents[1]).close()
    whole = file.read_bytes()
    file.write_bytes(whole[:100] + bytes(len(whole) - 100))


def _foreign(file: Path) -> None:
    with closing(sqlite3.connect(file)) as other:
        other.execute("CREATE TABLE customer (name TEXT)")


def _newer(file: Path) -> None:
    with open_ledger(URL, root=file.parents[1]) as ledger, ledger.database.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))


def _folder(file: Path) -> None:
    file.mkdir()


@pytest.mark.parametrize("spoil", [_text, _zeroes, _foreign, _newer, _folder], ids=lambda one: one.__name__)
def test_what_is_no_ledger_is_refused_in_the_same_words(
    tmp_path: Path, spoil: Callable[[Path], None]
) -> None:
    """Whoever asks, and with the same thing to do about it."""
    file = tmp_path / ".dispatch/ledger.db"
    file.parent.mkdir()
    spoil(file)
    with pytest.raises(LedgerUnavailable) as expected:
        open_ledger(URL, root=tmp_path)
    with pytest.raises(DispatchError) as caught, glance(URL, tmp_path):
        pass
    told, same = caught.value, expected.value
    assert (type(told), told.message, told.file, told.hint) == (
        type(same),
        same.message,
        same.file,
        same.hint,
    )


def test_a_ledger_that_is_lost_meanwhile_is_told_in_our_words(ledger: Ledger, tmp_path: Path) -> None:
    """A question raises no exception of the driver's."""
    plan(ledger, people(1))
    with glance(URL, tmp_path) as seen:
        assert seen is not None
        with ledger.database.writing() as connection:
            connection.execute(text("ALTER TABLE issue RENAME TO gone"))
        with pytest.raises(LedgerUnavailable) as caught:
            seen.issues()
    assert caught.value.file == str(tmp_path / ".dispatch/ledger.db")
    assert caught.value.hint


def test_a_glance_leaves_the_ledger_as_durable_as_it_was(tmp_path: Path, ledger: Ledger) -> None:
    """It may be the last to close the ledger, and then brings the log into the file."""
    with glance(URL, tmp_path) as seen:
        assert seen is not None
        with seen.asking() as ask:
            assert [
                ask("PRAGMA synchronous", {})[0].synchronous,
                ask("PRAGMA fullfsync", {})[0].fullfsync,
            ] == [2, 1]
