"""`dispatch serve` as a real process, and the small client that tests it with."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from http.client import HTTPConnection, HTTPResponse
from urllib.parse import urlencode, urlsplit

from tests.project import CONFIGURATION, TestProject
from tests.servers.programs import free_port

ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@dataclass(frozen=True, slots=True)
class Pages:
    """Where the pages answer, and the process that does it."""

    port: int
    process: subprocess.Popen[bytes]

    def ask(
        self,
        method: str,
        path: str,
        body: str | bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> tuple[HTTPResponse, str]:
        """The answer to one request and its body."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request(method, path, body, dict(headers or {}))
        answer = connection.getresponse()
        words = answer.read().decode()
        connection.close()
        return answer, words

    def post(self, path: str, **fields: str) -> tuple[int, str]:
        """Send a form as a browser does; the status and the page."""
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        answer, words = self.ask("POST", path, urlencode(fields), headers)
        return answer.status, words

    def unsubscribe(self, path: str) -> tuple[int, str]:
        """RFC 8058's one click."""
        return self.post(path, **ONE_CLICK)


def public(project: TestProject, more: str = "") -> int:
    """Give the project a public address on a free port of this machine, and that port."""
    port = free_port()
    project.configuration.write_text(f'{CONFIGURATION}public_url = "http://127.0.0.1:{port}"\n{more}')
    return port


@contextmanager
def serving(project: TestProject, port: int, *options: str) -> Iterator[Pages]:
    """The pages of a project, up to the end of the block. Its log is `serve.log`."""
    with (project.root / "serve.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "dispatch", "serve", "--port", str(port), "--json", *options],
            cwd=project.root,
            stdout=log,
            stderr=log,
        )
        try:
            _await_ready(project, process)
            yield Pages(port, process)
        finally:
            process.terminate()
            process.wait(30)


def _await_ready(project: TestProject, process: subprocess.Popen[bytes]) -> None:
    patience = time.monotonic() + 30
    while b'"event": "ready"' not in (project.root / "serve.log").read_bytes():
        assert process.poll() is None, (project.root / "serve.log").read_text()
        assert time.monotonic() < patience
        time.sleep(0.02)


def visits(project: TestProject) -> list[dict[str, object]]:
    """What the log says of the requests."""
    lines = (project.root / "serve.log").read_text().splitlines()
    return [one for one in map(json.loads, lines) if one["event"] == "visit"]


def leave_path(message: EmailMessage) -> str:
    """The path of the one-click address in a letter."""
    found = re.match(r"<(http[^>]+)>", str(message["List-Unsubscribe"]))
    assert found
    return urlsplit(found[1]).path


def choices_path(message: EmailMessage) -> str:
    """The path of the page of choices that stands in a letter."""
    body = message.get_body(("plain",))
    assert body is not None
    (link,) = re.findall(r"https?://\S+/p/\S+", body.get_content())
    return urlsplit(str(link)).path


def await_letter(project: TestProject, subject: str, address: str) -> EmailMessage:
    """The newest letter with these words in its subject to this address, when it has come."""
    patience = time.monotonic() + 20
    while True:
        found = [
            one for one in project.outbox() if subject in str(one["Subject"]) and address in str(one["To"])
        ]
        if found:
            return found[-1]
        assert time.monotonic() < patience, [str(one["Subject"]) for one in project.outbox()]
        time.sleep(0.05)


def link_in(message: EmailMessage) -> str:
    """The only link of a letter."""
    body = message.get_body(("plain",))
    assert body is not None
    (link,) = re.findall(r"https?://\S+", body.get_content())
    return str(link)
