"""A newsletter project made for one test, and the command line run in it as a process of its own."""

from __future__ import annotations

import contextlib
import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path
from typing import Any

from dispatch.cli.app import run

ISSUE = """---
subject: "News for you"
preheader: "What happened this week, told in a few lines that are worth reading."
date: 2026-11-20
---

Dear {{ subscriber.name | default("reader") }},

This is the news, with [a link](https://example.com/news).
"""

CONFIGURATION = """[newsletter]
name = "The Letter"
from = "Ann <ann@letters.example.com>"
postal_address = "1 Street, Town"
list_id = "letter.example.com"
"""


@dataclass(frozen=True)
class Answer:
    """What a command printed and how it ended."""

    code: int
    out: str
    err: str

    @property
    def object(self) -> dict[str, Any]:
        """The only line of stdout, as JSON."""
        (line,) = self.out.splitlines()
        value: dict[str, Any] = json.loads(line)
        return value

    @property
    def events(self) -> list[dict[str, Any]]:
        """Every line of stdout, as JSON."""
        return [json.loads(line) for line in self.out.splitlines()]


class TestProject:
    """A folder with a configuration, one issue and a list."""

    __test__ = False

    def __init__(self, root: Path) -> None:
        self.root = root
        (root / "issues").mkdir(parents=True)
        self.configuration = root / "dispatch.toml"
        self.configuration.write_text(CONFIGURATION)
        self.issue = root / "issues" / "news.md"
        self.issue.write_text(ISSUE)
        self.list = root / "subscribers.csv"
        self.people(2)

    def people(self, count: int) -> list[str]:
        """Fill the list with so many people and return their addresses."""
        addresses = [f"reader{number}@example.com" for number in range(count)]
        rows = [f"{address},Reader {number}\n" for number, address in enumerate(addresses)]
        self.list.write_text("email,name\n" + "".join(rows))
        return addresses

    def relay(self, port: int, more: str = "") -> None:
        """Send through a relay on this loopback port; `more` is what follows in the file."""
        self.configuration.write_text(
            f'{CONFIGURATION}\n[[relay]]\nhost = "127.0.0.1"\nport = {port}\nsecurity = "none"\n{more}'
        )

    def start(self, *arguments: str, env: Mapping[str, str] | None = None) -> subprocess.Popen[bytes]:
        """Start a command as a process, its output thrown away."""
        return subprocess.Popen(
            self._command(arguments),
            cwd=self.root,
            env={**os.environ, **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def run(self, *arguments: str, env: Mapping[str, str] | None = None, stdin: str = "") -> Answer:
        """Run a command to its end, without a terminal."""
        done = subprocess.run(
            self._command(arguments),
            cwd=self.root,
            env={**os.environ, **(env or {})},
            input=stdin,
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )
        return Answer(done.returncode, done.stdout, done.stderr)

    def here(self, *arguments: str) -> Answer:
        """Run a command inside the process of the test: the same words and codes, without a new Python."""
        before = Path.cwd()
        out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True) for _ in range(2))
        try:
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
                code = run(["-C", str(self.root), *arguments])
        finally:
            os.chdir(before)
        words, told = (stream.buffer.getvalue().decode() for stream in (out, err))
        return Answer(code, words, told)

    def status(self, issue: str = "news") -> dict[str, Any]:
        """`dispatch status --json`."""
        return self.here("status", issue, "--json").object

    def outbox(self) -> list[EmailMessage]:
        """Every message that the sandbox has caught."""
        parser = BytesParser(policy=policy.default)
        files = sorted((self.root / ".dispatch" / "outbox" / "new").glob("*"))
        return [parser.parsebytes(file.read_bytes()) for file in files]

    @staticmethod
    def _command(arguments: Sequence[str]) -> list[str]:
        return [sys.executable, "-m", "dispatch", *arguments]


def kill(process: subprocess.Popen[bytes]) -> None:
    """End a process that we started as a power cut would."""
    process.send_signal(signal.SIGKILL)
    process.wait(10)
