"""The readers' pages as a running server: what acts, what does not, and what stands in the ledger then."""

from __future__ import annotations

import json
import signal
import socket
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest

from tests.project import TestProject
from tests.servers.endpoint import (
    Pages,
    await_letter,
    choices_path,
    leave_path,
    link_in,
    public,
    serving,
    visits,
)

URLENCODED = {"Content-Type": "application/x-www-form-urlencoded"}


@contextmanager
def _sent(project: TestProject, more: str = "", people: int = 3) -> Iterator[tuple[Pages, list[str]]]:
    """A sent issue, the running pages, and the path by which each reader leaves."""
    project.people(people)
    port = public(project, more)
    assert project.here("send", "news", "--yes").code == 0
    with serving(project, port) as pages:
        yield pages, _paths(project, leave_path)[:people]


def _paths(project: TestProject, of: Callable[[EmailMessage], str]) -> list[str]:
    """Where each reader's link in the first letter leads, in the order of the list."""
    found = {str(one["Delivered-To"]): of(one) for one in project.outbox() if one["List-Unsubscribe"]}
    return [path for _, path in sorted(found.items(), key=lambda one: (len(one[0]), one[0]))]


def _suppressed(project: TestProject) -> list[str]:
    return sorted(str(one["email"]) for one in project.here("suppress", "list", "--json").events)


def _ledger(project: TestProject) -> list[str]:
    """Everything that the ledger says, but for when it was looked at."""
    return [
        project.here(*words).out
        for words in (["suppress", "list"], ["why", "reader0@example.com"], ["status", "news", "--json"])
    ]


def test_looking_changes_nothing(project: TestProject) -> None:
    """1,000 GET, HEAD and OPTIONS with a valid token, as link scanners send them."""
    with _sent(project) as (pages, (path, *_)):
        before = _ledger(project)
        choices = _paths(project, choices_path)[0]
        connection = HTTPConnection("127.0.0.1", pages.port, timeout=30)
        statuses = set()
        for number in range(1002):
            method = ("GET", "HEAD", "OPTIONS")[number % 3]
            address = choices if number % 2 else path
            connection.request(method, address)
            answer = connection.getresponse()
            answer.read()
            statuses.add((method, answer.status))
        connection.close()
        assert statuses == {("GET", 200), ("HEAD", 200), ("OPTIONS", 405)}
        assert _ledger(project) == before
        assert _suppressed(project) == []


@pytest.mark.parametrize("encoding", ["urlencoded", "multipart"])
def test_one_click_leaves(project: TestProject, encoding: str) -> None:
    """Both encodings of RFC 8058, also repeated: 200, no redirect, no cookie, and committed before."""
    boundary = "----boundary"
    part = 'Content-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click'
    body = f"--{boundary}\r\n{part}\r\n--{boundary}--\r\n"
    sent, kind = {
        "urlencoded": ("List-Unsubscribe=One-Click", "application/x-www-form-urlencoded"),
        "multipart": (body, f"multipart/form-data; boundary={boundary}"),
    }[encoding]
    with _sent(project) as (pages, (path, *_)):
        for _ in range(3):
            answer, words = pages.ask("POST", path, sent, {"Content-Type": kind})
            assert (answer.status, answer.getheader("Location"), answer.getheader("Set-Cookie")) == (
                200,
                None,
                None,
            )
            assert "You have left The Letter" in words
            assert "@example" not in words
            assert _suppressed(project) == ["reader0@example.com"]
    assert "one-click" in project.here("suppress", "list").out


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("", URLENCODED["Content-Type"]),
        ("List-Unsubscribe=One-click", URLENCODED["Content-Type"]),
        ("x=" + "y" * 2000, URLENCODED["Content-Type"]),
        ("List-Unsubscribe=One-Click", "text/plain"),
        ("--nonsense", "multipart/form-data; boundary=other"),
        ("--nonsense", "multipart/form-data"),
        ('{"List-Unsubscribe": "One-Click"}', "application/json"),
    ],
)
def test_another_post_does_nothing(project: TestProject, body: str, kind: str) -> None:
    """What does not say One-Click is not understood."""
    with _sent(project, people=1) as (pages, (path,)):
        answer, words = pages.ask("POST", path, body, {"Content-Type": kind})
        assert (answer.status, "That was not understood" in words) == (400, True)
        assert _suppressed(project) == []


