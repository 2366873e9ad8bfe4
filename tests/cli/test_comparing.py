"""`dispatch diff`: two issues, or one issue for two people."""

from __future__ import annotations

import pytest

from tests.project import ISSUE, TestProject

BOTH = ("--as", "reader0@example.com", "--as", "reader1@example.com")


def test_one_issue_for_two_people(project: TestProject) -> None:
    """A unified diff of the texts, the two sides named on top."""
    answer = project.here("diff", "news", *BOTH)
    assert answer.code == 0
    assert answer.out.splitlines()[:2] == [
        "--- issues/news.md as reader0@example.com",
        "+++ issues/news.md as reader1@example.com",
    ]
    assert "-Dear Reader 0,\n+Dear Reader 1,\n" in answer.out


def test_two_issues(project: TestProject) -> None:
    """For the first of the list, or for whom is named; the subject is compared as well."""
    (project.issue.parent / "other.md").write_text(ISSUE.replace("News for you", "Old news for you"))
    answer = project.here("diff", "other", "news", "--as", "reader1@example.com")
    assert "-Subject: Old news for you\n+Subject: News for you\n" in answer.out
    assert "Dear Reader 1" not in [line[1:] for line in answer.out.splitlines() if line[:1] in {"+", "-"}]


def test_changed_blocks(project: TestProject) -> None:
    """The words that went and came in brackets, for who sees no colours; the rest is counted."""
    answer = project.here("diff", "news", *BOTH, "--blocks")
    assert "~ Dear Reader [-0-]{+1+}," in answer.out
    assert "blocks the same" in answer.out


def test_the_html(project: TestProject) -> None:
    """Line by line."""
    answer = project.here("diff", "news", *BOTH, "--html")
    assert "-<p" in answer.out
    assert "Dear Reader 0,</p>" in answer.out


def test_equal_letters(project: TestProject) -> None:
    """Nothing on stdout, and a word about it beside."""
    answer = project.here("diff", "news", "news")
    assert (answer.code, answer.out, "the same" in answer.err) == (0, "", True)


def test_json(project: TestProject) -> None:
    """Both forms in one object."""
    found = project.here("diff", "news", *BOTH, "--json").object
    assert found["equal"] is False
    assert "-Dear Reader 0," in found["lines"]
    assert [block["kind"] for block in found["blocks"] if block["kind"] != "same"] == ["changed", "changed"]


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["news"], 2, "two issues, or one issue and two readers"),
        (["news", "--as", "reader0@example.com"], 2, "two issues, or one issue and two readers"),
        (["news", *BOTH, "--as", "x@example.com"], 2, "two issues, or one issue and two readers"),
        (["news", *BOTH, "--blocks", "--html"], 2, "only one of --blocks and --html"),
        (["news", "nwes"], 66, "did you mean news?"),
        (["news", "--as", "reader0@example.com", "--as", "nobody@example.com"], 66, "is not in"),
        (["news", "--as", "reader0@example.com", "--as", "nobody"], 2, "is not an address"),
    ],
)
def test_what_cannot_be_compared(project: TestProject, arguments: list[str], code: int, words: str) -> None:
    """Each with what to type instead."""
    answer = project.here("diff", *arguments)
    assert (answer.code, words in answer.err) == (code, True), answer.err
    assert "hint: " in answer.err


def test_a_name_can_neither_colour_nor_move_the_terminal(project: TestProject) -> None:
    """Control characters of a value are shown as escapes or not at all."""
    project.list.write_text("email,name\na@example.com,Ann\nb@example.com,B\x1b[31mob\n", newline="")
    answer = project.here("diff", "news", "--as", "a@example.com", "--as", "b@example.com")
    assert "\x1b" not in answer.out
