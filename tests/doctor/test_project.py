"""The list and the issues, with the faults of each and the next command."""

from __future__ import annotations

import pytest

from dispatch.doctor.project import ListFacts, count_list, look_at_list, look_at_templates
from dispatch.model.note import Grade
from dispatch.wiring.project import find_project
from tests.project import TestProject


@pytest.mark.parametrize(
    ("rows", "facts", "grade"),
    [
        ("a@example.com\nb@example.com\n", ListFacts(rows=2), Grade.OK),
        ("", ListFacts(), Grade.WARN),
        ("a@example.com\nnobody\n", ListFacts(rows=2, bad=1), Grade.WARN),
        ("nobody\n", ListFacts(rows=1, bad=1), Grade.FAIL),
        ("zoë@example.com\n", ListFacts(rows=1, international=1), Grade.OK),
    ],
    ids=["good", "empty", "some bad", "all bad", "international"],
)
def test_the_list_is_counted(project: TestProject, rows: str, facts: ListFacts, grade: Grade) -> None:
    """Rows, those of no use, and those that need SMTPUTF8."""
    project.list.write_text(f"email\n{rows}")
    found = find_project(project.configuration)
    assert count_list(found) == facts
    (note,) = look_at_list(found, facts)
    assert note.grade is grade
    assert (note.mend == "") == (grade is Grade.OK)


def test_broken_issues_are_all_named(project: TestProject) -> None:
    """Each with its line; the sound ones are rendered all the same."""
    found = find_project(project.configuration)
    assert [note.grade for note in look_at_templates(found)] == [Grade.OK]
    for name in ("a", "b"):
        broken = project.issue.read_text() + "\n{{ subscriber.nmae }}\n"
        (project.root / "issues" / f"{name}.md").write_text(broken)
    (note,) = look_at_templates(found)
    assert (note.grade, note.seen) == (Grade.FAIL, "2 of 3 issues cannot be rendered")
    assert ["issues/b.md:" in note.details[0], "issues/a.md:" in note.details[1]] == [True, True]


def test_a_project_without_an_issue_is_shown_the_first_step(project: TestProject) -> None:
    """Nothing is wrong with it."""
    project.issue.unlink()
    (note,) = look_at_templates(find_project(project.configuration))
    assert (note.grade, "dispatch new" in note.mend) == (Grade.OK, True)
