"""Whole mails, one for each family of what an author can write. DISPATCH_UPDATE_GOLDEN=1 writes them anew."""

from __future__ import annotations

import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dispatch.mail.letter import Letter
from dispatch.model.address import parse_address
from dispatch.wiring.press import print_letters, print_page
from dispatch.wiring.project import Project, find_project
from tests.pictures import exif, jpeg, png
from tests.project import CONFIGURATION

FEATURES = Path(__file__).resolve().parent.parent / "golden" / "features"
ANN = {"email": "ann@example.com", "name": "Ann & <Zoë>", "plan": "pro", "tags": "mail, post"}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project with an issue for every family, the pictures they show, and a key that never changes."""
    shutil.copytree(FEATURES, tmp_path / "issues")
    for name, picture in {
        "grey.png": png(120, 80),
        "wide@2x.png": png(1040, 300, 120),
        "photo.jpg": jpeg(400, 300, exif(6)),
    }.items():
        (tmp_path / "issues" / name).write_bytes(picture)
    (tmp_path / "dispatch.toml").write_text(CONFIGURATION)
    (tmp_path / ".dispatch").mkdir()
    (tmp_path / ".dispatch" / "key").write_text("47" * 32 + "\n")
    monkeypatch.chdir(tmp_path)
    return find_project(None)


def letter(project: Project, name: str, fields: dict[str, str]) -> Letter:
    """The letter of this issue to a reader with these fields."""
    path = project.find_issue(name)
    issue = project.read_issue(path)
    letters = print_letters(project, issue, print_page(project, issue, path, ANN))
    return letters.write(
        fields,
        to=parse_address(fields["email"]),
        token="A" * 26,
        date=datetime(2026, 11, 20, 7, 0, tzinfo=UTC),
        message_id="<golden@example.com>",
    )


@pytest.mark.parametrize("name", ["words", "lists", "boxes", "pictures", "files"])
def test_the_whole_mail_is_the_golden_one(project: Project, name: str) -> None:
    """Structure, HTML and text, to the byte."""
    message = letter(project, name, ANN).message
    golden = FEATURES / f"{name}.eml"
    if os.environ.get("DISPATCH_UPDATE_GOLDEN") == "1":
        golden.write_bytes(message)
    assert message == golden.read_bytes()
