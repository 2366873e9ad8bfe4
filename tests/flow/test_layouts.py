"""Layouts from the outside: chosen at the start, themed in the configuration, overridden by a file."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.project import CONFIGURATION, TestProject

ROOT = Path(__file__).resolve().parent.parent.parent
PAGE = """{% extends "builtin/digest/html.jinja" %}
{% block share %}<p>Mine, {{ subscriber.name }}</p>{% endblock %}
"""


@pytest.mark.parametrize(
    ("layout", "template", "parts"),
    [
        ("digest", "html.jinja", ["text/plain", "text/html"]),
        ("letter", "html.jinja", ["text/plain", "text/html"]),
        ("plain", "text.jinja", ["text/plain"]),
    ],
)
def test_a_project_begins_with_a_layout(
    project: TestProject, tmp_path: Path, layout: str, template: str, parts: list[str]
) -> None:
    """The sample and every new issue are in it, and a file is there to be changed."""
    mine = tmp_path / "mine"
    assert project.here("init", str(mine), "--layout", layout).code == 0
    assert sorted(path.name for path in (mine / "templates").rglob("*")) == sorted(
        ["archetype.md", layout, template]
    )
    inside = ("-C", str(mine))
    new = project.here(*inside, "new", "The first")
    assert f"\nlayout: {layout}\n" in (mine / new.out.strip()).read_text()
    assert project.here(*inside, "test", "2026-11-20-after-the-dot", "you@example.com").code == 0
    (file,) = (mine / ".dispatch" / "outbox" / "new").iterdir()
    found = [part for part in parts if f"Content-Type: {part}".encode() in file.read_bytes()]
    assert found == parts
    assert (b"text/html" in file.read_bytes()) == ("text/html" in parts)


def test_an_unknown_layout_is_guessed(project: TestProject, tmp_path: Path) -> None:
    """And what the layouts stand on is no layout."""
    assert "did you mean letter?" in project.here("init", str(tmp_path / "x"), "--layout", "leter").err
    answer = project.here("init", str(tmp_path / "x"), "--layout", "base")
    assert (answer.code, "there are: digest, letter, plain" in answer.err) == (2, True)


def test_a_new_issue_is_made_from_the_projects_own_archetype(project: TestProject) -> None:
    """When there is one; its words in dollars are filled in."""
    (project.root / "templates").mkdir()
    (project.root / "templates" / "archetype.md").write_text(
        "---\nsubject: $title\ndate: $date\n---\n\nMine: $slug\n"
    )
    answer = project.here("new", "Good news", "--date", "2026-12-01")
    written = (project.root / answer.out.strip()).read_text()
    assert written == "---\nsubject: Good news\ndate: 2026-12-01\n---\n\nMine: good-news\n"


def test_a_projects_own_file_builds_on_the_built_in_one_of_its_name(project: TestProject) -> None:
    """One block is another one, the rest stays."""
    folder = project.root / "templates" / "digest"
    folder.mkdir(parents=True)
    (folder / "html.jinja").write_text(PAGE)
    page = project.here("preview", "news", "--html").out
    assert "<p" in page
    assert "Mine, Reader 0" in page
    assert "is subscribed to The Letter" in page
    assert "Somebody came to mind" not in page


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('logo = "nowhere.png"', "dispatch.toml:8: theme.logo: there is no picture nowhere.png"),
        ('logo = "subscribers.csv"', "dispatch.toml:8: theme.logo: 'subscribers.csv' is neither a PNG"),
        ('accent = "salmon"', "dispatch.toml:8: theme.accent: 'salmon' is not a colour such as #9b2617"),
        ("width = 5000", "dispatch.toml:8: theme.width: must be at most 720, not 5000"),
        ('acent = "#fff"', "dispatch.toml:8: unknown key theme.acent"),
    ],
)
def test_a_wrong_theme_is_told_with_its_line(project: TestProject, line: str, message: str) -> None:
    """Before anything is rendered, and with the code of a wrong configuration."""
    project.configuration.write_text(f"{CONFIGURATION}\n[theme]\n{line}\n")
    answer = project.here("preview", "news")
    assert answer.code == 78
    assert message in answer.err


def test_a_logo_travels_with_the_letter(project: TestProject) -> None:
    """Inside the mail, its name as its alternative."""
    picture = (ROOT / "issues" / "images" / "patience.png").read_bytes()
    (project.root / "logo.png").write_bytes(picture)
    project.configuration.write_text(f'{CONFIGURATION}\n[theme]\nlogo = "logo.png"\nlogo_width = 100\n')
    assert project.here("test", "news", "you@example.com").code == 0
    (message,) = project.outbox()
    (image,) = [part for part in message.walk() if part.get_content_type() == "image/png"]
    html = message.get_body(("html",))
    assert html is not None
    assert (
        f'src="cid:{image["Content-ID"].strip("<>")}" alt="The Letter" width="100" height="64"'
        in html.get_content()
    )
    assert image.get_content() == picture


def test_an_accent_that_is_another_one_in_the_letter_is_told(project: TestProject) -> None:
    """By preview and doctor; no letter is hard to read in silence."""
    project.configuration.write_text(f'{CONFIGURATION}\n[theme]\naccent = "#ffd400"\n')
    words = "theme.accent #ffd400 is too light to be read as text on light paper; links are #7d6800 there"
    assert words in project.here("preview", "news").err
    assert words in project.here("doctor").out
    assert "color:#7d6800" in project.here("preview", "news", "--html").out


def test_preview_says_what_takes_the_room(project: TestProject) -> None:
    """In a line for people, in bytes for programs."""
    shown = project.here("preview", "news").out
    assert "Of this  " in shown
    assert "Longest  " in shown
    facts = project.here("preview", "news", "--json").object
    parts = facts["html_parts"]
    kinds = ("text", "inline_styles", "kept_styles", "links", "markup")
    assert sum(parts[kind] for kind in kinds) == parts["total"] == facts["html_bytes"]
    assert [section["title"] for section in parts["sections"]] == ["", "News for you"]
