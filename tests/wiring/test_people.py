"""The files of an export, and the lock of the list."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from dispatch.errors import InputMissing, ListInvalid, UsageError
from dispatch.wiring.people import sources

SAMPLES = Path(__file__).parents[1] / "read" / "exports"


def _zip(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def _names(*paths: Path) -> list[str]:
    return [Path(source.name).name for source in sources(paths)]


def test_a_zip_of_mailchimp_has_several_files(tmp_path: Path) -> None:
    """All of them are read, as often as they are asked for; what a Mac adds is not."""
    files = {one.name: one.read_bytes() for one in sorted((SAMPLES / "mailchimp").iterdir())}
    path = _zip(tmp_path / "export.zip", {**files, "__MACOSX/._x.csv": b"\0\1", "readme.html": b"<p>"})
    found = sources([path])
    assert [Path(one.name).name for one in found] == list(files)
    assert (
        [b"".join(one.read()) for one in found]
        == [b"".join(one.read()) for one in found]
        == [*files.values()]
    )


def test_of_substack_s_zip_only_the_list_is_taken(tmp_path: Path) -> None:
    """The files about each mail have addresses too, of people who opened it."""
    path = _zip(
        tmp_path / "export.zip",
        {
            "posts.csv": b"post_id,title\n1,Hello\n",
            "posts/1.opens.csv": b"post_id,timestamp,email\n1,2024-01-01,x@example.com\n",
            "email_list.the-postmark.csv": (SAMPLES / "substack/email_list.the-postmark.csv").read_bytes(),
        },
    )
    assert _names(path) == ["email_list.the-postmark.csv"]


def test_a_folder_is_read_without_what_is_no_list(tmp_path: Path) -> None:
    """Tables without addresses, and files of other kinds, are passed over."""
    (tmp_path / "people.csv").write_text("email\na@example.com\n")
    (tmp_path / "orders.csv").write_text("order,sum\n1,2\n")
    (tmp_path / "note.pdf").write_text("x")
    assert _names(tmp_path) == ["people.csv"]


def test_what_cannot_be_read_is_told(tmp_path: Path) -> None:
    """A file that is not there, a ZIP without a list, a broken one, and one named twice."""
    with pytest.raises(InputMissing):
        sources([tmp_path / "missing.csv"])
    with pytest.raises(ListInvalid, match="no table of subscribers"):
        sources([_zip(tmp_path / "empty.zip", {"a.txt": b"nothing\n"})])
    whole = _zip(tmp_path / "whole.zip", {"a.csv": b"email\n" + b"a@example.com\n" * 5000}).read_bytes()
    broken = tmp_path / "broken.zip"
    broken.write_bytes(whole[:60] + bytes(20) + whole[80:])
    with pytest.raises(ListInvalid):
        [b"".join(one.read()) for one in sources([broken])]
    table = tmp_path / "a.csv"
    table.write_text("email\n")
    with pytest.raises(UsageError):
        sources([table, table])
