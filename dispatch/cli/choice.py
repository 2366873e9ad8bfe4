"""Which issue a command is about when none is named; it says so."""

from __future__ import annotations

from pathlib import Path

from dispatch.cli.console import Console
from dispatch.wiring.books import newest_unsent
from dispatch.wiring.project import Project


def chosen_issue(console: Console, project: Project, name: str | None) -> Path:
    """The named issue, else the newest that has not been sent. Raises InputMissing."""
    if name is not None:
        return project.find_issue(name)
    path, which = newest_unsent(project)
    console.talk(which)
    return path