def test_an_altered_token_is_not_there(project: TestProject) -> None:
    """Every flipped bit, every other purpose, by GET and POST: 404 with one and the same body."""
    with _sent(project) as (pages, (path, *_)):
        token = path.removeprefix("/u/")
        altered = {
            quote(bytes([*token.encode()[:at], octet ^ (1 << bit), *token.encode()[at + 1 :]]), safe="")
            for at, octet in enumerate(token.encode())
            for bit in range(8)
        }
        others = [f"/u/{one}" for one in sorted(altered)]
        others += [
            f"/confirm/{token}",
            f"/forget/{token}",
            f"/p/{token}",
            f"/u/{_paths(project, choices_path)[0].removeprefix('/p/')}",
            "/u/",
            "/u",
            path + "/",
            "/",
            "/..%2f",
            "/u/" + "A" * 9000,
        ]
        assert len(altered) == 8 * 26
        answers = {
            (answer.status, words)
            for one in others
            for method in ("GET", "POST")
            for answer, words in [pages.ask(method, one, "List-Unsubscribe=One-Click", URLENCODED)]
        }
        ((status, words),) = answers
        assert (status, "@example" in words) == (404, False)
        assert _suppressed(project) == []
        assert pages.unsubscribe(path)[0] == 200


def test_whoever_leaves_during_a_send_gets_no_letter(project: TestProject) -> None:
    """The copy is taken after the click, and goes to nobody."""
    with _sent(project, people=1) as (pages, (path,)):
        second = project.issue.with_name("second.md")
        second.write_text(project.issue.read_text())
        others = "".join(f"other{number}@example.com,Other\n" for number in range(300))
        project.list.write_text(f"email,name\n{others}reader0@example.com,Reader 0\n")
        run = project.start("send", "second", "--yes", "--rate", "100/s")
        _await(lambda: len(project.outbox()) > 1)
        assert pages.unsubscribe(path)[0] == 200
        assert run.wait(60) == 0
    got = [str(one["Delivered-To"]) for one in project.outbox()]
    assert (len(got), got.count("reader0@example.com")) == (301, 1)
    assert "unsubscribed" in project.here("why", "reader0@example.com", "second").out


def _await(holds: object) -> None:
    patience = time.monotonic() + 30
    while not holds():  # type: ignore[operator]
        assert time.monotonic() < patience
        time.sleep(0.02)


def test_headers_are_strict_and_the_log_names_nobody(project: TestProject) -> None:
    """On every page; no address, client or token in the log."""
    with _sent(project) as (pages, (path, *_)):
        for method, one in (("GET", path), ("GET", "/nowhere"), ("POST", path), ("GET", "/health")):
            answer, _ = pages.ask(method, one)
            policy = answer.getheader("Content-Security-Policy") or ""
            assert policy.startswith("default-src 'none'")
            assert ("script" in policy, "unsafe" in policy) == (False, False)
            assert answer.getheader("Referrer-Policy") == "no-referrer"
            assert answer.getheader("Cache-Control") == "no-store"
            assert answer.getheader("Set-Cookie") is None
            assert answer.getheader("Server") is None
        assert pages.unsubscribe(path)[0] == 200
        pages.post("/subscribe", email="new@example.net")
        await_letter(project, "Confirm", "new@example.net")
    told = (project.root / "serve.log").read_text()
    for secret in (path.removeprefix("/u/"), "reader0", "new@example.net", "nowhere"):
        assert secret not in told
    assert {str(one["place"]) for one in visits(project)} == {"/u/...", "/...", "/health", "/subscribe"}


def test_a_large_or_slow_body_is_left(project: TestProject) -> None:
    """413 by what is announced and by what comes; the others are served meanwhile."""
    with _sent(project, people=1) as (pages, (path,)):
        answer, _ = pages.ask("POST", path, "x" * 20_000, URLENCODED)
        assert answer.status == 413
        chunks = (b"x" * 5_000 for _ in range(5))
        connection = HTTPConnection("127.0.0.1", pages.port, timeout=30)
        connection.request("POST", path, chunks, URLENCODED, encode_chunked=True)
        assert connection.getresponse().status == 413
        connection.close()
        with socket.create_connection(("127.0.0.1", pages.port)) as slow:
            slow.sendall(f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 26\r\n\r\nList-".encode())
            assert pages.unsubscribe(path)[0] == 200


def test_a_signal_lets_what_is_in_flight_finish(project: TestProject) -> None:
    """SIGTERM in the middle of a request: it is answered, committed, and then the process ends with 143."""
    with _sent(project, people=1) as (pages, (path,)):
        body = b"List-Unsubscribe=One-Click"
        with socket.create_connection(("127.0.0.1", pages.port), timeout=30) as client:
            head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: {URLENCODED['Content-Type']}\r\n"
            client.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body[:5])
            time.sleep(0.2)
            pages.process.send_signal(signal.SIGTERM)
            time.sleep(0.2)
            client.sendall(body[5:])
            assert client.recv(100).startswith(b"HTTP/1.1 200")
        assert pages.process.wait(30) == 143
    assert _suppressed(project) == ["reader0@example.com"]


