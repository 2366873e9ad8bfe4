"""What an author hears of cells that are empty, before anybody gets a letter with a hole in it."""

from __future__ import annotations

import pytest

from tests.project import TestProject


@pytest.fixture
def holes(project: TestProject) -> TestProject:
    """Six rows: two without a name, of which one comes twice; one pro without a city."""
    project.list.write_text(
        "email,name,plan,city\na@example.com,A,pro,Zug\nb@example.com,,free,\nc@example.com,  ,free,\n"
        "b@example.com,,free,\nd@example.com,D,pro,\ne@example.com,E,free,\n"
    )
    project.issue.write_text(
        '---\nsubject: "News, {{ subscriber.name }}"\n---\n\n{% if subscriber.plan == "pro" %}\n'
        "See you in {{ subscriber.city | title }}\n{% endif %}\n"
    )
    return project


COMPLAINTS = [
    "issues/news.md:2: name is empty for 2 of 5 subscribers and has no default",
    "issues/news.md:6: {{ subscriber.city | title }} shows nothing for 1 of 5 subscribers and has no default",
]


@pytest.mark.parametrize("command", [("plan", "news"), ("send", "news", "--yes")], ids=["plan", "send"])
def test_empty_cells_are_counted(holes: TestProject, command: tuple[str, ...]) -> None:
    """Of those who get mail, by expression; who does not get the part that asks for a city does not count."""
    answer = holes.here(*command)
    assert answer.code == 0
    assert [line for line in answer.err.splitlines() if line.startswith("issues/")] == COMPLAINTS
    assert 'write {{ subscriber.name | default("...") }}' in answer.err


def test_render_all_counts_them_too(holes: TestProject) -> None:
    """Over everybody whose letter is written to a file; rendering one letter says nothing."""
    assert "name is empty for 3 of 6 subscribers" in holes.here("render", "news", "--all").err
    assert "is empty" not in holes.here("render", "news", "--as", "b@example.com").err


def test_programs_get_them_with_the_plan(holes: TestProject) -> None:
    """Each expression with its place and count."""
    assert holes.here("plan", "news", "--json").object["blanks"] == [
        {"file": "issues/news.md", "line": 2, "expression": "{{ subscriber.name }}", "count": 2},
        {"file": "issues/news.md", "line": 6, "expression": "{{ subscriber.city | title }}", "count": 1},
    ]


def test_nothing_is_said_of_a_list_without_holes(project: TestProject) -> None:
    """A default is all it takes."""
    project.list.write_text("email,name\na@example.com,\n")
    answer = project.here("plan", "news")
    assert "default" not in answer.err
    assert project.here("plan", "news", "--json").object["blanks"] == []
