"""The ledger of a project for who only asks how its issues stand, and which issue a name means."""

from __future__ import annotations

from contextlib import AbstractContextManager

from dispatch.ledger.glance import Glance, glance
from dispatch.ledger.questions import Questions
from dispatch.wiring.project import Project


def glance_at(project: Project) -> AbstractContextManager[Glance | None]:
    """The project's ledger, or None when nothing was ever sent: looking must not create it."""
    return glance(project.settings.ledger.url, project.root)


def slug_of(project: Project, name: str, ledger: Questions) -> str:
    """The slug of a planned issue given as a path, a name in issues/, or a slug. Raises InputMissing."""
    if ledger.issue(name):
        return name
    return project.read_issue(project.find_issue(name)).slug
