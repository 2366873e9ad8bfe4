"""What every request passes: strict headers, a bound for its size and time, and one line for the log.

The log has no address of a reader, no client and no token: `POST /u/...`.
"""

from __future__ import annotations

import asyncio
import ipaddress
import time
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),  # the token stands in the address
    (b"cache-control", b"no-store"),
    (b"x-robots-tag", b"noindex"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
)
_POLICY = (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'")
_SECURE = (b"strict-transport-security", b"max-age=31536000")
_PATIENCE = 20.0  # seconds for a body to arrive
_PLACES = frozenset({"u", "p", "subscribe", "confirm", "forget", "health"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One request, for the log. `place` is its path without what is a person's own; `seconds` how long."""

    method: str
    place: str
    status: int
    seconds: float


class Porch:
    """Around the pages. `prefix` is the path of the public address, which a proxy may leave in front."""

    def __init__(
        self,
        inner: Application,
        *,
        prefix: str,
        is_secure: bool,
        behind_proxy: bool,
        largest_body: int,
        tell: Callable[[Visit], None],
    ) -> None:
        self._inner = inner
        self._prefix = prefix
        self._headers = (*_HEADERS, _SECURE) if is_secure else _HEADERS
        self._behind_proxy = behind_proxy
        self._largest = largest_body
        self._tell = tell

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            return
        started = time.monotonic()
        path = scope["path"]
        if self._prefix and path.startswith(f"{self._prefix}/"):
            path = path[len(self._prefix) :]
        scope = {**scope, "path": path, "raw_path": None, "client": (self._client(scope), 0)}
        answer = _Answer(send, self._headers)
        try:
            await self._serve(scope, receive, answer)
        except Exception:  # noqa: BLE001 - the page said so and the log has it; uvicorn would log a whole traceback
            answer.status = answer.status or 500
        finally:
            seconds = time.monotonic() - started
            self._tell(
                Visit(method=_method(scope), place=_place(path), status=answer.status, seconds=seconds)
            )

    async def _serve(self, scope: Scope, receive: Receive, answer: _Answer) -> None:
        try:
            body = await asyncio.wait_for(_whole(scope, receive, self._largest), _PATIENCE)
        except TimeoutError:
            await answer.plainly(408)
        except _TooLarge:
            await answer.plainly(413)
        else:
            await self._inner(scope, _given(body, receive), answer)

    def _client(self, scope: Scope) -> str:
        """Who asks. Only a proxy on our own side is believed, and only the last address, which it wrote."""
        peer = scope["client"][0] if scope.get("client") else ""
        if not self._behind_proxy or not _is_ours(peer):
            return peer
        forwarded = [value for name, value in scope["headers"] if name == b"x-forwarded-for"]
        last = forwarded[-1].decode("latin-1").rpartition(",")[2].strip() if forwarded else ""
        return last or peer


class _TooLarge(Exception):
    """The body is larger than any form of ours."""


class _Answer:
    """Sends on, with the strict headers; remembers the status."""

    def __init__(self, send: Send, headers: tuple[tuple[bytes, bytes], ...]) -> None:
        self._send = send
        self._headers = headers
        self.status = 0

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            given = list(message.get("headers", []))
            policy = () if any(name == _POLICY[0] for name, _ in given) else (_POLICY,)
            message = {**message, "headers": [*given, *self._headers, *policy]}
        await self._send(message)

    async def plainly(self, status: int) -> None:
        """Answer without a page: whoever sends such a body is no browser of a reader."""
        headers = [(b"content-length", b"0"), (b"connection", b"close")]
        await self({"type": "http.response.start", "status": status, "headers": headers})
        await self._send({"type": "http.response.body", "body": b""})


async def _whole(scope: Scope, receive: Receive, largest: int) -> bytes:
    """The body. Raises _TooLarge, by what is announced or by what comes."""
    announced = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
    if announced.isdigit() and int(announced) > largest:
        raise _TooLarge
    body = b""
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return body
        body += bytes(message.get("body", b""))
        if len(body) > largest:
            raise _TooLarge
        if not message.get("more_body", False):
            return body


def _given(body: bytes, receive: Receive) -> Receive:
    """The body at once, and then what else comes of the connection."""
    waiting = [body]

    async def receiving() -> Message:
        if waiting:
            return {"type": "http.request", "body": waiting.pop(), "more_body": False}
        return await receive()

    return receiving


def _is_ours(peer: str) -> bool:
    if not peer:  # a socket of the file system has no address
        return True
    try:
        address = ipaddress.ip_address(peer)
    except ValueError:
        return False
    return address.is_loopback or address.is_private


def _method(scope: Scope) -> str:
    known = {"GET", "HEAD", "POST", "OPTIONS", "PUT", "DELETE", "PATCH"}
    return scope["method"] if scope["method"] in known else "?"


def _place(path: str) -> str:
    first, slash, _ = path.lstrip("/").partition("/")
    return f"/{first}{'/...' if slash else ''}" if first in _PLACES else "/..."
