"""The author's desk: the last good letter, whatever happens to the files."""

from __future__ import annotations

import pytest

from dispatch.errors import DispatchError, InputMissing
from dispatch.wiring.desk import WritingDesk
from tests.project import ISSUE, TestProject


@pytest.fixture
def desk(project: TestProject, monkeypatch: pytest.MonkeyPatch) -> WritingDesk:
    """The desk of a small project."""
    monkeypatch.chdir(project.root)
    return WritingDesk(None, project.issue, None)


def test_a_sheet_has_every_form_of_the_letter(desk: WritingDesk) -> None:
    """For the first of the list, when nobody is named."""
    sheet = desk.sheet("")
    assert (sheet.who.email, sheet.who.name, sheet.who.line) == ("reader0@example.com", "Reader 0", 2)
    assert "Dear Reader 0," in sheet.text
    assert sheet.html is not None
    assert "Dear Reader 0," in sheet.html
    assert sheet.header.startswith("From: Ann <ann@letters.example.com>")
    assert sheet.message.startswith(b"From: Ann")


def test_a_reader_is_named_by_address_or_invented(desk: WritingDesk) -> None:
    """Who is neither is an error that says so."""
    assert desk.sheet("reader1@example.com").who.line == 3
    assert "Dear reader," in desk.sheet("~empty").text
    with pytest.raises(InputMissing, match="not in"):
        desk.sheet("nobody@example.com")


def test_nothing_new_is_no_new_version(desk: WritingDesk, project: TestProject) -> None:
    """Looking again at the same files changes nothing; a save is one version more."""
    assert (desk.refresh(), desk.standing().version) == (False, 1)
    project.issue.write_text(ISSUE + "More.\n")
    assert (desk.refresh(), desk.standing().version) == (True, 2)
    assert "More." in desk.sheet("").text


def test_the_last_good_letter_stays(desk: WritingDesk, project: TestProject) -> None:
    """And the trouble says where it is, until it is mended."""
    project.issue.write_text(ISSUE + "{{ subscriber.nmae }}\n")
    assert desk.refresh()
    trouble = desk.standing().trouble
    assert trouble is not None
    assert (trouble.file, trouble.line) == ("issues/news.md", 10)
    assert "Dear Reader 0," in desk.sheet("").text
    project.issue.write_text(ISSUE)
    assert desk.refresh()
    assert desk.standing().trouble is None


@pytest.mark.parametrize("spoilt", ["list", "configuration", "issue"])
def test_any_file_may_be_spoilt_or_gone(desk: WritingDesk, project: TestProject, spoilt: str) -> None:
    """Each is trouble and none the end."""
    file = getattr(project, spoilt)
    kept = file.read_bytes()
    for content in (b"\xff\xfe\x00nonsense [", None):
        if content is None:
            file.unlink()
        else:
            file.write_bytes(content)
        assert desk.refresh()
        assert desk.sheet("").text
    file.write_bytes(kept)
    assert desk.refresh()
    assert desk.standing().trouble is None


def test_a_broken_issue_has_a_desk_without_a_letter(project: TestProject) -> None:
    """Asking for one raises what is wrong with it."""
    project.issue.write_text(ISSUE + "{% if subscriber.name %}\n")
    desk = WritingDesk(project.configuration, project.issue, None)
    with pytest.raises(DispatchError, match="never closed"):
        desk.sheet("")
    assert desk.standing().columns == ()


def test_the_list_is_searched_in_every_column(desk: WritingDesk, project: TestProject) -> None:
    """All words must stand in the row; order and case do not matter."""
    project.list.write_text("email,name,city\na@example.com,Ann,Bern\nb@example.com,Bob,BERN\n")
    desk.refresh()
    assert [one.email for one in desk.search("bern")] == ["a@example.com", "b@example.com"]
    assert [one.email for one in desk.search("BERN bo")] == ["b@example.com"]
    assert list(desk.search("zurich")) == []


def test_without_a_list_there_is_one_neutral_reader(desk: WritingDesk, project: TestProject) -> None:
    """Nobody to search and no variants, but a letter."""
    project.list.unlink()
    project.issue.write_text("---\nsubject: Hi\n---\nHello {{ subscriber.email }}\n")
    desk.refresh()
    assert "Hello reader@example.com" in desk.sheet("").text
    assert list(desk.search("")) == []
    assert [census.listed for census in desk.variants()] == [0]


def test_the_check_goes_with_the_files(desk: WritingDesk, project: TestProject) -> None:
    """What it finds has file and line; it also speaks of an issue that cannot be compiled."""
    project.issue.write_text(ISSUE + "\n[a page](http://localhost/x)\n")
    desk.refresh()
    assert [(one.file, one.line) for one in desk.remarks() if one.rule == "LNK003"] == [
        ("issues/news.md", 11)
    ]
    project.issue.write_text(ISSUE + "{{ subscriber.nmae }}\n")
    desk.refresh()
    assert ("PER001", "error") in [(one.rule, one.severity) for one in desk.remarks()]


def test_the_way_out_of_a_proof_opens_nothing(desk: WritingDesk, project: TestProject) -> None:
    """Its address is known to the page, and its token is for proofs only."""
    sheet = desk.sheet("")
    (link,) = sheet.own_links
    assert link in sheet.text


def test_the_folders_to_watch_leave_out_what_is_not_ours(desk: WritingDesk, project: TestProject) -> None:
    """Neither the state, which changes while mail is sent, nor other hidden folders; pictures count."""
    (project.issue.parent / "images").mkdir()
    (project.issue.parent / ".git" / "objects").mkdir(parents=True)
    watched = {folder.relative_to(project.root.resolve()).as_posix() for folder in desk.watched()}
    assert watched == {".", "issues", "issues/images"}
