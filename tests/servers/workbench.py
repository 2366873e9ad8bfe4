"""`dispatch preview --web` as a real process, and Chromium to drive it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page, sync_playwright

from tests.project import TestProject
from tests.servers.programs import program

ISSUE = """---
subject: "News for {{ subscriber.name | default('you') }}"
preheader: "What happened this week, told in a few lines that are worth reading."
date: 2026-11-20
---

Dear {{ subscriber.name | default("reader") }},

This is the news, with [a link](https://example.com/news).

{% if subscriber.plan == "pro" %}
Thank you for paying.
{% endif %}

![A small picture](images/dot.png)

![A picture elsewhere](https://pictures.example.com/cat.png){width=300}
"""
PEOPLE = "email,name,plan\n" + "".join(
    f"reader{number}@example.com,Reader {number},{'pro' if number % 4 == 0 else 'free'}\n"
    for number in range(120)
)
# 1 x 1 pixel
DOT = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d4944415478da63fcffff3f030005fe02fe"
    "a7cd8d210000000049454e44ae426082"
)


def paid_letter(root: Path) -> TestProject:
    """A project whose issue has a conditional, a local picture and a remote one, for 120 people."""
    project = TestProject(root)
    project.issue.write_text(ISSUE)
    project.list.write_text(PEOPLE)
    (project.issue.parent / "images").mkdir()
    (project.issue.parent / "images" / "dot.png").write_bytes(DOT)
    return project


@dataclass(frozen=True, slots=True)
class Served:
    """Where a workbench answers."""

    url: str

    @property
    def port(self) -> int:
        """Its port."""
        return urlsplit(self.url).port or 0

    @property
    def path(self) -> str:
        """The path of the page, with its secret word."""
        return urlsplit(self.url).path

    def get(self, path: str, host: str | None = None) -> tuple[HTTPResponse, str]:
        """The answer to one GET and its body; `host` is what the request says, the right one left out."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request("GET", path, headers={"Host": host or f"127.0.0.1:{self.port}"})
        answer = connection.getresponse()
        body = answer.read().decode()
        connection.close()
        return answer, body


@contextmanager
def workbench(project: TestProject, *options: str) -> Iterator[Served]:
    """Serve the project's issue until the block ends."""
    process = subprocess.Popen(
        [sys.executable, "-m", "dispatch", "preview", str(project.issue), "--web", "--json", *options],
        cwd=project.root,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout
        yield Served(json.loads(process.stdout.readline())["url"])
    finally:
        process.terminate()
        process.communicate(timeout=20)


@dataclass(slots=True)
class Noise:
    """What a browser did besides showing the page."""

    requests: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    @property
    def foreign(self) -> list[str]:
        """The requests that left this machine."""
        return [url for url in self.requests if not url.startswith(("http://127.0.0.1:", "data:"))]


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser. While it is there, no other event loop can run in this process."""
    path = program("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@contextmanager
def opened(browser: Browser, served: Served, *, dark: bool = False) -> Iterator[tuple[Page, Noise]]:
    """The workbench in the browser, live; `dark` is what the browser's own screen prefers."""
    page = browser.new_page(viewport={"width": 1440, "height": 900}, color_scheme="dark" if dark else "light")
    noise = Noise()
    page.on("request", lambda request: noise.requests.append(request.url))
    page.on("pageerror", lambda error: noise.errors.append(str(error)))
    page.on("console", lambda message: noise.errors.append(message.text) if message.type == "error" else None)
    page.goto(served.url)
    page.locator("#live[data-state=on]").wait_for()
    # A click between two drawings of a list that still grows would hit nothing.
    page.locator("#found:not(:empty)").wait_for(state="attached")
    yield page, noise
    page.close()
