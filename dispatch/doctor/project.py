"""The files of a project: its list and its issues in their layouts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dispatch.errors import DispatchError
from dispatch.model.note import Grade, Note, fail, ok, warn
from dispatch.model.subscriber import BadRow
from dispatch.render.palette import changed_accent
from dispatch.wiring.press import print_page
from dispatch.wiring.project import Project, shown


@dataclass(frozen=True, slots=True, kw_only=True)
class ListFacts:
    """What a list holds: its rows, those that nobody can be reached by, and those that need SMTPUTF8."""

    rows: int = 0
    bad: int = 0
    international: int = 0


def count_list(project: Project) -> ListFacts:
    """Read the list once, in flat memory. Raises InputMissing, ListInvalid."""
    rows = bad = international = 0
    for row in project.read_list(project.list_file(None)):
        rows += 1
        if isinstance(row, BadRow):
            bad += 1
        elif row.address.needs_smtputf8:
            international += 1
    return ListFacts(rows=rows, bad=bad, international=international)


def look_at_list(project: Project, facts: ListFacts) -> Sequence[Note]:
    """Whether there is somebody to write to."""
    seen = f"{shown(project.list_file(None))}: {facts.rows:,} rows"
    if facts.rows == 0:
        return [warn("list", f"{seen}, nobody to write to", "add rows with an email address")]
    if facts.bad == facts.rows:
        return [
            fail(
                "list", f"{seen}, and nobody can be reached by any", "see each with its reason: dispatch plan"
            )
        ]
    if facts.bad:
        return [
            warn("list", f"{seen}, {facts.bad:,} of them unusable", "see each with its reason: dispatch plan")
        ]
    return [ok("list", seen)]


def look_at_templates(project: Project) -> Sequence[Note]:
    """Every issue in its layout; a broken draft is a finding, and the others are looked at all the same."""
    files = project.issue_files()
    people = project.list_file(None)
    columns = project.read_list(people).columns if people.is_file() else ("email",)
    faults, mends = [], []
    for path in files:
        try:
            print_page(project, project.read_issue(path), path, columns)
        except DispatchError as error:
            faults.append(str(error))
            mends.append(error.hint)
    if not files:
        return [ok("templates", "no issue yet", 'write one with: dispatch new "Its title"')]
    if not faults:
        accent = changed_accent(project.settings.theme)
        seen = f"{len(files)} issue{'s' * (len(files) > 1)} in their layouts"
        return [ok("templates", f"{seen}; {accent}" if accent else seen)]
    seen = f"{len(faults)} of {len(files)} issue{'s' * (len(files) > 1)} cannot be rendered"
    return [Note(name="templates", grade=Grade.FAIL, seen=seen, mend=mends[0], details=tuple(faults))]
