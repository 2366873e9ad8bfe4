"""Whose copy a message is about: our own signed token, wherever the ways of mail have carried it.

In the address that it was sent to (VERP), in the mark on the envelope (RFC 3461 ENVID), in the returned mail.
Only a token that the newsletter's keys made counts; everything else in a report can be written by anyone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from dispatch.mail.parts import Part

BOUNCE = "bounce"
UNSUBSCRIBE = "unsubscribe"
PREFERENCES = "preferences"
Verify = Callable[[str, str], int | None]
"""Purpose and token to the id of the copy, or None."""

_MAX_CANDIDATES = 2_000
_CANDIDATE = re.compile(r"(?<![A-Za-z0-9_-])(?:[A-Za-z0-9_-]{26}|[A-Za-z2-7]{31})(?![A-Za-z0-9_-])")
_ADDRESSED = (
    "x-original-to",
    "delivered-to",
    "envelope-to",
    "x-envelope-to",
    "x-delivered-to",
    "x-forwarded-to",
    "x-rcpt-to",
    "to",
    "cc",
    "received",
)
_LONG_WITHOUT_US = frozenset(
    {
        "dkim-signature",
        "arc-seal",
        "arc-message-signature",
        "arc-authentication-results",
        "authentication-results",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """The copy that a token names. `leaving` is set when the mail itself was sent to leave the list."""

    delivery_id: int
    leaving: bool = False


def find_trace(message: Part, envelope_id: str, verify: Verify) -> Trace | None:
    """The first valid token: of the address and the subject first, then of the envelope, then of the rest."""
    for token in _tokens((*message.all(*_ADDRESSED), message.get("subject"))):
        if (leaving := verify(UNSUBSCRIBE, token)) is not None:
            return Trace(delivery_id=leaving, leaving=True)
        if (bounced := verify(BOUNCE, token)) is not None:
            return Trace(delivery_id=bounced)
    for token in _tokens(_everything(message, envelope_id)):
        for purpose in (BOUNCE, UNSUBSCRIBE):
            if (found := verify(purpose, token)) is not None:
                return Trace(delivery_id=found)
    return None


def _everything(message: Part, envelope_id: str) -> Iterator[str]:
    yield envelope_id
    for part in message.walk():
        yield part.text
        yield from (value for name, value in part.headers if name not in _LONG_WITHOUT_US)


def _tokens(texts: Iterable[str]) -> Iterator[str]:
    """What looks like a token, so many at most: each costs a signature to try."""
    found = (match[0] for text in texts for match in _CANDIDATE.finditer(text))
    return islice(found, _MAX_CANDIDATES)
