"""DNS: what the world can look up about the sender's domain, as `zone` judges it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from dispatch.check.place import Place
from dispatch.check.rule import Found, Rule, Sample, Severity
from dispatch.check.view import View
from dispatch.model.note import Grade, Note
from dispatch.zone.answer import is_open


def _told(place: Place, notes: Iterable[Note]) -> Iterator[Found]:
    """As grave as the rule says; a warning where it only could be better, or where nobody could tell."""
    for note in notes:
        if note.grade is not Grade.OK:
            mild = note.grade is Grade.WARN or is_open(note)
            yield Found(place=place, message=note.seen, severity=Severity.WARNING if mild else None)


def _spf(view: View) -> Iterator[Found]:
    yield from _told(view.setting("newsletter.from"), view.dns.spf if view.dns else ())


def _dkim(view: View) -> Iterator[Found]:
    yield from _told(view.setting("dkim.selector"), view.dns.dkim if view.dns else ())


def _dmarc(view: View) -> Iterator[Found]:
    yield from _told(view.setting("newsletter.from"), view.dns.dmarc if view.dns else ())


def _mail_and_zone(view: View) -> Iterator[Found]:
    yield from _told(view.setting("newsletter.from"), view.dns.hosts if view.dns else ())


_RECORD = "dispatch doctor --online prints the record to publish."
_ZONE = (
    'letters TXT "v=spf1 mx ip4:192.0.2.1 -all"\n'
    "letters MX 10 mail.example.com.\n"
    "mail A 192.0.2.2\n"
    '_dmarc.letters TXT "v=DMARC1; p=none"\n'
    's1._domainkey.letters TXT "v=DKIM1; p=OURKEY"'
)

RULES = (
    Rule(
        id="DNS001",
        severity=Severity.ERROR,
        why="SPF says which machines may send for you, in one record and at most ten look-ups; " + _RECORD,
        source="RFC 7208, sections 3.2 and 4.6.4",
        kind=Sample.ZONE,
        bad=_ZONE.replace("v=spf1 mx", "v=spf1 " + "a " * 10 + "mx"),
        good=_ZONE,
        look=_spf,
        network=True,
    ),
    Rule(
        id="DNS002",
        severity=Severity.ERROR,
        why="Receivers check the signature with the key that you publish; " + _RECORD,
        source="RFC 6376, section 3.6; RFC 8301: 1024 bits at least, 2048 advised",
        kind=Sample.ZONE,
        bad=_ZONE.replace("p=OURKEY", "p=OTHERKEY"),
        good=_ZONE,
        look=_dkim,
        network=True,
    ),
    Rule(
        id="DNS003",
        severity=Severity.ERROR,
        why="Gmail, Yahoo and Microsoft want a DMARC record, and SPF or DKIM in line with From; " + _RECORD,
        source="RFC 7489; the providers' requirements for senders, 2024 and 2025",
        kind=Sample.ZONE,
        bad=_ZONE.replace('_dmarc.letters TXT "v=DMARC1; p=none"\n', ""),
        good=_ZONE,
        look=_dmarc,
        network=True,
    ),
    Rule(
        id="DNS004",
        severity=Severity.WARNING,
        why="A domain that takes no mail gets no answers and no bounces, and is distrusted.",
        source="RFC 5321, section 5.1",
        kind=Sample.ZONE,
        bad=_ZONE.replace("letters MX 10 mail.example.com.\n", ""),
        good=_ZONE,
        look=_mail_and_zone,
        network=True,
    ),
)
