"""The class of a failure, by what servers say."""

from __future__ import annotations

import pytest

from dispatch.mail.diagnosis import diagnose, reply_code
from tests.mail.reports import replies


@pytest.mark.parametrize(("expected", "text"), list(replies()))
def test_what_servers_say_has_its_class(expected: str, text: str) -> None:
    """Hard, soft or block."""
    assert diagnose(text).failure.value == expected


@pytest.mark.parametrize(
    ("status", "text", "expected"),
    [
        ("5.1.1", "", "hard"),
        ("5.1.1", "550 message refused, see our spam policy", "block"),
        ("5.1.1", "550 user is over quota", "soft"),
        ("5.0.0", "550 5.7.1 relaying denied", "block"),
        ("4.4.7", "delivery time expired", "soft"),
        ("5.0.0", "450 4.1.1 user unknown", "soft"),
        ("4.0.0", "550 user unknown", "soft"),
        ("5.2.2", "", "soft"),
        ("5.7.26", "", "block"),
        ("", "", "soft"),
    ],
)
def test_status_and_words_are_weighed_together(status: str, text: str, expected: str) -> None:
    """Policy words beat the code, a full mailbox is soft whatever its code, a 4 is never for good."""
    assert diagnose(text, status=status).failure.value == expected


@pytest.mark.parametrize("text", ["in 450 bytes", "192.0.2.550", "id=550@x", "5500", "call 555-0100"])
def test_numbers_that_are_no_reply_codes(text: str) -> None:
    """A code stands alone, before words."""
    assert reply_code(text) is None
