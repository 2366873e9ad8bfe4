"""The one door to the web for links that others wrote: it never opens to this machine or its own network.

A host is resolved first; when any of its addresses is not a public one, nothing is connected. The connection
goes to the very address that was looked at, so a second answer of the DNS changes nothing, and each redirect
is looked at anew. Sizes, times and redirects are capped.
"""

from __future__ import annotations

import ipaddress
import socket
import threading
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

from dispatch.check.view import Answer
from dispatch.errors import UsageError

_MOST_REDIRECTS = 5
_WAIT = 10.0  # seconds for an address, its redirects included
_MOST_BYTES = 64 * 1024
_AT_ONCE = 8
_PORTS = frozenset({80, 443, 8080, 8443})
_AGENT = "dispatch-check/1 (link check before sending a newsletter)"
_INSTEAD_OF_HEAD = frozenset({400, 403, 404, 405, 406, 410, 500, 501, 503})

Resolve = Callable[[str, int], Sequence[str]]  # host and port -> addresses; raises OSError


class Refused(Exception):
    """An address that the door does not open to; the message says why."""


@dataclass(frozen=True, slots=True)
class _Target:
    """An address of the web taken apart, and the checked address of its host."""

    scheme: str
    host: str
    port: int
    address: str
    path: str

    @property
    def url(self) -> str:
        """The URL with the checked address in the place of the name."""
        literal = f"[{self.address}]" if ":" in self.address else self.address
        return f"{self.scheme}://{literal}:{self.port}{self.path}"

    @property
    def host_header(self) -> str:
        usual = {"http": 80, "https": 443}[self.scheme]
        name = f"[{self.host}]" if ":" in self.host else self.host
        return name if self.port == usual else f"{name}:{self.port}"


def system_addresses(host: str, port: int) -> list[str]:
    """The addresses that this machine would connect to, odd spellings such as 0x7f.1 resolved as it does."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(one[4][0]) for one in found))


class WebDoor:
    """Asks for addresses. `allowed` are let through although they are not public: tests need one."""

    def __init__(
        self,
        *,
        resolve: Resolve = system_addresses,
        allowed: Collection[str] = (),
        ports: Collection[int] = _PORTS,
        wait: float = _WAIT,
    ) -> None:
        self._resolve = resolve
        self._allowed = frozenset(allowed)
        self._ports = frozenset(ports)
        self._wait = wait
        self._httpx = _library()

    def ask_all(self, addresses: Iterable[str]) -> Mapping[str, Answer]:
        """The answers by address, several at a time."""
        wanted = list(dict.fromkeys(addresses))
        with ThreadPoolExecutor(max_workers=_AT_ONCE) as pool:
            return dict(zip(wanted, pool.map(self.ask, wanted), strict=True))

    def ask(self, address: str) -> Answer:
        """What the server says about an address, after redirects. Never raises for what a server does."""
        until = time.monotonic() + self._wait
        httpx = self._httpx
        try:
            with httpx.Client(trust_env=False, follow_redirects=False, verify=True) as client:
                # A server that drips keeps each single wait short; the whole is ended from outside.
                watchdog = threading.Timer(self._wait, client.close)
                watchdog.daemon = True
                watchdog.start()
                try:
                    return self._follow(client, address, until)
                finally:
                    watchdog.cancel()
        except Refused as error:
            return Answer(failure=str(error))
        except httpx.TimeoutException:
            return Answer(failure=f"no answer within {self._wait:.0f} seconds")
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError, RuntimeError) as error:
            words = str(error).splitlines()
            return Answer(failure=words[0][:200] if words else type(error).__name__)

    def _follow(self, client: Any, address: str, until: float) -> Answer:
        for _ in range(_MOST_REDIRECTS + 1):
            target = self._checked(address)
            status, headers = self._exchange(client, "HEAD", target, until)
            if status in _INSTEAD_OF_HEAD:
                status, headers = self._exchange(client, "GET", target, until)
            where = headers.get("location")
            if status not in {301, 302, 303, 307, 308} or not where:
                media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
                return Answer(status=status, media_type=media_type)
            address = urljoin(address, where)
        return Answer(failure=f"more than {_MOST_REDIRECTS} redirects")

    def _exchange(
        self, client: Any, method: str, target: _Target, until: float
    ) -> tuple[int, Mapping[str, str]]:
        left = until - time.monotonic()
        if left <= 0:
            raise Refused(f"no answer within {self._wait:.0f} seconds")
        request = client.build_request(
            method,
            target.url,
            headers={"Host": target.host_header, "User-Agent": _AGENT, "Accept": "*/*"},
            timeout=left,
            extensions={"sni_hostname": target.host},
        )
        response = client.send(request, stream=True)
        try:
            self._read_a_little(response, until)
            return int(response.status_code), response.headers
        finally:
            response.close()

    @staticmethod
    def _read_a_little(response: Any, until: float) -> None:
        """Take so much that a small page ends well, and no more."""
        taken = 0
        for chunk in response.iter_raw():
            taken += len(chunk)
            if taken >= _MOST_BYTES or time.monotonic() > until:
                return

    def _checked(self, address: str) -> _Target:
        parts = urlsplit(address)
        host = parts.hostname or ""
        if parts.scheme not in {"http", "https"} or not host:
            raise Refused(f"redirected to {address[:100]}, which is no address of the web")
        if parts.username is not None:
            raise Refused("there is a user name in the address")
        port = parts.port or {"http": 80, "https": 443}[parts.scheme]
        if port not in self._ports:
            raise Refused(f"port {port} is not one of the web")
        try:
            found = self._resolve(host, port)
        except (OSError, UnicodeError) as error:
            raise Refused(f"the host {host} does not exist") from error
        bad = next((one for one in found if not self._may_connect(one)), None)
        if bad is not None or not found:
            raise Refused(f"{host} is at {bad or 'no address'}, which is not on the public internet")
        path = parts.path or "/"
        return _Target(parts.scheme, host, port, found[0], f"{path}?{parts.query}" if parts.query else path)

    def _may_connect(self, address: str) -> bool:
        return address in self._allowed or is_public(address)


def is_public(address: str) -> bool:
    """Whether an IP address is of the public internet, also when it wears IPv6 as a coat."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour or _translated(found)
        if inner is not None:
            return is_public(str(inner))
        if found.teredo is not None:
            return False
    return found.is_global and not (found.is_multicast or found.is_reserved or found.is_unspecified)


def _translated(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address inside of one of NAT64 (RFC 6052) or of the old IPv4-compatible form."""
    if address in ipaddress.ip_network("64:ff9b::/96") or int(address) >> 32 == 0:
        return ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
    return None


def _library() -> Any:
    try:
        import httpx2  # noqa: PLC0415 - an extra: only --online needs it
    except ImportError as error:
        raise UsageError(
            "checking links needs one more package",
            hint="pip install 'dispatch-newsletter[links]', or leave them out: --ignore LNK,IMG",
        ) from error
    return httpx2
