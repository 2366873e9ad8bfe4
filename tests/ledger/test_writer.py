"""The one writer: sessions share a commit, all are answered, and after a failure nothing is written."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event

from dispatch.errors import DispatchError, LedgerUnavailable
from dispatch.ledger.commits import Kind
from dispatch.ledger.ledger import Ledger
from dispatch.ledger.moves import ClaimRequest
from dispatch.ledger.suppression import Suppression
from dispatch.ledger.writer import Answers, Writer
from dispatch.model.delivery import Claim, State
from tests.ledger.people import NOW, accepted, claim, counts, outcome, people, plan


class Office:
    """A writer and what it answered. While `gate` is closed, the writer stands still after a commit."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.gate = threading.Event()
        self.gate.set()
        self.entered = threading.Event()
        self.notified: list[int] = []
        self.commits: list[object] = []
        event.listen(ledger.database.engine, "commit", self.commits.append)
        self.writer = Writer(ledger, lambda: NOW, self._notify)

    def _notify(self, answers: Answers) -> None:
        self.notified.append(len(answers))
        for done, answer in answers:
            done(answer)
        self.entered.set()
        self.gate.wait()

    def stand_still(self) -> None:
        """Keep the writer busy with one small thing until the gate is opened."""
        self.gate.clear()
        self.entered.clear()
        self.writer.submit(Kind.RELEASE, [], lambda _: None)
        self.entered.wait()

    def finish(self) -> None:
        """Open the gate and wait until all is written."""
        self.gate.set()
        self.writer.close()

    def ask(self, kind: Kind, item: object) -> Any:
        """Submit one thing and wait for its answer."""
        answered = threading.Event()
        answers: list[Any] = []

        def done(answer: object) -> None:
            answers.append(answer)
            answered.set()

        self.writer.submit(kind, item, done)
        answered.wait()
        return answers[0]


@pytest.fixture
def office(ledger: Ledger) -> Iterator[Office]:
    opened = Office(ledger)
    yield opened
    opened.finish()


def _request(issue_id: int, limit: int = 100) -> ClaimRequest:
    return ClaimRequest(issue_id=issue_id, owner="pid 7", limit=limit, lease=timedelta(minutes=15))


def test_the_answers_are_those_of_the_ledger(office: Office) -> None:
    """A copy goes from the plan to sent, and each step is durable when it is answered."""
    one = plan(office.ledger, people(3)).id
    first, second, third = office.ask(Kind.CLAIM, _request(one))
    assert office.ask(Kind.HAND_OVER, [first, second]) == set()
    assert office.ask(Kind.RECORD, [accepted(first)]) == set()
    assert office.ask(Kind.RELEASE, [third]) == set()
    assert counts(office.ledger, one) == {"sent": 1, "sending": 1, "queued": 1}
    assert office.ask(Kind.HAND_OVER, [first, second]) == {first.delivery_id}
    entry = Suppression(key=third.key, reason="hard bounce", kind="hard", source="a:25")
    assert [office.ask(Kind.SUPPRESS, entry), office.ask(Kind.SUPPRESS, entry)] == [True, False]
    assert office.ask(Kind.CLAIM, _request(one)) == []
    assert counts(office.ledger, one) == {"sent": 1, "sending": 1, "suppressed": 1}
    assert office.ledger.audit(one) == []


def test_many_sessions_share_one_commit(office: Office) -> None:
    """What gathers while a commit is on its way goes into the next one, all of it, and is told at once."""
    one = plan(office.ledger, people(60)).id
    taken = claim(office.ledger, one)
    office.stand_still()
    office.commits.clear()
    answers: list[object] = []
    for item in taken[:20]:
        office.writer.submit(Kind.HAND_OVER, [item], answers.append)
    for item in taken[20:50]:
        office.writer.submit(Kind.RECORD, [accepted(item)], answers.append)
    office.finish()
    assert len(office.commits) == 1
    assert office.notified[-1] == 50
    assert answers == [set()] * 50
    assert counts(office.ledger, one) == {"sending": 30, "sent": 30}


