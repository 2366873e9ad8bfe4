"""The porch: who asks, what passes, what is told."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

import pytest

from dispatch.web.porch import Message, Porch, Receive, Scope, Send, Visit


async def _echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers with the client, the path and the body."""
    body = (await receive())["body"]
    if scope["path"] == "/broken":
        raise ValueError("reader0@example.com")
    words = f"{scope['client'][0]} {scope['path']} ".encode() + body
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": words})


def _ask(
    path: str = "/u/T",
    *,
    peer: str | None = "127.0.0.1",
    headers: Iterable[tuple[bytes, bytes]] = (),
    body: bytes = b"",
    behind_proxy: bool = False,
    method: str = "POST",
) -> tuple[list[Message], list[Visit]]:
    sent: list[Message] = []
    told: list[Visit] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    porch = Porch(
        _echo,
        prefix="/letters",
        is_secure=True,
        behind_proxy=behind_proxy,
        largest_body=100,
        tell=told.append,
    )
    client = (peer, 1) if peer is not None else None
    scope = {"type": "http", "method": method, "path": path, "headers": list(headers), "client": client}
    asyncio.run(porch(scope, receive, send))
    return sent, told


@pytest.mark.parametrize(
    ("peer", "forwarded", "behind_proxy", "client"),
    [
        ("127.0.0.1", b"198.51.100.1", True, "198.51.100.1"),
        ("10.0.0.2", b"203.0.113.1, 198.51.100.1", True, "198.51.100.1"),
        (None, b"198.51.100.1", True, "198.51.100.1"),
        ("9.9.9.9", b"192.0.2.1", True, "9.9.9.9"),
        ("127.0.0.1", b"198.51.100.1", False, "127.0.0.1"),
        ("127.0.0.1", b"", True, "127.0.0.1"),
    ],
)
def test_who_asks(peer: str | None, forwarded: bytes, behind_proxy: bool, client: str) -> None:
    """Only a proxy of ours is believed, and only what it wrote itself, which stands last."""
    headers = [(b"x-forwarded-for", forwarded)]
    sent, _ = _ask(peer=peer, headers=headers, behind_proxy=behind_proxy)
    assert sent[1]["body"].decode().split()[0] == client


@pytest.mark.parametrize(
    ("path", "inside", "place"),
    [
        ("/letters/u/T", "/u/T", "/u/..."),
        ("/u/T", "/u/T", "/u/..."),
        ("/lettersx", "/lettersx", "/..."),
        ("/ann@example.com", "/ann@example.com", "/..."),
        ("/subscribe", "/subscribe", "/subscribe"),
    ],
)
def test_the_prefix_and_what_is_told(path: str, inside: str, place: str) -> None:
    """The path of the public address may be left in front; the log has the page and nothing of a person."""
    sent, (visit,) = _ask(path)
    assert sent[1]["body"].decode().split()[1] == inside
    assert (visit.method, visit.place, visit.status) == ("POST", place, 200)


def test_answers_are_strict() -> None:
    """Also where a page brings no policy of its own."""
    headers = dict(_ask()[0][0]["headers"])
    assert headers[b"content-security-policy"] == b"default-src 'none'; frame-ancestors 'none'"
    assert headers[b"strict-transport-security"] == b"max-age=31536000"
    assert headers[b"referrer-policy"] == b"no-referrer"


@pytest.mark.parametrize("announced", [True, False])
def test_a_large_body_stays_outside(announced: bool) -> None:
    """By its announcement, or by what comes."""
    headers = [(b"content-length", b"101")] if announced else []
    sent, (visit,) = _ask(body=b"" if announced else b"x" * 101, headers=headers)
    assert (sent[0]["status"], visit.status) == (413, 413)
    assert _ask(body=b"x" * 100)[0][0]["status"] == 200


def test_a_fault_inside_is_told_without_its_words() -> None:
    """A status for the log, no traceback, and nothing of whom it was about."""
    _, (visit,) = _ask("/broken", method="BREW")
    assert (visit.status, visit.method) == (500, "?")
