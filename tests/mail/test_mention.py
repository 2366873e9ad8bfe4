"""Addresses in running text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.mail.mention import is_official, mentioned


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<kim@example.net>: unknown", ["kim@example.net"]),
        ("rfc822;kim@example.net", ["kim@example.net"]),
        ("kim@example.net.", ["kim@example.net"]),
        (
            '"Kim" <kim+x@mail.example.co.uk>, lee@example.org',
            ["kim+x@mail.example.co.uk", "lee@example.org"],
        ),
        ("SMTP=kim@example.net;", ["kim@example.net"]),
        ("收件人邮件地址（ben@qq.com）不存在", ["ben@qq.com"]),
        ("müller@example.de", ["müller@example.de"]),
        ("bounces+kim=example.net@letters.example.com", ["bounces+kim=example.net@letters.example.com"]),
        ("@example.net, kim@, kim@@example.net", []),
        ("kim@[192.0.2.7]", ["kim@[192.0.2.7]"]),
    ],
)
def test_addresses_are_found_as_they_are_spelled(text: str, expected: list[str]) -> None:
    """Without the punctuation of the sentence around them."""
    assert list(mentioned(text)) == expected


@given(st.text(alphabet="a.@<>= \n+-（é", max_size=300))
def test_whatever_is_found_has_two_halves(text: str) -> None:
    """And no blank in it."""
    assert all(address.count("@") == 1 and not address.isspace() for address in mentioned(text))


def test_systems_are_told_from_people() -> None:
    """Nobody's newsletter goes to them."""
    assert is_official("MAILER-DAEMON@example.net")
    assert is_official("postmaster@example.net")
    assert is_official("bounces+x@example.net")
    assert not is_official("post@example.net")
