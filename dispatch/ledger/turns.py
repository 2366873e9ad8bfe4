"""Turns at the ledger: processes that send one issue write in the order in which they come.

SQLite has whoever finds the database locked look again after longer and longer sleeps; beside a process that
commits without a pause, another one would sleep most of its time. A lock of the operating system wakes who
has waited. It guards nothing: whoever takes no turn is kept apart by SQLite, as ever.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows: there it is SQLite's own way to wait
    fcntl = None  # type: ignore[assignment]


class Turns:
    """The turns of one process, for one of its threads; the file is that of the ledger, with `-turn`."""

    def __init__(self, ledger: Path) -> None:
        self._file = -1
        if fcntl is not None:
            with suppress(OSError):
                self._file = os.open(f"{ledger}-turn", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for the turn, and have it until the end."""
        if self._file < 0:
            yield
            return
        fcntl.flock(self._file, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(self._file, fcntl.LOCK_UN)

    def close(self) -> None:
        """Take no turn any more."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1
