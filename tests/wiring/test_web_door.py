"""The door to the web: what it asks, and the addresses that it never connects to."""

from __future__ import annotations

import http.server
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.wiring.web_door import WebDoor, is_public, system_addresses

LOOPBACK = "127.0.0.1"


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_HEAD(self) -> None:
        self._reply()

    def do_GET(self) -> None:
        self._reply()

    def _reply(self) -> None:
        server = self.server
        assert isinstance(server, _Server)
        server.asked.append((self.command, self.path, self.headers["Host"]))
        status, headers = server.pages.get(self.path, (404, {}))
        if self.command == "HEAD" and self.path == "/no-head":
            status = 405
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        body = b"x" * int(headers.get("X-Size", "0")) if self.command == "GET" else b""
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        try:
            self.wfile.write(body)
        except OSError:  # the door has taken enough and left
            self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's own name
        """Say nothing."""


class _Server(http.server.ThreadingHTTPServer):
    def __init__(self, pages: dict[str, tuple[int, dict[str, str]]]) -> None:
        super().__init__((LOOPBACK, 0), _Handler)
        self.pages = pages
        self.asked: list[tuple[str, str, str]] = []
        self.connections = 0

    def get_request(self) -> tuple[socket.socket, object]:
        self.connections += 1
        return super().get_request()


@contextmanager
def _serving(**pages: tuple[int, dict[str, str]]) -> Iterator[_Server]:
    server = _Server({f"/{name.replace('_', '-')}": page for name, page in pages.items()})
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _door(server: _Server, *, allowed: Sequence[str] = (LOOPBACK,), address: str = LOOPBACK) -> WebDoor:
    """A door through which every name leads to the test's own server."""
    return WebDoor(
        resolve=lambda _host, _port: [address], allowed=allowed, ports={server.server_port}, wait=5.0
    )


def _url(server: _Server, path: str, host: str = "example.com") -> str:
    return f"http://{host}:{server.server_port}/{path}"


def test_it_says_what_the_server_says() -> None:
    """Status and media type, by HEAD, and with the name of the host that was meant."""
    with _serving(story=(200, {"Content-Type": "image/png; q=1"})) as server:
        answer = _door(server).ask(_url(server, "story"))

    assert (answer.status, answer.media_type) == (200, "image/png")
    assert server.asked == [("HEAD", "/story", f"example.com:{server.server_port}")]


def test_a_server_that_knows_no_head_is_asked_for_the_page() -> None:
    """And no more than a little of it is taken."""
    with _serving(no_head=(200, {"Content-Type": "text/html", "X-Size": "5000000"})) as server:
        answer = _door(server).ask(_url(server, "no-head"))

    assert answer.status == 200
    assert [method for method, *_ in server.asked] == ["HEAD", "GET"]


def test_a_redirect_is_followed() -> None:
    """To the status at its end."""
    with _serving(old=(301, {"Location": "/new"}), new=(200, {})) as server:
        answer = _door(server).ask(_url(server, "old"))

    assert answer.status == 200


def test_redirects_have_an_end() -> None:
    """A circle is a failure, not a hang."""
    with _serving(round=(302, {"Location": "/round"})) as server:
        answer = _door(server).ask(_url(server, "round"))

    assert answer.failure == "more than 5 redirects"
    assert len(server.asked) == 6


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "[::1]", "0x7f.1", "2130706433", "localhost", "[::ffff:127.0.0.1]"]
)
def test_loopback_is_never_connected_to(host: str) -> None:
    """However it is spelled, as the system itself resolves it."""
    with _serving(story=(200, {})) as server:
        door = WebDoor(ports={server.server_port}, wait=5.0)
        answer = door.ask(_url(server, "story", host))

    assert answer.failure
    assert server.connections == 0


def test_a_second_answer_of_the_dns_changes_nothing() -> None:
    """A name that is public when looked at and loopback when connected to (rebinding) reaches nothing."""
    answers = iter([["192.0.2.1"], [LOOPBACK], [LOOPBACK]])
    with _serving(story=(200, {})) as server:
        door = WebDoor(
            resolve=lambda _host, _port: next(answers),
            allowed={"192.0.2.1"},
            ports={server.server_port},
            wait=0.5,
        )
        answer = door.ask(_url(server, "story"))

    assert answer.failure
    assert server.connections == 0
    assert next(answers) == [LOOPBACK]  # it was asked for once


