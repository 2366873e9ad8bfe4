"""Complaints: RFC 5965, and what providers made of it."""

from __future__ import annotations

import pytest

from dispatch.mail.complaint import Complaint, read_complaint
from dispatch.mail.parts import take_apart


def _report(fields: str, original: str = "To: kim@example.net") -> Complaint | None:
    raw = (
        'Content-Type: multipart/report; report-type=feedback-report; boundary="b"\n\n--b\n'
        f"Content-Type: message/feedback-report\n\n{fields}\n--b\n"
        f"Content-Type: message/rfc822\n\n{original}\n\nx\n--b--\n"
    )
    return read_complaint(take_apart(raw.encode()))


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ("Feedback-Type: abuse\nOriginal-Rcpt-To: <lee@example.org>", "lee@example.org"),
        ("Feedback-Type: abuse\nOriginal-Rcpt-To:\n lee@example.org", "lee@example.org"),
        ("Feedback-Type: abuse\nRemoval-Recipient: lee@example.org", "lee@example.org"),
        ("Feedback-Type: abuse", "kim@example.net"),
        ("User-Agent: x", "kim@example.net"),
    ],
)
def test_whom_it_is_from(fields: str, expected: str) -> None:
    """By the report, else by the mail that came back."""
    complaint = _report(fields)
    assert complaint is not None
    assert (complaint.recipients, complaint.instead, complaint.leaves) == ((expected,), "", False)


@pytest.mark.parametrize("kind", ["not-spam", "auth-failure", "dmarc"])
def test_what_is_no_complaint(kind: str) -> None:
    """The same form carries other news."""
    complaint = _report(f"Feedback-Type: {kind}")
    assert complaint is not None
    assert complaint.instead


def test_a_wish_to_leave() -> None:
    """Opt-out is not abuse."""
    complaint = _report("Feedback-Type: opt-out-list")
    assert complaint is not None
    assert complaint.leaves


def test_a_person_who_complains_is_no_report() -> None:
    """The subject alone is not enough: it must come from where reports come from."""
    assert read_complaint(take_apart(b"From: kim@example.net\nSubject: abuse report\n\nStop it!\n")) is None


def test_every_recipient_of_a_report_counts() -> None:
    """Some collect the readers of one mail in one report."""
    complaint = _report(
        "Feedback-Type: abuse\nOriginal-Rcpt-To: kim@example.net\nOriginal-Rcpt-To: lee@example.org"
    )
    assert complaint is not None
    assert complaint.recipients == ("kim@example.net", "lee@example.org")
