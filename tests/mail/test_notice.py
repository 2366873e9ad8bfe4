"""Bounces in words: what is one, where its explanation ends, and whom it is about."""

from __future__ import annotations

import pytest

from dispatch.mail.notice import explanation, read_notice
from dispatch.mail.parts import take_apart


def _mail(body: str, sender: str = "MAILER-DAEMON@example.org", subject: str = "failure notice") -> bytes:
    return f"From: {sender}\nTo: ann@letters.example.com\nSubject: {subject}\n\n{body}".encode()


@pytest.mark.parametrize(
    "mark",
    [
        "--- Below this line is a copy of the message.",
        "------ This is a copy of the message, including all the headers. ------",
        "----- Original message -----",
        "   ----- Unsent message follows -----",
        "Original message follows.",
        "Received: from a.example by b.example",
        ">Return-Path: <ann@letters.example.com>",
    ],
)
def test_the_explanation_ends_where_the_returned_mail_begins(mark: str) -> None:
    """What the mail itself says is no reason for its return."""
    body = f"It could not be delivered, sorry.\n\n{mark}\n\nThe mailbox is full of spam.\n"
    assert "spam" not in explanation(take_apart(_mail(body)))


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("<kim@example.net>:\nuser unknown; questions to help@example.org\n", "kim@example.net"),
        ("mail from: ann@letters.example.com\nrcpt to: kim@example.net\n", "kim@example.net"),
        (
            "To: all@example.org\n\ndid not reach the following recipient(s):\n\nkim@example.net on Monday\n",
            "kim@example.net",
        ),
        (
            "Your mail to kim@example.net could not be delivered.\nContact postmaster@example.org.\n",
            "kim@example.net",
        ),
    ],
)
def test_the_failed_address_is_told_from_the_others(body: str, expected: str) -> None:
    """By its place in the text; never the sender's own, nor a postmaster's."""
    assert read_notice(take_apart(_mail(body))).recipients == (expected,)


def test_of_an_unnamed_recipient_the_returned_mail_tells() -> None:
    """By its To."""
    raw = (
        b"From: postmaster@example.org\nSubject: Undeliverable\nContent-Type: multipart/mixed; boundary=b\n\n"
        b"--b\n\nYour mail could not be delivered.\n--b\n"
        b"Content-Type: message/rfc822\n\nTo: kim@example.net\n\nx\n--b--\n"
    )
    assert read_notice(take_apart(raw)).recipients == ("kim@example.net",)


def test_names_without_a_domain_are_of_the_system_that_writes() -> None:
    """AOL does; a sender that is no system is not believed."""
    text = b"Subject: Mail Delivery Problem\n\nMail to the following recipients was refused:\n\tkim\n\tlee\n"
    assert read_notice(take_apart(b"From: MAILER-DAEMON@AOL.com\n" + text)).recipients == (
        "kim@aol.com",
        "lee@aol.com",
    )
    assert read_notice(take_apart(b"From: eve@aol.com\n" + text)).recipients == ()
