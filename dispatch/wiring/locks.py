"""Locks on files: one run of an issue at a time, and one writer of a key or a list."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from dispatch.errors import LedgerUnavailable, RunLocked
from dispatch.wiring.project import Project, private_folder, shown


@contextmanager
def only_run(project: Project, slug: str, wait: float = 0.0) -> Iterator[None]:
    """Be the one run of an issue. Raises RunLocked after `wait` seconds, and LedgerUnavailable."""
    try:
        lock = hold(_run_lock(project, slug), wait)
    except Timeout as error:
        raise RunLocked(
            f"another run is sending {slug}", hint=f"look at it with: dispatch status {slug} --watch"
        ) from error
    try:
        yield
    finally:
        lock.release()


def is_running(project: Project, slug: str) -> bool:
    """Whether a run holds the lock of this issue at this moment."""
    return is_held(_run_lock(project, slug))


def is_held(file: Path) -> bool:
    """Whether somebody has the lock on a file at this moment; asking makes no file."""
    if not file.exists():
        return False
    try:
        with FileLock(file, timeout=0):
            return False
    except Timeout:
        return True


def hold(file: Path, wait: float = 0.0) -> FileLock:
    """Take the lock on a file, made with its folder if needed. Raises Timeout, LedgerUnavailable."""
    try:
        private_folder(file.parent)
        lock = FileLock(file)
        lock.acquire(timeout=wait)
    except Timeout:
        raise
    except OSError as error:
        raise LedgerUnavailable(
            f"the run cannot be marked: {error.strerror}",
            file=shown(file.parent),
            hint="free some space, or check who owns the folder",
        ) from error
    return lock


def _run_lock(project: Project, slug: str) -> Path:
    return project.state / "locks" / f"{slug}.lock"
