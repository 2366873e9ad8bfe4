"""The letter that comes with dispatch: the same bytes as ever, and fit for a phone and the dark."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dispatch.wiring.press import print_letters, print_page
from dispatch.wiring.project import Project, find_project
from dispatch.wiring.reader import choose_reader
from tests.servers.browser import look

ROOT = Path(__file__).resolve().parent.parent.parent
GOLDEN = ROOT / "tests" / "golden"
ISSUE = "2026-11-20-after-the-dot.md"


@pytest.fixture
def sample(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """The repository's own newsletter, with a key that never changes."""
    for name in ("pyproject.toml", "subscribers.csv"):
        shutil.copy(ROOT / name, tmp_path / name)
    for name in ("issues", "templates"):
        shutil.copytree(ROOT / name, tmp_path / name)
    (tmp_path / ".dispatch").mkdir()
    (tmp_path / ".dispatch" / "key").write_text("47" * 32 + "\n")
    monkeypatch.chdir(tmp_path)
    return find_project(None)


@pytest.mark.parametrize(
    ("email", "layout", "name"),
    [
        ("ann@example.com", "digest", "ann"),
        ("layla@example.net", "digest", "layla"),
        ("reader@example.org", "digest", "reader"),
        ("ann@example.com", "letter", "letter"),
        ("ann@example.com", "plain", "plain"),
    ],
)
def test_the_whole_mail_is_the_golden_one(sample: Project, email: str, layout: str, name: str) -> None:
    """A pro reader, one who writes from right to left, one without a name; and the other layouts."""
    reader = choose_reader(sample, email)
    path = sample.find_issue(ISSUE)
    issue = replace(sample.read_issue(path), layout=layout)
    letters = print_letters(sample, issue, print_page(sample, issue, path, reader.columns))
    letter = letters.write(
        reader.fields,
        to=reader.address,
        token="A" * 26,
        date=datetime(2026, 11, 20, 7, 0, tzinfo=UTC),
        message_id="<golden@example.com>",
    )
    golden = GOLDEN / f"sample-{name}.eml"
    if os.environ.get("DISPATCH_UPDATE_GOLDEN") == "1":
        golden.write_bytes(letter.message)
    assert letter.message == golden.read_bytes()


@pytest.mark.parametrize("width", [375, 600])
def test_it_fits_the_screen_in_light_and_dark(sample: Project, tmp_path: Path, width: int) -> None:
    """Nothing sticks out to the side, both pictures show, and the dark has a dark ground."""
    reader = choose_reader(sample, None)
    path = sample.find_issue(ISSUE)
    page = print_page(sample, sample.read_issue(path), path, reader.columns)
    letters = print_letters(sample, sample.read_issue(path), page)
    copy = page.read(reader.fields, letters.links("A" * 26))
    assert copy.html is not None
    html = page.self_contained(copy.html)
    light = look(html, tmp_path, width=width)
    dark = look(html, tmp_path, width=width, dark=True)
    assert (light["width"], dark["width"]) == (width, width)
    assert light["images"] == [1040, 1040]
    assert light["background"] != dark["background"]
