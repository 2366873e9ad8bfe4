"""Delivery status notifications, also those that are not quite as RFC 3464 has them."""

from __future__ import annotations

import pytest

from dispatch.mail.dsn import Recipient, read_status
from dispatch.mail.parts import take_apart

HEAD = b'Content-Type: multipart/report; boundary="b"\n\n--b\nContent-Type: message/delivery-status\n\n'


def _only(fields: str) -> Recipient:
    report = read_status(take_apart(HEAD + b"Reporting-MTA: dns; a\n\n" + fields.encode() + b"\n--b--\n"))
    assert report is not None
    (recipient,) = report.recipients
    return recipient


def test_the_original_recipient_is_the_one_that_was_written_to() -> None:
    """The final one may be an alias that nobody here knows."""
    assert _only(
        "Final-Recipient: rfc822; a@b.example\nOriginal-Recipient: rfc822; kim@example.net"
    ).address == ("kim@example.net")


@pytest.mark.parametrize(
    "field",
    [
        "rfc822;kim+2Bx@example.net",
        "rfc822; <kim+x@example.net>",
        "kim+x@example.net",
        "LOCAL; kim+x@example.net",
    ],
)
def test_addresses_in_their_odd_spellings(field: str) -> None:
    """Typed or not, in brackets, in xtext."""
    assert _only(f"Final-Recipient: {field}").address == "kim+x@example.net"


@pytest.mark.parametrize(
    ("fields", "failed"),
    [
        ("Action: failed\nStatus: 5.1.1", True),
        ("Action: Failed (User unknown)\nStatus: 5.1.1", True),
        ("Action: failed\nStatus: 4.4.7", True),
        ("Status: 5.1.1", True),
        ("Action: delayed\nStatus: 4.2.0", False),
        ("Action: delivered\nStatus: 2.0.0", False),
        ("Action: relayed", False),
        ("Action: expanded", False),
        ("Status: 2.1.5", False),
    ],
)
def test_only_what_has_failed_has_failed(fields: str, failed: bool) -> None:
    """Delays, relays and deliveries mean nothing bad."""
    assert _only(f"Final-Recipient: rfc822; a@b.example\n{fields}").failed is failed


def test_folded_fields_and_comments_are_part_of_the_diagnostic() -> None:
    """In one line, without the type in front."""
    recipient = _only("Status: 5.0.0 (disk quota)\nDiagnostic-Code: smtp; 550 no\n such user\nAction: failed")
    assert recipient.diagnostic == "550 no such user disk quota)"


def test_fields_as_plain_text_are_read_too() -> None:
    """Some gateways lose the type of the part."""
    raw = b"Subject: x\n\nReporting-MTA: dns; a\n\nFinal-Recipient: rfc822; kim@example.net\nAction: failed\n"
    report = read_status(take_apart(raw))
    assert report is not None
    assert report.recipients[0].address == "kim@example.net"


def test_a_report_inside_the_returned_mail_is_not_this_one() -> None:
    """A bounce about a bounce is read by its own part."""
    inner = HEAD + b"X: y\n\nFinal-Recipient: rfc822; inner@example.net\nAction: failed\n--b--\n"
    raw = (
        b'Content-Type: multipart/report; boundary="o"\n\n--o\nContent-Type: message/delivery-status\n\n'
        b"Reporting-MTA: dns; a\n\nFinal-Recipient: rfc822; outer@example.net\nAction: failed\n--o\n"
        b"Content-Type: message/rfc822\n\n" + inner + b"\n--o--\n"
    )
    report = read_status(take_apart(raw))
    assert report is not None
    assert [one.address for one in report.recipients] == ["outer@example.net"]
