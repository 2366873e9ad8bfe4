"""A visit to a relay: connect, secure, greet, log in and leave, as a run would, without a word about mail.

What was learned is a value, also when the visit ended half-way; judging it is left to the doctor.
"""

from __future__ import annotations

import ssl
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from dispatch.mail.reply import Verdict, printable
from dispatch.model.settings import Relay
from dispatch.send.opening import Opening, SessionFailure
from dispatch.send.session import Session
from dispatch.send.transaction import Capabilities, Timeouts

# Somebody waits in front of the screen; a relay that needs longer is worth a line.
PATIENCE = Timeouts(connect=10, greeting=30, hello=20, tls=15, login=20, quit=2)
_NO_CHECK_TIME = ssl.VerifyFlags(0x200000)  # OpenSSL's X509_V_FLAG_NO_CHECK_TIME, which Python does not name


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """What a relay says about itself; times in UTC."""

    names: tuple[str, ...]
    issuer: str
    begins: datetime
    ends: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """What was learned. `failure` tells the step at which it ended; None when all went well.

    `distrusted` is whether it ended for the certificate; `certificate` is then the one that was not accepted,
    if only its date or its names are wrong.
    """

    greeting: str | None
    protocol: str | None
    cipher: str
    certificate: Certificate | None
    offers: Capabilities | None
    failure: Verdict | None
    distrusted: bool = False


async def visit(relay: Relay, *, password: str | None, hostname: str, timeouts: Timeouts = PATIENCE) -> Visit:
    """Visit the relay with the login that is configured; once more, without it, for a refused certificate."""
    session = Session(relay, password=password, hostname=hostname, timeouts=timeouts)
    opening = session.opening()
    failure = await _attempt(session, opening)
    seen = _seen(opening, failure.verdict if failure else None)
    if failure is None or not failure.distrusts:
        return seen
    certificate = await _refused_certificate(relay, hostname, timeouts)
    return replace(seen, certificate=certificate, distrusted=True)


async def _refused_certificate(relay: Relay, hostname: str, timeouts: Timeouts) -> Certificate | None:
    """What is wrong has to be shown. Its signature is still checked, and nothing is said but EHLO."""
    context = ssl.create_default_context(cafile=relay.ca_file)
    context.check_hostname = False
    context.verify_flags |= _NO_CHECK_TIME
    stranger = relay.model_copy(update={"user": None})
    session = Session(stranger, password=None, hostname=hostname, timeouts=timeouts)
    opening = session.opening(context)
    await _attempt(session, opening)
    return _seen(opening, None).certificate


async def _attempt(session: Session, opening: Opening) -> SessionFailure | None:
    try:
        await session.open(opening)
    except SessionFailure as failure:
        return failure
    finally:
        await session.quit()
    return None


def _seen(opening: Opening, failure: Verdict | None) -> Visit:
    tls = opening.tls
    cipher = tls.cipher() if tls else None
    return Visit(
        greeting=opening.greeting,
        protocol=tls.version() if tls else None,
        cipher=cipher[0] if cipher else "",
        certificate=_certificate(tls.getpeercert() or {}) if tls else None,
        offers=opening.offers,
        failure=failure,
    )


def _certificate(found: dict[str, Any]) -> Certificate | None:
    """Python's words for a certificate as ours; None when it tells nothing."""
    if not found:
        return None
    issuer = {name: value for part in found.get("issuer", ()) for name, value in part}
    names = tuple(printable(value) for _, value in found.get("subjectAltName", ()))
    return Certificate(
        names=names,
        issuer=printable(issuer.get("organizationName") or issuer.get("commonName") or "nobody named"),
        begins=_moment(found["notBefore"]),
        ends=_moment(found["notAfter"]),
    )


def _moment(text: str) -> datetime:
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(text), UTC)
