"""What every drill does: start dispatch, whole or with a protection removed, hurt it, compare the books.

The server's log is the truth about who got a copy; the ledger is what dispatch says about it.
"""

from __future__ import annotations

import os
import random
import resource
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from dispatch.ledger.connect import open_ledger
from dispatch.ledger.ledger import Ledger
from tests.project import TestProject, kill
from tests.servers.bookkeeper import Bookkeeper

_ROOT = Path(__file__).resolve().parents[2]
_PATIENCE = 60.0
_started: list[subprocess.Popen[bytes]] = []
LEDGER = "sqlite:///.dispatch/ledger.db"


@dataclass(frozen=True, slots=True)
class Books:
    """The server's log beside the ledger, after the last run."""

    copies: Counter[str]
    states: dict[str, set[str]]
    findings: list[str]

    @property
    def lost(self) -> set[str]:
        """Who has no copy, and is not named as uncertain either."""
        everyone = set().union(*self.states.values())
        return everyone - set(self.copies) - self.states.get("uncertain", set())

    @property
    def unsent(self) -> set[str]:
        """Who is called sent and has no copy: a lie of the ledger's."""
        return self.states.get("sent", set()) - set(self.copies)

    @property
    def duplicates(self) -> int:
        """How many copies were one too many."""
        return sum(count - 1 for count in self.copies.values())

    @property
    def counts(self) -> dict[str, int]:
        """How many are in each state that anybody is in."""
        return {state: len(people) for state, people in self.states.items()}


@dataclass(frozen=True, slots=True)
class Drill:
    """A project that is made to suffer. `sabotage` names the protection that is removed, for a twin."""

    project: TestProject
    sabotage: str = ""

    def start(
        self, *arguments: str, output: int = subprocess.DEVNULL, most_bytes: int | None = None
    ) -> subprocess.Popen[bytes]:
        """Start dispatch in a process of its own; `most_bytes` is how long a file of its may grow."""
        names = [self.sabotage] if self.sabotage else []
        process = self._popen(names, arguments, output)
        if most_bytes is not None:
            resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (most_bytes, most_bytes))
        return process

    def start_with(self, *sabotages: str, arguments: tuple[str, ...]) -> subprocess.Popen[bytes]:
        """Start dispatch with further sabotages, such as one that ends it at an exact point."""
        names = [name for name in (self.sabotage, *sabotages) if name]
        return self._popen(names, arguments, subprocess.DEVNULL)

    def finish(self, *arguments: str) -> int:
        """Run dispatch to its end; its exit code as a shell shows it."""
        return shell_code(self.start(*arguments))

    def _popen(
        self, sabotages: list[str], arguments: tuple[str, ...], output: int
    ) -> subprocess.Popen[bytes]:
        program = ["tests.drills.sabotage", ",".join(sabotages)] if sabotages else ["dispatch"]
        process = subprocess.Popen(
            [sys.executable, "-m", *program, *arguments],
            cwd=self.project.root,
            env={**os.environ, "PYTHONPATH": str(_ROOT)},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
        _started.append(process)
        return process

    def send_through_faults(
        self, server: Bookkeeper, *, times: int, hurt: Callable[[subprocess.Popen[bytes]], None], seed: int
    ) -> None:
        """Send, be hurt at a random moment of sending, resume, so many times, and then to the end."""
        chance = random.Random(seed)  # noqa: S311 - a drill that can be repeated
        process = self.start("send", "news", "--yes")
        for _ in range(times):
            await_more(server, 1 + chance.randrange(150), process)
            assert process.poll() is None, "it had ended before it was hurt"
            hurt(process)
            process = self.start("resume", "--yes")
        shell_code(process)

    def ledger(self) -> Ledger:
        """The ledger, opened by the test itself."""
        return open_ledger(LEDGER, root=self.project.root)

    def books(self, server: Bookkeeper) -> Books:
        """Compare the server's log with the ledger, whose history is replayed."""
        states: dict[str, set[str]] = {}
        with self.ledger() as ledger:
            with ledger.database.reading() as connection:
                rows = connection.exec_driver_sql("SELECT email, state FROM delivery").all()
            issue = ledger.issue("news")
            findings = ledger.audit(issue.id) if issue else ["the issue is not in the ledger"]
        for email, state in rows:
            states.setdefault(state, set()).add(email)
        return Books(Counter(entry.recipient for entry in server.accepted()), states, findings)


def end_all() -> None:
    """End what a drill that failed has left running."""
    while _started:
        process = _started.pop()
        process.kill()
        process.wait()
        for stream in (process.stdout, process.stderr):
            if stream is not None:
                stream.close()


def shell_code(process: subprocess.Popen[bytes]) -> int:
    """Wait for the end of a process; its exit code as a shell shows it, 128 + N after signal N."""
    code = process.wait(_PATIENCE * 5)
    return code if code >= 0 else 128 - code


def await_more(server: Bookkeeper, count: int, process: subprocess.Popen[bytes]) -> None:
    """Wait until the server has accepted so many more, or the process has ended."""
    wanted = server.count + count
    until(lambda: server.count >= wanted or process.poll() is not None)


def until(condition: Callable[[], bool]) -> None:
    """Wait for something that happens in another process."""
    deadline = time.monotonic() + _PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.002)


def power_cut(process: subprocess.Popen[bytes]) -> None:
    """kill -9."""
    kill(process)


def terminate(process: subprocess.Popen[bytes]) -> None:
    """SIGTERM, and wait for the orderly end."""
    process.send_signal(signal.SIGTERM)
    shell_code(process)
