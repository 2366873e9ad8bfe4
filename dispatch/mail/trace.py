"""Whose copy a message is about: our own signed token, wherever the ways of mail have carried it.

In the address that it was sent to (VERP), in the mark on the envelope (RFC 3461 ENVID), in the returned mail.
Only a token that the newsletter's keys made counts; everything else in a report can be written by anyone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from dispatch.mail.parts import Part

BOUNCE = "bounce"
UNSUBSCRIBE = "unsubscribe"
Verify = Callable[[str, str], int | None]
"""Purpose and token to the id of the copy, or None."""

_MAX_CANDIDATES = 300
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """The copy that a token names. `leaving` is set when the mail itself was sent to leave the list."""

    delivery_id: int
    leaving: bool = False


def find_trace(message: Part, envelope_id: str, verify: Verify) -> Trace | None:
    """The first valid token: of the address and the subject first, then of the envelope, then of the rest."""
    for text in (*message.all(*_ADDRESSED), message.get("subject")):
        for token in _tokens(text):
            if (leaving := verify(UNSUBSCRIBE, token)) is not None:
                return Trace(delivery_id=leaving, leaving=True)
            if (bounced := verify(BOUNCE, token)) is not None:
                return Trace(delivery_id=bounced)
    for _, text in zip(range(_MAX_CANDIDATES), _everything(message, envelope_id), strict=False):
        for token in _tokens(text):
            for purpose in (BOUNCE, UNSUBSCRIBE):
                if (found := verify(purpose, token)) is not None:
                    return Trace(delivery_id=found)
    return None


def _everything(message: Part, envelope_id: str) -> Iterator[str]:
    yield envelope_id
    for part in message.walk():
        yield part.text
        for name, value in part.headers:
            if name not in {"dkim-signature", "arc-seal", "arc-message-signature", "authentication-results"}:
                yield value


def _tokens(text: str) -> Iterator[str]:
    for _, match in zip(range(_MAX_CANDIDATES), _CANDIDATE.finditer(text), strict=False):
        yield match[0]
