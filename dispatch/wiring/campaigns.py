"""The campaign of an issue: its page compiled, its list at hand, its ledger open."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

from dispatch.errors import IssueInvalid
from dispatch.ledger.ledger import Ledger
from dispatch.model.issue import Issue
from dispatch.send.campaign import Campaign
from dispatch.send.conclude import Policy
from dispatch.send.pace import Tell, say_nothing
from dispatch.wiring.attendance import Attendance
from dispatch.wiring.clock import now
from dispatch.wiring.paces import domains_of
from dispatch.wiring.press import print_letters, print_page
from dispatch.wiring.project import Project
from dispatch.wiring.rehearsing import rehearsing
from dispatch.wiring.scribe import writing
from dispatch.wiring.signatories import signing


def open_campaign(
    project: Project,
    path: Path,
    *,
    list_file: Path | None,
    ledger: Ledger | None,
    tell: Tell = say_nothing,
    attendance: Attendance | None = None,
) -> Campaign:
    """The campaign of an issue file. Raises whatever is wrong with the issue, a layout or the list.

    `tell` hears of domains that are slowed. Without `attendance` it is for looking only.
    """
    issue = project.read_issue(path)
    _refuse_namesake(project, issue, path, ledger)
    people = _people(project, issue, list_file, ledger)
    columns = _columns(project, people, issue, ledger)
    page = print_page(project, issue, path, columns)
    letters = print_letters(project, issue, page)
    sending = project.settings.sending
    campaign = Campaign(
        issue=issue,
        letters=letters,
        ledger=ledger,
        issue_file=project.kept(path),
        list_file=project.kept(people),
        read_list=lambda: project.read_list(people),
        clock=now,
        policy=Policy(
            max_age=sending.max_age,
            on_uncertain=sending.on_uncertain,
            uncertain_after=sending.uncertain_after,
        ),
        domains=domains_of(project, tell),
        git_commit=project.git_commit(),
        signing=signing,
        writing=partial(writing, project),
        rehearsing=partial(rehearsing, project, path, columns, letters),
    )
    if attendance is None:
        return campaign
    return replace(campaign, owner=attendance.owner, is_elsewhere=attendance.is_elsewhere)


def _refuse_namesake(project: Project, issue: Issue, path: Path, ledger: Ledger | None) -> None:
    """Two files with one slug would share one row in the ledger, and the second would never be sent."""
    record = ledger.issue(issue.slug) if ledger else None
    if record is None or record.issue_file == project.kept(path):
        return
    if (project.root / record.issue_file).is_file():
        raise IssueInvalid(
            f"the slug {issue.slug} belongs to {record.issue_file}",
            file=issue.file,
            line=issue.lines.get("slug"),
            hint="give this issue a slug of its own in its front matter",
        )


def _people(project: Project, issue: Issue, given: Path | None, ledger: Ledger | None) -> Path:
    """The list that is named, else the one that the issue was planned with, else the configured one."""
    record = ledger.issue(issue.slug) if ledger and given is None else None
    return project.root / record.list_file if record else project.list_file(given)


def _columns(project: Project, people: Path, issue: Issue, ledger: Ledger | None) -> tuple[str, ...]:
    """The list's columns; for an issue already planned the list may be gone, then the ledger's own."""
    record = ledger.issue(issue.slug) if ledger else None
    if record and ledger and not people.exists():
        return ledger.columns(record.id)
    return project.read_list(people).columns
