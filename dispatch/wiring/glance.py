"""The ledger of a project for who only asks how its issues stand, and which of them is meant by a name."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path

from dispatch.errors import InputMissing
from dispatch.ledger.glance import Glance, glance
from dispatch.ledger.questions import Questions
from dispatch.ledger.rows import IssueRecord
from dispatch.wiring.project import Project, shown


def glance_at(project: Project) -> AbstractContextManager[Glance | None]:
    """The project's ledger, or None when nothing was ever sent: looking must not create it."""
    return glance(project.settings.ledger.url, project.root)


def slug_of(project: Project, name: str, ledger: Questions) -> str:
    """The slug of a planned issue given as a path, a name in issues/, or a slug. Raises InputMissing."""
    if ledger.issue(name):
        return name
    return project.read_issue(project.find_issue(name)).slug


def path_of(project: Project, record: IssueRecord) -> Path:
    """The file of a planned issue. Raises InputMissing when it has gone."""
    path = project.root / record.issue_file
    if path.is_file():
        return path
    raise InputMissing(
        f"the file of issue {record.slug} is gone: {shown(path)}",
        hint="put it back, or name where it is now: dispatch resume FILE",
    )
