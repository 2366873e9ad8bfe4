"""What Amazon SES tells by mail when its topic has a mailbox for a reader: JSON, not a report of RFC 3464.

The fields are those of the documentation of SES, "Amazon SNS notification contents".
"""

from __future__ import annotations

import json
import re
from typing import Any

from dispatch.mail.parts import Part

_LONGEST = 1 << 16
_EVENTS = frozenset({"Bounce", "Complaint", "Delivery"})
_OPENING = re.compile(r'\s{0,50}\{.{0,2000}?"(?:notificationType|eventType|Message)\\?"', re.DOTALL)
# sendmail breaks a line of more than 990 octets with an exclamation mark, in the midst of a word.
_BROKEN = re.compile(r"!\n ")


def read_ses(message: Part) -> dict[str, Any] | None:
    """The notification in a message, or None."""
    for part in message.walk():
        text = part.text[:_LONGEST]
        if part.kind == "text/plain" and _OPENING.match(text):
            told = _json(_BROKEN.sub("", text))
            inside = told.get("Message")
            told = _json(inside) if isinstance(inside, str) else told
            if str(told.get("notificationType", told.get("eventType"))) in _EVENTS:
                return told
    return None


def told_of(notification: dict[str, Any], event: str, recipients: str) -> list[dict[str, Any]]:
    """The entries of one event's recipients, such as `bounce` and `bouncedRecipients`."""
    entries = _object(notification.get(event)).get(recipients)
    return [one for one in entries if isinstance(one, dict)][:100] if isinstance(entries, list) else []


def word_of(notification: dict[str, Any], event: str, name: str) -> str:
    """A word of an event, such as its `bounceType`; empty when it is not there."""
    return str(_object(notification.get(event)).get(name) or "")


def _json(text: str) -> dict[str, Any]:
    try:
        return _object(json.JSONDecoder().raw_decode(text.lstrip())[0])
    except (ValueError, RecursionError):
        return {}


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