def test_what_one_session_frees_another_gets_in_the_same_commit(office: Office) -> None:
    """Records and releases come before claims, whatever the order they were submitted in."""
    one = plan(office.ledger, people(2)).id
    first, second = claim(office.ledger, one)
    office.stand_still()
    claims: list[list[Claim]] = []
    office.writer.submit(Kind.CLAIM, _request(one), claims.append)
    office.writer.submit(Kind.RELEASE, [first], lambda _: None)
    office.writer.submit(Kind.RECORD, [outcome(second, State.QUEUED, uses_attempt=False)], lambda _: None)
    office.finish()
    assert [[item.lease_token for item in items] for items in claims] == [[2, 2]]
    assert office.ledger.audit(one) == []


def test_each_session_hears_of_its_own_losses_only(office: Office) -> None:
    """Within one commit, too."""
    taken = claim(office.ledger, plan(office.ledger, people(3)).id)
    office.ledger.release(taken[1:], now=NOW)
    office.stand_still()
    answers: dict[int, object] = {}
    for item in taken:
        office.writer.submit(
            Kind.HAND_OVER, [item], lambda lost, one=item.delivery_id: answers.update({one: lost})
        )
    office.finish()
    assert answers == {1: set(), 2: {2}, 3: {3}}


def test_a_full_disk_fails_everybody_and_leaves_nothing_half_done(office: Office) -> None:
    """All of the commit is undone and answered with the cause; the writer takes no more work after that."""
    one = plan(office.ledger, people(2000)).id
    taken = office.ask(Kind.CLAIM, _request(one, limit=10))
    _fill_the_disk(office.ledger)
    office.stand_still()
    answers: list[object] = []
    office.writer.submit(Kind.RECORD, [accepted(item) for item in taken], answers.append)
    office.writer.submit(Kind.CLAIM, _request(one, limit=1990), answers.append)
    office.gate.set()
    later = office.ask(Kind.HAND_OVER, taken)
    assert [type(answer) for answer in [*answers, later]] == [LedgerUnavailable] * 3
    assert later.message == "the disk is full"
    assert counts(office.ledger, one) == {"sending": 10, "queued": 1990}
    assert office.ledger.audit(one) == []


def _fill_the_disk(ledger: Ledger) -> None:
    """From now on the database cannot grow: SQLite answers as it does on a full disk."""

    def limit(driver: Any, _pool_entry: object) -> None:
        driver.execute("PRAGMA max_page_count = 1")

    ledger.database.engine.dispose()
    event.listen(ledger.database.engine, "connect", limit)


def test_a_fault_of_the_program_leaves_nobody_waiting(office: Office) -> None:
    """Sessions would wait for ever if the thread died of it."""
    answer = office.ask(Kind.HAND_OVER, ["not a claim"])
    assert type(answer) is DispatchError
    assert "the ledger's writer broke" in answer.message
    assert office.ask(Kind.RELEASE, []) is answer


def test_closing_finishes_what_was_submitted(office: Office) -> None:
    """And refuses what comes after; closing twice is no mistake."""
    one = plan(office.ledger, people(30)).id
    taken = claim(office.ledger, one)
    office.stand_still()
    for item in taken:
        office.writer.submit(Kind.RECORD, [accepted(item)], lambda _: None)
    office.finish()
    assert counts(office.ledger, one) == {"sent": 30}
    with pytest.raises(LedgerUnavailable):
        office.writer.submit(Kind.RELEASE, [], lambda _: None)
    office.writer.close()


def test_sessions_in_many_threads_send_everybody_once(office: Office) -> None:
    """Eight of them claim, hand over and record until nothing is left."""
    one = plan(office.ledger, people(400)).id
    sent: list[int] = []

    def session() -> None:
        while taken := office.ask(Kind.CLAIM, _request(one, limit=7)):
            assert office.ask(Kind.HAND_OVER, taken) == set()
            assert office.ask(Kind.RECORD, [accepted(item) for item in taken]) == set()
            sent.extend(item.delivery_id for item in taken)

    sessions = [threading.Thread(target=session) for _ in range(8)]
    for one_session in sessions:
        one_session.start()
    for one_session in sessions:
        one_session.join()
    assert sorted(sent) == list(range(1, 401))
    assert counts(office.ledger, one) == {"sent": 400}
    assert office.ledger.audit(one) == []
