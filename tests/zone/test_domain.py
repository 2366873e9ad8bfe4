"""All that the DNS says about a domain, gathered by what it is about."""

from __future__ import annotations

from dispatch.model.settings import Dkim
from dispatch.zone.domain import judge_domain
from tests.zone.zones import dns

DOMAIN = "letters.example.com"


def test_every_question_has_its_place() -> None:
    """Nothing is there at all, so each of them has something to say."""
    key = Dkim(domain=DOMAIN, selector="s1", key_file="dkim.pem")
    notes = judge_domain(DOMAIN, key, None, dns({}))

    assert [note.name for note in notes.hosts] == ["SOA", "MX"]
    assert {note.name for note in notes.spf} == {"SPF"}
    assert {note.name for note in notes.dkim} == {"DKIM"}
    assert {note.name for note in notes.dmarc} == {"DMARC"}
    assert list(notes) == [*notes.hosts, *notes.spf, *notes.dkim, *notes.dmarc]


def test_a_key_is_asked_for_only_when_letters_are_signed_here() -> None:
    """Else it is the relay's affair."""
    assert judge_domain(DOMAIN, None, None, dns({})).dkim == ()
