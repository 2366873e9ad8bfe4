"""Tags that readers chose: kept, looked up at the claim, brought along by an upgrade, and forgotten."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import create_engine, text

from dispatch.ledger.choosing import UNCHOSEN, Choice
from dispatch.ledger.connect import open_ledger
from dispatch.ledger.evidence import recipient_of
from dispatch.ledger.forgetting import forget
from dispatch.ledger.ledger import Ledger
from dispatch.ledger.migrate import configuration
from dispatch.ledger.schema import absence, choice
from dispatch.model.delivery import State
from tests.ledger.people import LATER, NOW, URL, claim, counts, detail_of, outcome, person, plan
from tests.ledger.pseudonyms import pseudonyms

KEY = "reader1@example.com"


def _reads_essays(fields: Mapping[str, str]) -> bool:
    return "essays" in fields["tags"]


def _planned(ledger: Ledger, tags: str = "essays, vip") -> int:
    rows = [person(number, fields={"tags": tags}) for number in range(3)]
    return plan(ledger, rows).id


def _claimed(ledger: Ledger, issue_id: int, limit: int = 100) -> list[tuple[str, str]]:
    claims = ledger.claim(
        issue_id,
        owner="pid 7",
        limit=limit,
        now=LATER,
        lease_until=LATER.replace(hour=13),
        belongs=_reads_essays,
    )
    return [(one.email, one.fields["tags"]) for one in claims]


def test_the_last_word_on_each_tag_is_kept(ledger: Ledger) -> None:
    """And of tags that were offered at another time, the word of then."""
    assert ledger.choice_of(KEY) is None
    ledger.choose(KEY, {"essays": True, "news": False}, now=NOW)
    ledger.choose(KEY, {"essays": False}, now=LATER)
    assert ledger.choice_of(KEY) == Choice(tags={"essays": False, "news": False}, at=LATER)
    assert ledger.chosen([KEY, "other@example.com"]) == {KEY: {"essays": False, "news": False}}


def test_whoever_unticks_after_the_plan_is_left_out_of_the_claim(ledger: Ledger) -> None:
    """The place goes to the next; the copy is suppressed, says why, and the history adds up."""
    issue_id = _planned(ledger)
    ledger.choose("reader0@example.com", {"essays": False}, now=NOW)
    assert _claimed(ledger, issue_id, limit=2) == [
        ("reader1@example.com", "essays, vip"),
        ("reader2@example.com", "essays, vip"),
    ]
    assert counts(ledger, issue_id) == {"sending": 2, "suppressed": 1}
    assert detail_of(ledger, 0) == UNCHOSEN
    assert ledger.audit(issue_id) == []


def test_a_deferred_copy_is_asked_about_too(ledger: Ledger) -> None:
    """It was refused for now, and its reader chose meanwhile."""
    issue_id = _planned(ledger)
    ledger.record(
        [outcome(one, State.DEFERRED, next_attempt_at=NOW) for one in claim(ledger, issue_id)], now=NOW
    )
    ledger.choose(KEY, {"essays": False}, now=NOW)
    assert [email for email, _ in _claimed(ledger, issue_id)] == [
        "reader0@example.com",
        "reader2@example.com",
    ]
    assert detail_of(ledger, 1) == UNCHOSEN
    assert ledger.audit(issue_id) == []


def test_the_letter_has_the_tags_as_they_are_chosen(ledger: Ledger) -> None:
    """Who still belongs gets what they chose; who chose nothing what the list says."""
    issue_id = _planned(ledger)
    ledger.choose(KEY, {"news": True, "vip": False}, now=NOW)
    assert _claimed(ledger, issue_id)[:2] == [
        ("reader0@example.com", "essays, vip"),
        (KEY, "essays, news"),
    ]


def test_an_issue_for_everybody_goes_to_everybody(ledger: Ledger) -> None:
    """Nobody is asked about."""
    issue_id = _planned(ledger)
    ledger.choose(KEY, {"essays": False}, now=NOW)
    assert len(claim(ledger, issue_id)) == 3


def test_whoever_is_forgotten_chose_nothing(tmp_path: Path) -> None:
    """The row is gone."""
    with open_ledger(URL, root=tmp_path, pseudonyms=pseudonyms) as ledger:
        ledger.choose(KEY, {"essays": False}, now=NOW)
        forget(ledger, KEY, {KEY}, now=NOW)
        ledger.choose(KEY, {"essays": True}, now=LATER)  # the page was open meanwhile
        ledger.pause(KEY, until=LATER, day="2025-03-02")
        with ledger.database.reading() as connection:
            assert connection.execute(choice.select()).all() == []
            assert connection.execute(absence.select()).all() == []


@pytest.mark.parametrize("of_old", [True, False])
def test_letters_of_an_older_ledger_keep_their_links(tmp_path: Path, of_old: bool) -> None:
    """What was planned before had one link for both; what is planned afterwards has two."""
    file = tmp_path / "ledger.db"
    engine = create_engine(f"sqlite:///{file}")
    with engine.begin() as connection:
        command.upgrade(configuration(connection), "0003")
        if of_old:
            connection.execute(text("INSERT INTO issue (id, slug, planned_at) VALUES (1, 'old', 0)"))
            connection.execute(
                text(
                    "INSERT INTO delivery (id, issue_id, recipient, email, line, fields, state, "
                    "message_date, updated_at) "
                    "VALUES (1, 1, 'a@b.example', 'a@b.example', 2, '{}', 'sent', 0, 0)"
                )
            )
    engine.dispose()
    with open_ledger("sqlite:///ledger.db", root=tmp_path) as ledger:
        if not of_old:
            plan(ledger, [person(0)])
        assert (recipient_of(ledger, 1, of_one_link=True) is not None) is of_old
        assert recipient_of(ledger, 1) is not None
