"""The office of a project: what readers ask for reaches ledger, list and relay."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from email import message_from_bytes, policy

import pytest

from dispatch.errors import ConfigInvalid, RelayAway
from dispatch.ledger.suppression import Suppression
from dispatch.mail.letter import Letter
from dispatch.model.address import parse_address
from dispatch.model.delivery import State
from dispatch.web.office import Invitation, Joined
from dispatch.wiring.books import ledger_of
from dispatch.wiring.clock import now
from dispatch.wiring.office import ProjectOffice, deliver, public_address, words_of
from dispatch.wiring.project import Project, find_project
from tests.project import CONFIGURATION, TestProject
from tests.servers.programs import free_port

NEW = parse_address("Zoë@Bücher.example")


@contextmanager
def _office(test: TestProject) -> Iterator[tuple[Project, ProjectOffice]]:
    test.configuration.write_text(f'{CONFIGURATION}public_url = "https://news.example.com/x"\n')
    project = find_project(test.configuration)
    with ledger_of(project) as ledger:
        yield project, ProjectOffice(project, ledger, words_of(project), tell=lambda _words: None)


def _token(letter: Letter) -> str:
    words = message_from_bytes(letter.message, policy=policy.default).get_content()
    (link,) = re.findall(r"https://news\.example\.com/x/\S+", words)
    return str(link).rpartition("/")[2]


def test_an_invitation_names_who_may_join(project: TestProject) -> None:
    """The address as it was written, in any script; not for another purpose, and not after its days."""
    with _office(project) as (_, office):
        letter = office.invite(NEW)
        assert letter is not None
        token = _token(letter)
        assert office.invited(token) == Invitation(address=NEW)
        assert office.to_forget(token) is None
        assert office.invited(token[:-2]) is None


def test_an_invitation_ends(project: TestProject, monkeypatch: pytest.MonkeyPatch) -> None:
    """After three days."""
    with _office(project) as (_, office):
        letter = office.invite(NEW)
        assert letter is not None
        for days, expected in ((2.9, Invitation(address=NEW)), (3.1, None)):
            later = now() + timedelta(days=days)
            monkeypatch.setattr("dispatch.wiring.office.now", lambda later=later: later)
            assert office.invited(_token(letter)) == expected


@pytest.mark.parametrize("kind", ["complaint", "hard", "manual", "soft"])
def test_whose_reason_is_not_their_own_stays_out(project: TestProject, kind: str) -> None:
    """No letter, and no row, also with an invitation from before."""
    with _office(project) as (there, office):
        with ledger_of(there) as ledger:
            ledger.suppress(Suppression(key=NEW.key, reason="x", kind=kind, source="y"), now=now())
        before = project.list.read_bytes()
        assert office.invite(NEW) is None
        assert office.join(Invitation(address=NEW)) is Joined.REFUSED
        assert project.list.read_bytes() == before


def test_a_list_that_is_not_there_yet_is_made(project: TestProject) -> None:
    """By the first who joins, once, with consent."""
    project.list.unlink()
    with _office(project) as (_, office):
        assert [office.join(Invitation(address=NEW)), office.join(Invitation(address=NEW))] == [
            Joined.WELCOME,
            Joined.WELCOME,
        ]
    head, row = project.list.read_text().splitlines()
    assert head == "email,consent_at,consent_source"
    assert row.startswith("Zoë@Bücher.example,20")


def test_a_letter_goes_by_the_relay_that_answers(project: TestProject) -> None:
    """The sandbox where none is configured; RelayAway where none is there."""
    with _office(project) as (there, office):
        letter = office.invite(parse_address("ann@example.com"))
        assert letter is not None
        assert asyncio.run(deliver(there, letter)).state is State.SENT
        assert len(project.outbox()) == 1
        project.relay(free_port())
        with pytest.raises(RelayAway):
            asyncio.run(deliver(find_project(project.configuration), letter))


def test_without_a_public_address_nothing_is_served(project: TestProject) -> None:
    """Every link begins with it."""
    with pytest.raises(ConfigInvalid, match="public_url is not set"):
        public_address(find_project(project.configuration))