def test_many_leave_at_once(project: TestProject) -> None:
    """Everybody who hears 200 is on the suppression list."""
    with _sent(project, people=60) as (pages, paths):
        statuses: list[int] = []
        clicks = [
            threading.Thread(target=lambda one=one: statuses.append(pages.unsubscribe(one)[0]))
            for one in paths
        ]
        for click in clicks:
            click.start()
        for click in clicks:
            click.join()
    assert statuses == [200] * 60
    assert len(_suppressed(project)) == 60


def test_joining_is_confirmed_from_the_mailbox(project: TestProject) -> None:
    """The same answer for everybody; the row has the time and the source of consent; twice adds no second."""
    with _sent(project) as (pages, _):
        known, fresh = (
            pages.post("/subscribe", email=one) for one in ("reader1@example.com", "new@example.net")
        )
        assert known == fresh
        assert fresh[0] == 200
        letter = await_letter(project, "Confirm your subscription", "new@example.net")
        assert (letter["Auto-Submitted"], letter["List-Unsubscribe"]) == ("auto-generated", None)
        before = project.list.read_bytes()
        link = urlsplit(link_in(letter)).path
        assert pages.ask("GET", link)[0].status == 200
        assert project.list.read_bytes() == before
        for _ in range(2):
            status, words = pages.post(link)
            assert (status, "Welcome to The Letter" in words) == (200, True)
        assert pages.post(link[:-1] + ("A" if link[-1] != "A" else "B"))[0] == 404
    rows = project.list.read_text().splitlines()
    assert rows[0] == "email,name,consent_at,consent_source"
    assert len(rows) == 5
    email, _, at, source = rows[-1].split(",", 3)
    assert (email, source) == ("new@example.net", '"subscribe page, confirmed by mail"')
    assert abs(datetime.fromisoformat(at) - datetime.now(UTC)) < timedelta(minutes=5)


def test_who_may_come_back(project: TestProject) -> None:
    """Whoever had left by themselves, confirmed; not who complained or was suppressed by the owner."""
    with _sent(project) as (pages, (left, *_)):
        assert pages.unsubscribe(left)[0] == 200
        assert project.here("suppress", "add", "reader1@example.com").code == 0
        for one in ("reader0@example.com", "reader1@example.com"):
            assert pages.post("/subscribe", email=one)[0] == 200
        link = link_in(await_letter(project, "Confirm", "reader0@example.com"))
        assert pages.post(urlsplit(link).path)[0] == 200
        assert _suppressed(project) == ["reader1@example.com"]
    assert [one["To"] for one in project.outbox() if "Confirm" in str(one["Subject"])] == [
        "reader0@example.com"
    ]


def test_a_mailbox_is_not_filled_by_strangers(project: TestProject) -> None:
    """Two letters to one address, then none, with the same answer; and 429 for who goes on."""
    with _sent(project) as (pages, _):
        answers = [pages.post("/subscribe", email="victim@example.net") for _ in range(25)]
        await_letter(project, "Confirm", "victim@example.net")
    assert {status for status, _ in answers[:20]} == {200}
    assert {status for status, _ in answers[20:]} == {429}
    assert len({words for _, words in answers[:20]}) == 1
    assert sum("victim" in str(one["To"]) for one in project.outbox()) == 2


@pytest.mark.parametrize(
    "written", ["", "nobody", "a@b@c.example", "x@example.com\r\nBcc: y@example.com", "<script>"]
)
def test_what_is_no_address_is_said(project: TestProject, written: str) -> None:
    """400, with the field and the reason; what was written comes back as text."""
    with serving(project, public(project)) as pages:
        status, words = pages.post("/subscribe", email=written)
    assert (status, "This is no e-mail address" in words, "<script" in words) == (400, True, False)


