"""The door of the workbench: it opens to this machine's own browser, and only with the word in the address.

A page of a foreign site can neither guess the token nor pass the Host check, which also stops DNS rebinding
(the name is theirs, the address ours).
"""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

_PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-dns-prefetch-control", b"off"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cache-control", b"no-store"),
)
_CLOSED = b"403: open the address that dispatch preview --web printed\n"


class Guard:
    """Answers 403 to a request without the token or with a foreign Host; what passes gets strict headers."""

    def __init__(self, inner: Application, *, token: str, hosts: frozenset[str]) -> None:
        self._inner = inner
        self._token = token.encode()
        self._hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._inner(scope, receive, send)
        elif self._is_welcome(scope):
            await self._inner(scope, receive, _strict(send))
        else:
            headers = [(b"content-type", b"text/plain"), (b"content-length", str(len(_CLOSED)).encode())]
            await _strict(send)({"type": "http.response.start", "status": 403, "headers": headers})
            await send({"type": "http.response.body", "body": _CLOSED})

    def _is_welcome(self, scope: Scope) -> bool:
        hosts = [value.decode("latin-1").lower() for name, value in scope["headers"] if name == b"host"]
        given = scope["path"].lstrip("/").partition("/")[0].encode("utf-8", "replace")
        return len(hosts) == 1 and hosts[0] in self._hosts and hmac.compare_digest(given, self._token)


def _strict(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            given = list(message.get("headers", []))
            names = {name.lower() for name, _ in given}
            policy = (b"content-security-policy", _PAGE_POLICY.encode())
            message = {
                **message,
                "headers": [*given, *(one for one in (*_HEADERS, policy) if one[0] not in names)],
            }
        await send(message)

    return sending
