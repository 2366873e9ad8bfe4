"""A project on disk: found from below, its files read, and nothing outside of it reached."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from dispatch.errors import ConfigInvalid, InputMissing, RunLocked
from dispatch.wiring.locks import only_run
from dispatch.wiring.project import Project, find_project


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a configuration, one issue and a folder below it, in which one stands."""
    (tmp_path / "dispatch.toml").write_text('[newsletter]\nname = "Here"\n')
    (tmp_path / "issues" / "images").mkdir(parents=True)
    (tmp_path / "issues" / "one.md").write_text("---\nsubject: One\n---\nHello\n")
    (tmp_path / "issues" / "images" / "a.png").write_bytes(b"picture")
    (tmp_path / "secret").write_bytes(b"secret")
    (tmp_path / "templates" / "digest").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "issues")
    return tmp_path


def _project() -> Project:
    return find_project(None)


def test_the_nearest_configuration_upwards_is_the_project(root: Path) -> None:
    """As git finds its repository."""
    assert _project().root == root
    assert _project().settings.newsletter.name == "Here"


def test_the_environment_names_a_configuration_and_the_flag_wins(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """--config before $DISPATCH_CONFIG before what is near."""
    for name in ("flag", "variable"):
        (root / f"{name}.toml").write_text(f'[newsletter]\nname = "{name}"\n')
    monkeypatch.setenv("DISPATCH_CONFIG", str(root / "variable.toml"))
    assert _project().settings.newsletter.name == "variable"
    assert find_project(root / "flag.toml").settings.newsletter.name == "flag"


def test_a_table_of_pyproject_is_a_configuration(root: Path) -> None:
    """And one without that table is passed over."""
    (root / "issues" / "pyproject.toml").write_text("[tool.other]\nx = 1\n")
    assert _project().root == root
    (root / "issues" / "pyproject.toml").write_text('[tool.dispatch.newsletter]\nname = "Inner"\n')
    assert (_project().root, _project().settings.newsletter.name) == (root / "issues", "Inner")


def test_a_dotenv_beside_the_file_is_read(root: Path) -> None:
    """Weaker than the environment, stronger than the file."""
    (root / ".env").write_text("DISPATCH_NEWSLETTER__NAME=Dotenv\n")
    assert _project().settings.newsletter.name == "Dotenv"


def test_a_configuration_in_another_encoding_names_its_line(root: Path) -> None:
    """The byte and the line."""
    (root / "dispatch.toml").write_bytes('[newsletter]\nname = "Zür"\n'.encode("latin-1"))
    with pytest.raises(ConfigInvalid) as caught:
        _project()
    assert caught.value.line == 2


@pytest.mark.parametrize("name", ["one", "one.md", "issues/one.md", "../issues/one.md"])
def test_an_issue_is_found_by_path_or_name(root: Path, name: str) -> None:
    """From wherever one stands."""
    assert _project().find_issue(name).resolve() == root / "issues" / "one.md"


def test_an_unknown_issue_is_guessed(root: Path) -> None:
    """With the name that was meant."""
    with pytest.raises(InputMissing) as caught:
        _project().find_issue("onw")
    assert caught.value.hint == "did you mean one?"


@pytest.mark.parametrize(
    "source", ["../secret", "/etc/passwd", "images/../../secret", "a\x00b", "images", "link"]
)
def test_pictures_come_from_below_the_issue_only(root: Path, source: str) -> None:
    """Not through dots, not by an absolute path, not through a link out of it."""
    (root / "issues" / "link").symlink_to(root / "secret")
    read = _project().files_beside(root / "issues" / "one.md")
    assert read("images/a.png") == b"picture"
    assert read(source) is None


@pytest.mark.parametrize("name", ["../secret", "/etc/passwd", "digest/../../secret", "digest/link", "digest"])
def test_templates_come_from_the_templates_folder_only(root: Path, name: str) -> None:
    """A layout cannot include what lies elsewhere."""
    (root / "templates" / "digest" / "link").symlink_to(root / "secret")
    assert _project().template(name) is None


def test_a_projects_own_template_goes_before_the_built_in_one(root: Path) -> None:
    """File by file: what the project lacks, the package has."""
    (root / "templates" / "digest" / "text.jinja").write_text("mine")
    assert _project().template("digest/text.jinja") == "mine"
    assert "base/page.html.jinja" in (_project().template("digest/html.jinja") or "")


def test_a_built_in_template_is_reached_by_its_prefix(root: Path) -> None:
    """So that a project's own file can build on the one of the same name; nothing else is reached so."""
    (root / "templates" / "digest" / "text.jinja").write_text("mine")
    (root / "templates" / "builtin").mkdir()
    (root / "templates" / "builtin" / "x.jinja").write_text("x")
    assert "base/page.text.jinja" in (_project().template("builtin/digest/text.jinja") or "")
    assert _project().template("builtin/x.jinja") is None
    assert _project().template("builtin/../issues/2026-11-20-after-the-dot.md") is None


def test_the_logo_is_beside_the_configuration(root: Path) -> None:
    """And only what the theme names is read from there."""
    (root / "logo.png").write_bytes(b"logo")
    (root / "dispatch.toml").write_text('[theme]\nlogo = "logo.png"\n')
    read = _project().files_beside(root / "issues" / "one.md")
    assert (read("logo.png"), read("secret"), read("images/a.png")) == (b"logo", None, b"picture")


def test_one_lock_an_issue(root: Path) -> None:
    """A second run is refused, another issue is not."""
    project = _project()
    with (
        only_run(project, "one"),
        only_run(project, "two"),
        pytest.raises(RunLocked),
        only_run(project, "one"),
    ):
        pass
    with only_run(project, "one"):
        assert (root / ".dispatch").stat().st_mode & 0o777 == 0o700


def test_the_ledger_keeps_names_from_the_root_on(root: Path) -> None:
    """So that a project can be moved; what lies outside keeps its full path."""
    project = _project()
    assert project.kept(Path("one.md")) == "issues/one.md"
    assert project.kept(Path(os.devnull)) == os.devnull
