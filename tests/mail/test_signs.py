"""Signs of a bounce: sender, subject and opening, two of three."""

from __future__ import annotations

import pytest

from dispatch.mail.notice import explanation
from dispatch.mail.parts import take_apart
from dispatch.mail.signs import looks_like_bounce


def _is_bounce(raw: bytes) -> bool:
    message = take_apart(raw)
    return looks_like_bounce(message, explanation(message))


def _mail(body: str, sender: str, subject: str) -> bytes:
    return f"From: {sender}\nTo: ann@letters.example.com\nSubject: {subject}\n\n{body}".encode()


@pytest.mark.parametrize(
    ("sender", "subject", "body", "expected"),
    [
        ("MAILER-DAEMON@example.org", "hello", "user unknown", True),
        ("robot@example.org", "Undelivered Mail", "it could not be delivered", True),
        ("shop@example.org", "Delivery failed", "Your parcel could not be delivered", False),
        ("kim@example.net", "hello", "it could not be delivered", False),
        ("postmaster@example.org", "New rules for mailboxes", "Please read.", False),
    ],
)
def test_two_signs_of_three_make_a_bounce(sender: str, subject: str, body: str, expected: bool) -> None:
    """Sender, subject, opening."""
    assert _is_bounce(_mail(body, sender, subject)) is expected


def test_an_empty_return_path_and_our_mail_make_a_bounce_of_any_subject() -> None:
    """Some providers write as if they were the reader."""
    attached = b"\n--b\nContent-Type: message/rfc822\n\nTo: kim@example.net\n\nx\n--b--\n"
    head = b"From: box@example.net\nSubject: Mail\nContent-Type: multipart/mixed; boundary=b\n"
    text = b"\n--b\n\nYour mail could not be delivered to <kim@example.net>"
    assert _is_bounce(b"Return-Path: <>\n" + head + text + attached)
    assert not _is_bounce(head + text + attached)
    assert not _is_bounce(b"Return-Path: <>\n" + head + text + b"\n--b--\n")