def test_a_pause_ends_by_itself(project: TestProject) -> None:
    """No letter before that day; the reader may end it; who leaves meanwhile has left."""
    with _sent(project) as (pages, paths):
        first, second, third = _paths(project, choices_path)
        until = (datetime.now(UTC) + timedelta(days=30)).date().isoformat()
        for one in (first, second, third):
            status, words = pages.post(one, wish="pause", until=until)
            assert (status, f"No letters until {until}" in words) == (200, True)
        assert pages.post(second, wish="resume")[0] == 200
        assert pages.unsubscribe(paths[2])[0] == 200
        for wrong in ("", "tomorrow", "2020-01-01", "2999-01-01"):
            assert pages.post(first, wish="pause", until=wrong)[0] == 400
        assert pages.post(first, wish="nothing of the kind")[0] == 400
    project.issue.with_name("second.md").write_text(project.issue.read_text())
    plan = project.here("plan", "second", "--json").object
    assert (plan["to_send"], plan["suppressed"]) == (1, 2)
    assert project.here("send", "second", "--yes").code == 0
    assert f"paused until {until}" in project.here("why", "reader0@example.com", "second").out
    assert "unsubscribed" in project.here("why", "reader2@example.com", "second").out
    assert project.here("export", "reader0@example.com").out.count(until) >= 1


def test_what_is_held_goes_to_the_reader_alone(project: TestProject) -> None:
    """By mail, because a letter is passed on; the page itself names nobody."""
    with _sent(project) as (pages, _):
        status, words = pages.post(_paths(project, choices_path)[0], wish="data")
        assert (status, "@example" in words) == (200, False)
        letter = await_letter(project, "holds about you", "reader0@example.com")
    (attached,) = letter.iter_attachments()
    held = json.loads(attached.get_content())
    assert held["email"] == "reader0@example.com"
    assert [one["issue"] for one in held["issues"]] == ["news"]


def test_being_forgotten_is_confirmed_from_the_mailbox(project: TestProject) -> None:
    """The link in a letter asks, the link in the mailbox acts; then no file of the project names them."""
    with _sent(project) as (pages, (path, *_)):
        choices = _paths(project, choices_path)[0]
        assert pages.post(choices, wish="erase")[0] == 200
        link = urlsplit(link_in(await_letter(project, "Erase", "reader0@example.com"))).path
        assert pages.ask("GET", link)[0].status == 200
        assert "reader0@example.com" in project.list.read_text()
        status, words = pages.post(link)
        assert (status, "You are forgotten" in words) == (200, True)
        assert pages.ask("GET", choices)[0].status == 404
        assert pages.unsubscribe(path)[0] == 200
    assert _traces(project) == []


def _traces(project: TestProject) -> list[Path]:
    """The files that have the first reader's address, byte by byte."""
    found = []
    for one in project.root.rglob("*"):
        with suppress(FileNotFoundError):  # a send moves its letters meanwhile
            if one.is_file() and b"reader0@example.com" in one.read_bytes().lower():
                found.append(one)
    return found


@contextmanager
def _wants_to_be_forgotten(project: TestProject) -> Iterator[tuple[Pages, str]]:
    """The pages running, and the link that the first reader has in the mailbox."""
    with _sent(project) as (pages, _):
        assert pages.post(_paths(project, choices_path)[0], wish="erase")[0] == 200
        yield pages, urlsplit(link_in(await_letter(project, "Erase", "reader0@example.com"))).path


def test_who_is_forgotten_during_a_send_gets_no_letter(project: TestProject) -> None:
    """Erased before the 200, while the ledger is written to all the time; the run ends well."""
    with _wants_to_be_forgotten(project) as (pages, link):
        second = project.issue.with_name("second.md")
        second.write_text(project.issue.read_text())
        others = "".join(f"other{number}@example.com,Other\n" for number in range(400))
        project.list.write_text(f"email,name\n{others}reader0@example.com,Reader 0\n")
        run = project.start("send", "second", "--yes", "--rate", "200/s")
        _await(lambda: len(project.outbox()) > 20)
        assert pages.post(link)[0] == 200
        assert _traces(project) == []
        assert run.poll() is None
        assert run.wait(60) == 0
    assert _traces(project) == []
    states = project.status("second")["states"]
    assert (states["sent"], states["suppressed"]) == (400, 1)


