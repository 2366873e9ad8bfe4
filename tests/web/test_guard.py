"""The door: who comes in, and with which headers answers go out."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from dispatch.web.guard import Guard, Message, Receive, Scope, Send

HOSTS = frozenset({"127.0.0.1:80", "localhost:80"})


async def _inside(_scope: Scope, _receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [(b"cache-control", b"private")]})
    await send({"type": "http.response.body", "body": b"secret"})


def _asked(path: str, *hosts: str, kind: str = "http") -> list[Message]:
    """What the door sends for a request with these Host fields."""
    sent: list[Message] = []

    async def receive() -> Message:
        return {}

    async def send(message: Message) -> None:
        sent.append(message)

    headers = [(b"host", host.encode()) for host in hosts]
    scope: dict[str, Any] = {"type": kind, "path": path, "headers": headers}
    asyncio.run(Guard(_inside, token="word", hosts=HOSTS)(scope, receive, send))
    return sent


@pytest.mark.parametrize("host", ["127.0.0.1:80", "LOCALHOST:80"])
def test_the_word_and_a_host_of_ours_open(host: str) -> None:
    """The host's case does not matter."""
    assert _asked("/word/x", host)[0]["status"] == 200


@pytest.mark.parametrize(
    ("path", "hosts"),
    [
        ("/", ["127.0.0.1:80"]),
        ("/wor/x", ["127.0.0.1:80"]),
        ("/WORD/x", ["127.0.0.1:80"]),
        ("/wördé/x", ["127.0.0.1:80"]),
        ("/word/x", []),
        ("/word/x", ["example.com"]),
        ("/word/x", ["127.0.0.1"]),
        ("/word/x", ["127.0.0.1:80", "example.com"]),
        ("/word/x", ["127.0.0.1:80@example.com"]),
    ],
)
def test_anything_else_is_turned_away(path: str, hosts: list[str]) -> None:
    """With nothing of what is inside."""
    start, body = _asked(path, *hosts)
    assert start["status"] == 403
    assert b"secret" not in body["body"]
    assert b"content-security-policy" in dict(start["headers"])


def test_an_answer_keeps_its_own_headers() -> None:
    """What it does not say is said for it."""
    headers = dict(_asked("/word/", "localhost:80")[0]["headers"])
    assert headers[b"cache-control"] == b"private"
    assert headers[b"x-content-type-options"] == b"nosniff"
    assert b"default-src 'none'" in headers[b"content-security-policy"]
