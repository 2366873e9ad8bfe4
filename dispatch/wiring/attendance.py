"""Which runs are alive, told by a lock that each one holds on a file of its own.

The lock of an issue keeps a second run out. Somebody may delete its file while a run goes on; then this tells
the second run which claims are still in somebody's hands. It needs no clock, and no number of a process that
the system may give to another one.
"""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from dispatch.wiring.locks import hold, is_held
from dispatch.wiring.project import Project

_NAME = re.compile(r"process \d+ [0-9a-f]{12}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Attendance:
    """This run's name for its claims, and a look at the others'."""

    owner: str
    folder: Path

    def is_elsewhere(self, owner: str) -> bool:
        """Whether the run of this name is alive and is not this one."""
        if owner == self.owner or not _NAME.fullmatch(owner):
            return False
        return is_held(_file(self.folder, owner))


@contextmanager
def attending(project: Project) -> Iterator[Attendance]:
    """Be counted as alive until the end, however it comes. Raises LedgerUnavailable."""
    folder = project.state / "runs"
    owner = f"process {os.getpid()} {secrets.token_hex(6)}"
    mark = _file(folder, owner)
    lock = hold(mark)
    try:
        _sweep(folder, mark)
        yield Attendance(owner=owner, folder=folder)
    finally:
        lock.release()
        mark.unlink(missing_ok=True)


def attendants(project: Project) -> tuple[int, int]:
    """How many runs are alive, and of how many that were killed the marks still lie there."""
    marks = list((project.state / "runs").glob("*.lock"))
    alive = sum(is_held(mark) for mark in marks)
    return alive, len(marks) - alive


def _sweep(folder: Path, own: Path) -> None:
    """Delete the marks of runs that were killed."""
    for mark in folder.glob("*.lock"):
        if mark != own and not is_held(mark):
            mark.unlink(missing_ok=True)


def _file(folder: Path, owner: str) -> Path:
    return folder / f"{owner.replace(' ', '-')}.lock"