@pytest.mark.parametrize("finished_by", ["serve", "another command"])
def test_a_ledger_that_is_read_for_long_forgets_them_later(project: TestProject, finished_by: str) -> None:
    """The rows go before the 200; what stays in free pages is marked, and goes when the reading has ended."""
    with _wants_to_be_forgotten(project) as (pages, link):
        reading = sqlite3.connect(project.root / ".dispatch" / "ledger.db", isolation_level=None)
        reading.execute("BEGIN")
        reading.execute("SELECT count(*) FROM delivery").fetchone()
        assert pages.post(link)[0] == 200
        marks = list((project.root / ".dispatch" / "to-wipe").iterdir())
        assert len(marks) == 1
        assert project.here("why", "reader0@example.com").out.startswith("reader0@example.com  on the supp")
        assert [one.suffix for one in _traces(project)] != []
        if finished_by == "serve":
            reading.close()
        else:
            pages.process.kill()
            pages.process.wait(10)
            reading.close()
            assert project.here("suppress", "add", "x@example.com").code == 0
    assert _traces(project) == []
    assert not list((project.root / ".dispatch" / "to-wipe").iterdir())


def test_the_ledger_is_asked_for_health(project: TestProject) -> None:
    """200 and a word."""
    with serving(project, public(project)) as pages:
        answer, words = pages.ask("GET", "/health")
    assert (answer.status, words) == (200, "ok\n")


def test_a_socket_and_a_path_behind_a_proxy(project: TestProject) -> None:
    """A socket in the file system, a public address with a path, which the proxy leaves or takes away."""
    project.configuration.write_text(
        project.configuration.read_text() + 'public_url = "https://example.com/letters"\n'
    )
    assert project.here("send", "news", "--yes").code == 0
    path = leave_path(project.outbox()[0])
    file = project.root / "s"
    process = project.start("serve", "--socket", "s", "--proxy-headers")
    try:
        _await(file.exists)
        _await(lambda: _over(file, "GET", "/health").startswith(b"HTTP/1.1 200"))
        assert path.startswith("/letters/u/")
        assert _over(file, "GET", path).startswith(b"HTTP/1.1 200")
        answer = _over(file, "POST", path.removeprefix("/letters"), "List-Unsubscribe=One-Click")
        assert answer.startswith(b"HTTP/1.1 200")
        assert b"strict-transport-security" in answer
        assert file.stat().st_mode & 0o777 == 0o660
    finally:
        process.terminate()
        assert process.wait(30) == 143
    assert not file.exists()


def _over(file: Path, method: str, path: str, body: str = "") -> bytes:
    with socket.socket(socket.AF_UNIX) as client:
        try:
            client.connect(str(file))
        except OSError:
            return b""
        head = f"{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Forwarded-For: 192.0.2.1\r\n"
        head += f"Content-Type: {URLENCODED['Content-Type']}\r\nContent-Length: {len(body)}\r\n\r\n"
        client.sendall((head + body).encode())
        answer = b""
        while piece := client.recv(65536):
            answer += piece
        return answer


def test_what_cannot_be_served_is_said(project: TestProject) -> None:
    """Without a public address, on a port that is taken, or with a template that does not work."""
    answer = project.here("serve")
    assert (answer.code, "public_url is not set" in answer.err) == (78, True)
    port = public(project)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port))
        taken.listen()
        answer = project.here("serve", "--port", str(port))
        assert (answer.code, "cannot be used" in answer.err) == (2, True)
    folder = project.root / "templates" / "web"
    folder.mkdir(parents=True)
    (folder / "page.html.jinja").write_text("<p>\n{{ nothing.at.all }}</p>")
    answer = project.here("serve", "--port", str(port))
    assert (answer.code, "templates/web/page.html.jinja:2" in answer.err) == (65, True)


def test_the_page_is_the_owners(project: TestProject) -> None:
    """A template of the project goes before the built-in one, and builds on it; its styles are let in."""
    folder = project.root / "templates" / "web"
    folder.mkdir(parents=True)
    (folder / "page.html.jinja").write_text(
        '{% extends "builtin/web/page.html.jinja" %}'
        "{% block styles %}{{ super() }} h1 { color: red }{% endblock %}"
        "{% block footer %}<p>Ours: {{ page }}</p>{% endblock %}"
    )
    with serving(project, public(project, 'language = "de-CH"\n')) as pages:
        answer, words = pages.ask("GET", "/subscribe")
    assert answer.status == 200
    assert "<p>Ours: subscribe</p>" in words
    assert '<html lang="de-CH" dir="ltr">' in words
    assert "The Letter abonnieren" in words
