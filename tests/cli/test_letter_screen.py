"""A letter on a terminal: inbox, header, text, pictures, weight."""

from __future__ import annotations

import os
import pty
import subprocess
import sys

from tests.project import ISSUE, TestProject
from tests.servers.workbench import DOT


def test_the_inbox_is_shown_at_three_widths(project: TestProject) -> None:
    """Sender, subject and preheader, cut to each."""
    lines = project.here("preview", "news").out.splitlines()
    assert lines[:3] == [
        "Inbox 40  Ann",
        "          News for you",
        "          What happened this week, told in a few…",
    ]
    assert lines[3:5] == [
        "Inbox 60  Ann",
        "          News for you - What happened this week, told in a few lines…",
    ]
    assert lines[5] == (
        "Inbox 90  Ann                  News for you - What happened this week, told in a few lines that are…"
    )


def test_without_a_preheader_the_first_words_stand_there(project: TestProject) -> None:
    """As in a mail program, and it is said."""
    project.issue.write_text("---\nsubject: News for you\n---\nHello.\n")
    out = project.here("preview", "news").out
    assert "there is no preheader" in out
    assert "THE LETTER" in out.splitlines()[2]


def test_a_picture_is_a_placeholder_with_its_size(project: TestProject) -> None:
    """Its alternative text stands in the text; a remote one says where it is."""
    (project.issue.parent / "dot.png").write_bytes(DOT)
    project.issue.write_text(
        ISSUE + "\n![A dot](dot.png){width=20}\n\n![Away](https://example.com/a.png){width=300}\n"
    )
    out = project.here("preview", "news").out
    assert "[Image: A dot]\n   20 x 20 px, 0.1 KB\n" in out
    assert "[Image: Away] [2]\n   300 x ? px, https://example.com/a.png\n" in out


def test_links_are_numbered_in_the_text_and_counted(project: TestProject) -> None:
    """The size of the HTML stands against what Gmail shows."""
    out = project.here("preview", "news").out
    assert "a link [1]" in out
    assert "[1] https://example.com/news" in out
    assert "of the 100 KB that Gmail shows" in out


def test_the_check_has_the_last_word(project: TestProject) -> None:
    """Its summary, and the command that says more when there is something to mend."""
    answer = project.here("preview", "news")
    assert "Check     no errors" in answer.out
    project.issue.write_text(ISSUE + "\n[here](http://localhost/)\n")
    answer = project.here("preview", "news")
    assert "Check     1 error" in answer.out
    assert "dispatch check issues/news.md" in answer.err


def _on_a_terminal(project: TestProject, width: int, *arguments: str) -> str:
    """What a command prints on a terminal of this width."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "dispatch", *arguments],
        cwd=project.root,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={**os.environ, "COLUMNS": str(width), "TERM": "xterm", "NO_COLOR": "1"},
    )
    os.close(theirs)
    printed = b""
    while True:
        try:
            chunk = os.read(ours, 65_536)
        except OSError:  # Linux says so when the other end is closed
            break
        if not chunk:
            break
        printed += chunk
    os.close(ours)
    assert process.wait(60) == 0
    return printed.decode().replace("\r\n", "\n")


def test_the_text_fits_a_narrow_terminal(project: TestProject) -> None:
    """Lines are broken between words, a list item's below its own beginning."""
    project.issue.write_text(ISSUE + "\n- One point that is longer than forty columns, by some words.\n")
    printed = _on_a_terminal(project, 40, "preview", "news")
    assert "- One point that is longer than forty\n  columns, by some words.\n" in printed
