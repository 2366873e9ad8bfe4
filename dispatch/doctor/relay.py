"""One relay, visited as a run would visit it and left before the first word about mail."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from dispatch.doctor.guard import trouble
from dispatch.doctor.project import ListFacts
from dispatch.errors import ConfigInvalid
from dispatch.mail.reply import Step, Verdict
from dispatch.model.note import Note, fail, ok, warn
from dispatch.model.settings import Relay, Security
from dispatch.send.transaction import Capabilities
from dispatch.send.visit import Certificate, Visit, visit
from dispatch.wiring.project import Project, shown
from dispatch.wiring.relays import password_of, reached_from

_RENEW_WITHIN = timedelta(days=14)
_CLOCKS_DIFFER = timedelta(minutes=5)
_SMALL = 1_000_000  # octets; a letter with two pictures is larger
# Exim and Sendmail greet with the time of day, as in a Date field (RFC 5322 3.3).
_TIME_OF_DAY = re.compile(r"(?:\w{3}, )?\d{1,2} \w{3} \d{4} \d\d:\d\d:\d\d (?:[+-]\d{4}|GMT|UTC)")
_MENDS = {
    Step.CONNECT: "check host and port of the relay: dispatch config show",
    Step.GREETING: "try later, or ask the relay's operator",
    Step.HELLO: "ask the relay's operator: EHLO is the first word of every mail",
    Step.TLS: "try later, or ask the relay's operator",
    Step.LOGIN: "check user and password_file of the relay: dispatch config show",
}


def look_at_sandbox(project: Project) -> Sequence[Note]:
    """No relay is configured."""
    seen = f"no relay is configured: nothing leaves this machine, mail is kept in {shown(project.outbox)}"
    return [ok("sandbox", seen, "to send for real, name a [[relay]] in dispatch.toml: dispatch help config")]


async def look_at_relay(project: Project, relay: Relay, people: ListFacts, now: datetime) -> Sequence[Note]:
    """Connection, TLS, certificate, login and offers; what lies behind a failure is left out."""
    placed, hostname = reached_from(project, relay), socket.gethostname()
    try:
        password = password_of(relay, project)
    except ConfigInvalid as error:
        return [trouble("password", error)]
    seen = await visit(placed, password=password, hostname=hostname)
    return list(_notes(relay, seen, people, now))


def _notes(relay: Relay, seen: Visit, people: ListFacts, now: datetime) -> Iterator[Note]:
    failure = seen.failure
    if seen.greeting is not None:
        yield ok("connect", f"{relay.name} answers")
        yield from _clock(seen.greeting, now)
    if seen.greeting is not None or _is_tls(failure):
        yield from _protection(relay, seen, now)
    if failure is None:
        yield _login(relay)
    elif not _is_tls(failure):
        yield _failed(failure)
    if seen.offers is not None and (failure is None or failure.step is Step.LOGIN):
        yield from _offers(seen.offers, people)


def _is_tls(failure: Verdict | None) -> bool:
    return failure is not None and failure.step is Step.TLS


def _failed(failure: Verdict) -> Note:
    names = {Step.CONNECT: "connect", Step.GREETING: "greeting", Step.HELLO: "EHLO", Step.TLS: "TLS"}
    refused = failure.step is Step.LOGIN and failure.reply is not None
    mend = _MENDS[failure.step] if refused or not failure.hint else failure.hint
    return fail(names.get(failure.step, "login"), failure.detail, mend)


def _protection(relay: Relay, seen: Visit, now: datetime) -> Iterator[Note]:
    """TLS and the certificate. One that is refused is told with its names and dates, when they are known."""
    certificate = seen.certificate
    if seen.failure is not None and _is_tls(seen.failure):
        yield _refused(relay, seen.failure, certificate, now) if seen.distrusted else _failed(seen.failure)
    elif seen.protocol is not None:
        yield ok("TLS", f"{seen.protocol}, {seen.cipher}, by {relay.protection}")
        if certificate is not None:
            yield _validity(relay, certificate, now)
    elif relay.protection is Security.NONE and relay.is_loopback:
        yield ok("TLS", "none; the connection does not leave this machine")
    elif relay.protection is Security.NONE:
        yield warn("TLS", "none: mail and password go in clear", 'set security = "starttls" or "tls"')


def _refused(relay: Relay, failure: Verdict, certificate: Certificate | None, now: datetime) -> Note:
    words = failure.detail.rstrip(".")
    if certificate is None:
        return fail("certificate", words, failure.hint or _MENDS[Step.TLS])
    return fail("certificate", f"{words}; it is {_words(certificate)}", _renewal(relay, certificate, now))


def _validity(relay: Relay, certificate: Certificate, now: datetime) -> Note:
    words = f"{_words(certificate)}, valid for {relay.host}"
    left = certificate.ends - now
    if left < _RENEW_WITHIN:
        return warn(
            "certificate", f"{words}: it ends in {left.days} days", "see that its owner renews it in time"
        )
    return ok("certificate", words)


def _words(certificate: Certificate) -> str:
    names = ", ".join(certificate.names[:4]) or "no name"
    more = f" and {len(certificate.names) - 4} more" if len(certificate.names) > 4 else ""
    return (
        f"for {names}{more}, by {certificate.issuer}, "
        f"{certificate.begins:%Y-%m-%d} to {certificate.ends:%Y-%m-%d}"
    )


def _renewal(relay: Relay, certificate: Certificate, now: datetime) -> str:
    if certificate.ends < now:
        return "its owner has to renew it; if today is another day, set the clock: timedatectl set-ntp true"
    if certificate.begins > now:
        return "it is not valid yet: set the clock of this machine: timedatectl set-ntp true"
    usual = next((name for name in certificate.names if "*" not in name), None)
    named = f', such as host = "{usual}"' if usual else ""
    return f"it does not name {relay.host}: use a name that it has{named}"


def _login(relay: Relay) -> Note:
    if relay.user is None:
        return ok("login", "none; the relay is expected to know this machine")
    return ok("login", f"accepted for {relay.user}")


def _offers(offers: Capabilities, people: ListFacts) -> Iterator[Note]:
    if offers.size is None:
        yield ok("size", "no limit is named")
    elif offers.size < _SMALL:
        yield warn(
            "size",
            f"SIZE {offers.size:,}: large letters will be refused",
            "ask the relay's operator for more",
        )
    else:
        yield ok("size", f"SIZE {offers.size:,}, {offers.size / 1e6:,.0f} MB a letter")
    kept = {"PIPELINING": offers.pipelining, "SMTPUTF8": offers.smtputf8, "DSN": offers.dsn}
    words = ", ".join(name if there else f"no {name}" for name, there in kept.items())
    if people.international and not offers.smtputf8:
        seen_words = (
            f"{words}: {people.international:,} addresses of the list need SMTPUTF8 and will be skipped"
        )
        yield warn(
            "offers", seen_words, "use a relay that offers SMTPUTF8, or ask those readers for another address"
        )
    else:
        yield ok("offers", words)


def _clock(greeting: str, now: datetime) -> Iterator[Note]:
    """This machine's clock against the relay's, where its greeting shows one."""
    found = _TIME_OF_DAY.search(greeting)
    if found is None:
        return
    try:
        there = parsedate_to_datetime(found[0]).astimezone(UTC)
    except ValueError:
        return
    apart = abs(now - there)
    words = f"{apart.total_seconds():,.0f} s from the relay's"
    if apart > _CLOCKS_DIFFER:
        yield warn(
            "clock", f"this machine's is {words}, {there:%Y-%m-%d %H:%M} UTC", "timedatectl set-ntp true"
        )
    else:
        yield ok("clock", words)
