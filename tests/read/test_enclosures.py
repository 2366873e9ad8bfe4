"""`attachments:` as an author writes it."""

from __future__ import annotations

import pytest

from dispatch.errors import IssueInvalid
from dispatch.read.issue_file import read_issue


def written(front: str) -> bytes:
    """An issue with this front matter below its subject."""
    return f"---\nsubject: Hi\n{front}\n---\nHello\n".encode()


def test_files_with_and_without_a_name() -> None:
    """A file is called as it is called, or as the author wants; each knows its line."""
    front = "attachments:\n  - files/report.pdf\n  - file: a.csv\n    name: Numbers of May.csv"
    issue = read_issue(written(front), file="x.md")
    assert [(one.file, one.name, one.line) for one in issue.attachments] == [
        ("files/report.pdf", "report.pdf", 4),
        ("a.csv", "Numbers of May.csv", 5),
    ]


@pytest.mark.parametrize("front", ["attachments:", "attachments: []", "number: 1"])
def test_no_attachment(front: str) -> None:
    """Nothing is nothing."""
    assert read_issue(written(front), file="x.md").attachments == ()


@pytest.mark.parametrize(
    ("front", "line", "message"),
    [
        pytest.param("attachments: a.pdf", 3, "`attachments` is not a list of files", id="a text"),
        pytest.param("attachments: {file: a.pdf}", 3, "`attachments` is not a list of files", id="a mapping"),
        pytest.param("attachments:\n  - 2026", 4, "without the name of its file", id="a number"),
        pytest.param("attachments:\n  - a.pdf\n  - ''", 5, "without the name of its file", id="nothing"),
        pytest.param("attachments:\n  - name: b.pdf", 4, "without the name of its file", id="a name alone"),
        pytest.param(
            "attachments:\n  - file: a.pdf\n    as: b.pdf", 5, "unknown key `as` of an attachment", id="a key"
        ),
        pytest.param(
            "attachments:\n  - file: a.pdf\n    name: 7",
            5,
            "the `name` of an attachment is a text",
            id="name",
        ),
        pytest.param('attachments:\n  - {file: a, name: "a\\tb"}', 4, "printable characters", id="a tab"),
        pytest.param("attachments:\n  - {file: a, name: ../b}", 4, "without slash", id="a path for a name"),
        pytest.param(
            'attachments:\n  - {file: a, name: "x\u202efdp.exe"}', 4, "printable", id="turned around"
        ),
        pytest.param(f"attachments: [{'a' * 151}]", 3, "up to 150 printable characters", id="a long name"),
        pytest.param("attachments: [a.pdf, b/A.PDF]", 3, "a second attachment is called A.PDF", id="twice"),
        pytest.param(f"attachments: [{'a, ' * 21}]", 3, "more than 20 files", id="too many"),
    ],
)
def test_what_cannot_be_meant(front: str, line: int, message: str) -> None:
    """It is refused at its line."""
    with pytest.raises(IssueInvalid) as caught:
        read_issue(written(front), file="x.md")
    assert (caught.value.where, message in caught.value.message) == (f"x.md:{line}", True)