def test_a_server_that_never_comes_to_an_end_is_left() -> None:
    """One that sends a header a byte at a time keeps every single wait short, and the whole endless."""
    listening = socket.create_server((LOOPBACK, 0))
    left = threading.Event()

    def drip() -> None:
        connection, _ = listening.accept()
        with connection:
            try:
                connection.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
                while not left.is_set():
                    connection.sendall(b"x")
                    left.wait(0.05)
            except OSError:
                left.set()

    thread = threading.Thread(target=drip)
    thread.start()
    port = listening.getsockname()[1]
    door = WebDoor(resolve=lambda _host, _port: [LOOPBACK], allowed={LOOPBACK}, ports={port}, wait=0.5)
    answer = door.ask(f"http://example.com:{port}/")
    left.set()
    thread.join()
    listening.close()

    assert answer.failure


def test_a_name_with_one_private_address_among_public_ones_is_refused() -> None:
    """Which of them a connection would take is not ours to choose."""
    with _serving(story=(200, {})) as server:
        door = WebDoor(resolve=lambda _host, _port: ["93.184.216.34", LOOPBACK], ports={server.server_port})
        answer = door.ask(_url(server, "story"))

    assert "not on the public internet" in answer.failure
    assert server.connections == 0


def test_a_redirect_to_a_private_address_is_refused() -> None:
    """The metadata service of a cloud is the classic target."""
    seen: list[str] = []

    def resolve(host: str, port: int) -> list[str]:
        seen.append(host)
        return [LOOPBACK] if host == "example.com" else system_addresses(host, port)

    with _serving(story=(302, {"Location": "http://169.254.169.254/latest/meta-data/"})) as server:
        door = WebDoor(resolve=resolve, allowed={LOOPBACK}, ports={80, server.server_port}, wait=5.0)
        answer = door.ask(_url(server, "story"))

    assert answer.failure == "169.254.169.254 is at 169.254.169.254, which is not on the public internet"
    assert seen == ["example.com", "169.254.169.254"]


@pytest.mark.parametrize(
    "target", ["ftp://example.com/", "file:///etc/passwd", "gopher://example.com/", "http://u:p@example.com/"]
)
def test_a_redirect_to_anything_but_the_web_is_refused(target: str) -> None:
    """No file, no other protocol, no password."""
    with _serving(story=(302, {"Location": target})) as server:
        answer = _door(server).ask(_url(server, "story"))

    assert answer.failure
    assert server.connections == 1


def test_only_ports_of_the_web_are_connected_to() -> None:
    """A link to port 25 is no way to talk to a mail server."""
    door = WebDoor(resolve=lambda _host, _port: ["93.184.216.34"])

    assert door.ask("http://example.com:25/").failure == "port 25 is not one of the web"


@pytest.mark.parametrize(
    "address",
    [
        *("0.0.0.1", "10.1.2.3", "100.64.0.1", "127.8.8.8", "169.254.169.254", "172.16.0.1", "192.168.1.1"),
        *("192.0.2.1", "198.18.0.1", "203.0.113.7", "224.0.0.1", "240.0.0.1", "255.255.255.255", "::", "::1"),
        *("::ffff:10.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "fc00::1", "fe80::1%eth0"),
        *("ff02::1", "2001:db8::1", "2001:0:7f00:1::", "no address"),
    ],
)
def test_what_is_not_public_is_told_apart(address: str) -> None:
    """Private, link-local, reserved, for documentation, and IPv4 in the coat of IPv6."""
    assert not is_public(address)


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1::1", "::ffff:93.184.216.34"])
def test_what_is_public_is_let_through(address: str) -> None:
    """Also through the coat."""
    assert is_public(address)


@given(st.ip_addresses(v=4))
def test_the_coat_of_ipv6_changes_nothing(address: object) -> None:
    """An IPv4 address and its mapped form are both public or both not."""
    assert is_public(f"::ffff:{address}") == is_public(str(address))
