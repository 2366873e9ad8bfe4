"""The report: refusals that say the same are one, domains, times, and a table that calculates nothing."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.ledger.rows import Delivery, IssueRecord
from dispatch.model.delivery import State
from dispatch.publish.report import folded, make_report, report_object, report_text
from dispatch.publish.table import COLUMNS, csv_lines
from dispatch.read.spreadsheet import guarded

NOW = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
ISSUE = IssueRecord(
    id=1,
    slug="news",
    subject="News for you",
    content_hash="c",
    list_hash="l",
    issue_file="issues/news.md",
    list_file="subscribers.csv",
    git_commit=None,
    listed=6,
    planned_at=NOW,
    started_at=NOW,
    finished_at=None,
)


def _copy(number: int, state: State, **changes: object) -> Delivery:
    values: dict[str, object] = {
        "id": number,
        "email": f"reader{number}@example.com",
        "key": f"reader{number}@example.com",
        "line": number + 1,
        "fields": {},
        "state": state,
        "reason": "",
        "attempts": 1,
        "resends": 0,
        "first_attempt_at": NOW,
        "next_attempt_at": None,
        "handed_over_at": None,
        "code": None,
        "enhanced": "",
        "reply": "",
        "relay": "mx:25",
        "message_id": f"<{number}@example.com>",
        "message_date": NOW,
        "updated_at": NOW + timedelta(seconds=number),
    }
    return Delivery(**{**values, **changes})  # type: ignore[arg-type]


def _refused(number: int, text: str, code: int = 550, enhanced: str = "5.1.1") -> Delivery:
    return _copy(number, State.FAILED, code=code, enhanced=enhanced, reply=text)


COPIES = [
    _copy(1, State.SENT),
    _copy(2, State.SENT, key="reader2@example.org", email="reader2@example.org"),
    _refused(3, "<reader3@example.com>: no such user (4RnXyz12)"),
    _refused(4, "<reader4@example.com>: no such user (9QqAbc77)"),
    _refused(5, "mailbox full", 552, "5.2.2"),
    _copy(6, State.SKIPPED, key=None, reason="invalid: no @"),
]


def test_refusals_with_the_same_words_are_one_group() -> None:
    """Whoever they are about and whatever number the relay gave them."""
    refusals = report_object(make_report(ISSUE, COPIES))["refusals"]
    assert [(one["count"], one["class"], one["code"], one["reply"]) for one in refusals] == [
        (2, "hard", 550, "<address>: no such user (…)"),
        (1, "soft", 552, "mailbox full"),
    ]
    assert refusals[0]["examples"] == ["reader3@example.com", "reader4@example.com"]


def test_the_numbers_add_up() -> None:
    """States, domains and times come from the same copies."""
    facts = report_object(make_report(ISSUE, COPIES))
    assert facts["balanced"]
    assert {name: count for name, count in facts["states"].items() if count} == {
        "sent": 2,
        "failed": 3,
        "skipped": 1,
    }
    assert [(one["domain"], one["listed"], one["sent"]) for one in facts["domains"]] == [
        ("example.com", 4, 1),
        ("example.org", 1, 1),
    ]
    assert facts["last_sent_at"] - facts["first_sent_at"] == timedelta(seconds=1)


def test_the_text_has_every_part() -> None:
    """For people: the tally, the replies with examples, the domains, the times in their zone."""
    text = report_text(make_report(ISSUE, COPIES), ZoneInfo("Europe/Zurich"))
    assert "        2  failed, hard: 550 5.1.1 <address>: no such user (…)\n" in text
    assert "reader3@example.com, reader4@example.com\n" in text
    assert "        4  example.com: 1 sent, 3 failed\n" in text
    assert "first sent 2026-11-20 09:00:01 CET\n" in text
    assert report_text(make_report(ISSUE, []), ZoneInfo("UTC")).startswith("news: News for you\n")


@pytest.mark.parametrize(
    ("text", "short"),
    [
        ("450 from 192.0.2.7 [abc]", "450 from … [abc]"),
        ("queued as 4RnXyz12 at 12:03", "queued as … at 12:03"),
        ("User <a.b@c.example> unknown", "User <address> unknown"),
        ("mailbox  full", "mailbox full"),
        ("", ""),
    ],
)
def test_what_differs_by_person_is_folded(text: str, short: str) -> None:
    """And nothing else."""
    assert folded(text) == short


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_no_cell_is_a_formula(start: str) -> None:
    """An apostrophe stands in front, and the rest is as it was."""
    evil = _copy(1, State.FAILED, email=f"{start}cmd|' /C calc'!A0", reason=f"{start}1+1")
    table = list(csv.DictReader(io.StringIO("".join(csv_lines([evil])), newline="")))
    assert (table[0]["email"], table[0]["reason"]) == (f"'{start}cmd|' /C calc'!A0", f"'{start}1+1")


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
def test_any_text_comes_back_from_the_table(text: str) -> None:
    """Quotes, commas and line breaks included; one record for each copy."""
    lines = "".join(csv_lines([_copy(1, State.FAILED, reply=text)]))
    header, row = csv.reader(io.StringIO(lines, newline=""))
    assert tuple(header) == COLUMNS
    assert row[COLUMNS.index("reply")] == guarded(text)
