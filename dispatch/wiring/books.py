"""The books: the ledger of a project, and which issue is meant when none is named."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dispatch.errors import InputMissing, IssueInvalid
from dispatch.ledger.connect import existing_ledger, open_ledger
from dispatch.ledger.ledger import Ledger
from dispatch.ledger.rows import IssueRecord
from dispatch.wiring.glance import path_of, slug_of
from dispatch.wiring.keys import pseudonyms_of
from dispatch.wiring.project import Project, shown
from dispatch.wiring.wiping import is_finished

_PATIENCE = 1.0  # seconds that a command waits to finish another one's erasure


def open_books(project: Project) -> Ledger:
    """The project's ledger, made if there is none; to be closed. Raises LedgerUnavailable."""
    return open_ledger(project.settings.ledger.url, root=project.root, pseudonyms=pseudonyms_of(project))


@contextmanager
def ledger_of(project: Project) -> Iterator[Ledger]:
    """The project's ledger, made if there is none. Raises LedgerUnavailable.

    What an erasure had to leave because the ledger was in use is finished at the end, if it can be now.
    """
    ledger = open_books(project)
    try:
        yield ledger
        is_finished(project, ledger, patience=_PATIENCE)
    finally:
        ledger.close()


@contextmanager
def ledger_if_any(project: Project) -> Iterator[Ledger | None]:
    """The project's ledger, or None when nothing was ever sent: looking must not create it."""
    ledger = existing_ledger(
        project.settings.ledger.url, root=project.root, pseudonyms=pseudonyms_of(project)
    )
    try:
        yield ledger
    finally:
        if ledger:
            ledger.close()


@contextmanager
def planned_issue(project: Project, name: str) -> Iterator[tuple[Ledger, IssueRecord]]:
    """The ledger and what it knows of an issue. Raises InputMissing for one that was never planned."""
    with ledger_if_any(project) as ledger:
        record = ledger.issue(slug_of(project, name, ledger)) if ledger else None
        if ledger is None or record is None:
            raise InputMissing(f"{name} has not been planned or sent", hint=f"dispatch plan {name}")
        yield ledger, record


def newest_unsent(project: Project) -> tuple[Path, str]:
    """The newest issue that has not been sent to its end, else the newest of all, and its name in words.

    Raises InputMissing when there is no issue.
    """
    files = project.issue_files()
    if not files:
        raise InputMissing("there is no issue yet", hint='write one with: dispatch new "Its title"')
    with ledger_if_any(project) as ledger:
        for path in files:
            if not _is_finished(project, path, ledger):
                return path, f"the newest issue not sent yet: {shown(path)}"
    return files[0], f"every issue is sent; the newest: {shown(files[0])}"


def last_sent(project: Project, *, before: str) -> Path | None:
    """The file of the issue whose sending began last, but for the one of this slug; None when there is none.

    Raises InputMissing when its file is gone.
    """
    with ledger_if_any(project) as ledger:
        records = ledger.issues() if ledger else []
    begun = [(one.started_at, one.id, one) for one in records if one.started_at and one.slug != before]
    return path_of(project, max(begun)[2]) if begun else None


def _is_finished(project: Project, path: Path, ledger: Ledger | None) -> bool:
    if ledger is None:
        return False
    try:
        record = ledger.issue(project.read_issue(path).slug)
    except IssueInvalid:  # an unfinished draft is the one that is being written
        return False
    return record is not None and record.finished_at is not None
