"""The campaign of an issue: its page compiled, its list at hand, its ledger open."""

from __future__ import annotations

from pathlib import Path

from dispatch.ledger.ledger import Ledger
from dispatch.model.issue import Issue
from dispatch.read.segment import segment
from dispatch.send.campaign import Campaign, Where
from dispatch.send.conclude import Policy
from dispatch.wiring.books import now
from dispatch.wiring.press import print_letters, print_page
from dispatch.wiring.project import Project, shown


def open_campaign(project: Project, path: Path, *, list_file: Path | None, ledger: Ledger | None) -> Campaign:
    """The campaign of an issue file. Raises whatever is wrong with the issue, a layout or the list."""
    issue = project.read_issue(path)
    people = project.list_file(list_file)
    page = print_page(project, issue, path, _columns(project, people, issue, ledger))
    sending = project.settings.sending
    return Campaign(
        issue=issue,
        letters=print_letters(project, issue, page),
        ledger=ledger,
        list_file=shown(people),
        read_list=lambda: project.read_list(people),
        clock=now,
        policy=Policy(
            max_age=sending.max_age,
            on_uncertain=sending.on_uncertain,
            uncertain_after=sending.uncertain_after,
        ),
        git_commit=project.git_commit(),
    )


def segment_of(project: Project, expression: str | None, list_file: Path | None) -> Where | None:
    """The --where expression as a predicate over the list's columns. Raises UsageError."""
    if expression is None:
        return None
    return segment(expression, project.read_list(project.list_file(list_file)).columns)


def _columns(project: Project, people: Path, issue: Issue, ledger: Ledger | None) -> tuple[str, ...]:
    """The list's columns; for an issue already planned the list may be gone, then the ledger's own."""
    record = ledger.issue(issue.slug) if ledger else None
    if record and ledger and not people.exists():
        return ledger.columns(record.id)
    return project.read_list(people).columns
