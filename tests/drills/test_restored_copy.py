"""D11: a copy of the ledger, taken at a random moment of a run, is put back and the run resumed: lost 0.

Whoever was sent a copy after the moment of the copy gets another one: no ledger can remember what it was
restored to before. So the duplicates are bounded by what the relay took since then. The sender is stopped
while its files are copied, as a snapshot of a file system does; a plain `cp` beside a running sender may
fall into a checkpoint and is not promised.

Guards ledger/connect.py, _DURABLE: ledger.db and its -wal are whole at every moment, and hold every outcome
once its session goes on (ledger/commits.py, Kind); and ledger/recovery.py, recover.
"""

from __future__ import annotations

import random
import shutil
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.drills.drill import Books, Drill, await_more, power_cut, shell_code
from tests.project import TestProject
from tests.servers.bookkeeper import Bookkeeper, keeping_books

SESSIONS = 10
PEOPLE = 2000
FILES = ("ledger.db", "ledger.db-wal")


@dataclass(frozen=True, slots=True)
class Restored:
    """The books in the end, and how many messages the relay had taken since the copies that were put back."""

    books: Books
    since: int
    copies: int

    @property
    def is_safe(self) -> bool:
        """Nobody lost; twice at most those sent since the copy, in doubt at most those in flight then."""
        books = self.books
        whole = not (books.lost or books.unsent or books.findings)
        settled = books.states.keys() <= {"sent", "uncertain"}
        doubtful = len(books.states.get("uncertain", ()))
        bounded = books.duplicates <= self.since and doubtful <= self.copies * SESSIONS
        return whole and settled and bounded


@pytest.fixture
def server(project: TestProject, tmp_path: Path) -> Iterator[Bookkeeper]:
    """A relay that keeps books."""
    project.people(PEOPLE)
    with keeping_books(tmp_path, delay=0.004) as running:
        project.relay(running.port, f'[sending]\nsessions = {SESSIONS}\non_uncertain = "hold"\n')
        yield running


def copy_and_restore(
    project: TestProject,
    server: Bookkeeper,
    vault: Path,
    *,
    times: int,
    sabotage: str = "",
    files: tuple[str, ...] = FILES,
) -> Restored:
    """Copy in mid-run, send on, be killed, put the copy back, resume; so many times, then to the end."""
    drill = Drill(project, sabotage)
    chance = random.Random(11)  # noqa: S311 - a drill that can be repeated
    state, since = project.root / ".dispatch", 0
    process = drill.start("send", "news", "--yes")
    for _ in range(times):
        await_more(server, 1 + chance.randrange(150), process)
        process.send_signal(signal.SIGSTOP)
        taken = server.settled()
        for name in files:
            shutil.copy(state / name, vault / name)
        process.send_signal(signal.SIGCONT)
        await_more(server, 1 + chance.randrange(40), process)
        power_cut(process)
        since += server.settled() - taken
        for file in state.glob("ledger.db*"):
            file.unlink()
        for name in files:
            shutil.copy(vault / name, state / name)
        process = drill.start("resume", "--yes")
    shell_code(process)
    drill.finish("resume", "--yes")
    return Restored(drill.books(server), since, times)


@pytest.fixture
def vault(tmp_path: Path) -> Path:
    """Where copies are kept."""
    folder = tmp_path / "vault"
    folder.mkdir()
    return folder


@pytest.mark.slow
def test_d11(project: TestProject, server: Bookkeeper, vault: Path) -> None:
    """Eight copies."""
    restored = copy_and_restore(project, server, vault, times=8)
    assert restored.is_safe, (restored.books.counts, restored.since)


@pytest.mark.slow
def test_d11_twin_with_late_records(project: TestProject, server: Bookkeeper, vault: Path) -> None:
    """With outcomes written behind the session's back, the copy does not know what was sent before it."""
    assert not copy_and_restore(project, server, vault, times=2, sabotage="late-records").is_safe


@pytest.mark.slow
def test_d11_twin_without_recovery(project: TestProject, server: Bookkeeper, vault: Path) -> None:
    """Without recovery, whoever was in flight in the copy is lost."""
    assert not copy_and_restore(project, server, vault, times=3, sabotage="no-recovery").is_safe


@pytest.mark.slow
def test_d11_twin_without_the_wal(project: TestProject, server: Bookkeeper, vault: Path) -> None:
    """A copy of ledger.db alone knows of nobody: the -wal belongs to it."""
    project.people(600)
    restored = copy_and_restore(project, server, vault, times=1, files=("ledger.db",))
    assert not restored.is_safe
