"""dispatch run as a program for a drill: with another clock, with less patience, with a protection removed.

`before` is Python that the process runs first. A drill's twin passes what removes the protection that the
drill guards, and expects the drill's own check to fail.
"""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.project import CONFIGURATION, Answer, TestProject

_COMMAND = "import sys; from dispatch.cli.app import run; sys.exit(run(sys.argv[1:]))"
# Not ru_maxrss: that one begins with the memory of the process that started this one.
_MEMORY = """
import atexit, pathlib
def _note():
    [peak] = [line for line in open("/proc/self/status") if line.startswith("VmHWM")]
    pathlib.Path("memory").write_text(str(int(peak.split()[1]) // 1024))
atexit.register(_note)
"""

# The wall clock follows the file `clock`, seconds ahead of the true time, while the process runs. Monotonic
# time goes on undisturbed, as it does when somebody sets a machine's clock.
_CLOCK = """
import datetime, pathlib, threading, time, time_machine
_clock = time_machine.travel(datetime.datetime.now(datetime.UTC), tick=True).start()
def _set():
    ahead = float(pathlib.Path("clock").read_text())
    while abs(error := time_machine.escape_hatch.time.time() + ahead - time.time()) > 0.002:
        _clock.shift(error)
def _follow():
    while True:
        time.sleep(0.02)
        _set()
_set()
threading.Thread(target=_follow, daemon=True).start()
"""


def patience(**seconds: float) -> str:
    """Python that replaces the time limits of an SMTP dialogue, by their names in transaction.Timeouts."""
    return (
        "from dispatch.send.transaction import Timeouts\n"
        f"Timeouts.__init__.__kwdefaults__.update({seconds!r})\n"
    )


# A relay in trouble is left alone a twentieth of the time, so that a drill need not wait for it.
SHORT_PAUSES = "import dispatch.send.retry as _retry\n_retry._FIRST_PAUSE = 0.05\n"


@dataclass(frozen=True, slots=True)
class Row:
    """One copy as the ledger has it."""

    state: str
    reason: str
    attempts: int
    code: int | None
    enhanced: str
    reply: str
    due: int | None  # milliseconds since 1970

    @property
    def next_attempt_at(self) -> datetime | None:
        """When the copy is due again."""
        return None if self.due is None else datetime.fromtimestamp(self.due / 1000, UTC)


class Program:
    """The command line of one project."""

    def __init__(self, project: TestProject, before: str = "") -> None:
        self.project = project
        self._before = before
        self._clock = project.root / "clock"
        self.ahead = timedelta()

    def relay(self, port: int, more: str = "", **sending: object) -> None:
        """Send through the relay on this port; `more` is lines of its own, `sending` that whole table."""
        security = "" if "security" in more else 'security = "none"\n'
        words = "".join(f"{key} = {_toml(value)}\n" for key, value in sending.items())
        self.project.configuration.write_text(
            f'{CONFIGURATION}\n[[relay]]\nhost = "127.0.0.1"\nport = {port}\n{security}{more}\n'
            f"[sending]\n{words}"
        )

    def set_clock(self, ahead: timedelta) -> None:
        """Let the wall clock of every process be this much ahead (or, when negative, behind)."""
        self.ahead = ahead
        new = self._clock.with_name("clock.new")
        new.write_text(str(ahead.total_seconds()))
        new.replace(self._clock)

    def now(self) -> datetime:
        """The time that these processes see."""
        return datetime.now(UTC) + self.ahead

    def run(self, *arguments: str, seconds: float = 60) -> Answer:
        """Run a command to its end. Raises subprocess.TimeoutExpired, having ended the process."""
        done = subprocess.run(
            self._line(arguments),
            cwd=self.project.root,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
        return Answer(done.returncode, done.stdout, done.stderr)

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Start a command; what it says is thrown away."""
        return subprocess.Popen(
            self._line(arguments),
            cwd=self.project.root,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def states(self) -> dict[str, int]:
        """The states that somebody is in, by `status --json`; the sum is checked."""
        status = Program(self.project).run("status", "news", "--json").object
        assert status["balanced"], status
        return {state: count for state, count in status["states"].items() if count}

    def memory(self) -> int:
        """The most memory that the last command had, in MB."""
        return int((self.project.root / "memory").read_text())

    def rows(self) -> dict[str, Row]:
        """Every copy by its address, read past the program."""
        columns = "email, state, reason, attempts, smtp_code, enhanced_code, reply_text, next_attempt_at"
        found = self._read(f"SELECT {columns} FROM delivery")  # noqa: S608
        return {email: Row(*values) for email, *values in found}

    def suppressed(self) -> set[str]:
        """The addresses on the suppression list."""
        return {key for (key,) in self._read("SELECT recipient FROM suppression")}

    def moves(self, to: str, detail: str = "") -> int:
        """How many moves into this state the history tells of, with this detail if one is given."""
        question = "SELECT count(*) FROM event WHERE to_state = ? AND detail LIKE ?"
        [(count,)] = self._read(question, to, detail or "%")
        return int(count)

    def _read(self, question: str, *values: object) -> list[Any]:
        file = self.project.root / ".dispatch" / "ledger.db"
        with closing(sqlite3.connect(file)) as connection:
            return connection.execute(question, values).fetchall()

    def _line(self, arguments: tuple[str, ...]) -> list[str]:
        clock = _CLOCK if self._clock.exists() else ""
        return [sys.executable, "-c", f"{clock}{_MEMORY}{self._before}\n{_COMMAND}", *arguments]


def _toml(value: object) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value)
