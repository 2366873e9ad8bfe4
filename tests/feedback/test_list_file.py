"""Changing the list: whole or not at all, and every other byte as it was."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dispatch.errors import ListInvalid, Temporary
from dispatch.feedback.list_file import ListFile, Row
from dispatch.model.subscriber import Subscriber
from dispatch.read.subscribers import SubscriberReader

NEW = {"email": "new@example.com", "name": 'Ann "A", M.'}


def _list(path: Path) -> ListFile:
    return ListFile(path=path, name="list.csv", guard=nullcontext)


def _is(key: str) -> object:
    return lambda row: isinstance(row, Subscriber) and row.address.key == key


def _read(data: bytes) -> list[Row]:
    return list(SubscriberReader([data], file="list.csv"))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "list.csv"


@pytest.mark.parametrize(
    ("before", "more"),
    [
        pytest.param(b"email,name\na@b.de,A\n", b'new@example.com,"Ann ""A"", M."\n', id="plain"),
        pytest.param(
            b"\xef\xbb\xbfemail;name\r\n'a'@b.de;\"A\"\r\n",
            b'new@example.com;"Ann ""A"", M."\r\n',
            id="mark, semicolon, CRLF",
        ),
        pytest.param(
            b"name\temail\rA\ta@b.de", b'\r"Ann ""A"", M."\tnew@example.com\r', id="no last line end"
        ),
        pytest.param(b"email\n", b"new@example.com\n", id="one column"),
        pytest.param(
            b'email,name\nbad\n"open,x\n\xff@b.de,\n\n',
            b'new@example.com,"Ann ""A"", M."\n',
            id="broken rows",
        ),
    ],
)
def test_a_row_is_added_in_the_list_s_own_way(path: Path, before: bytes, more: bytes) -> None:
    """Its delimiter and line ends; nothing before it is touched."""
    path.write_bytes(before)
    assert _list(path).append([NEW]) == 1
    assert path.read_bytes() == before + more


def test_a_new_column_is_empty_in_the_old_rows(path: Path) -> None:
    """Only good rows get its cell; their quoting, and the rows that are broken, stay."""
    path.write_bytes(b'\xef\xbb\xbfemail,"name"\r\na@b.de,"A\r\nB"\r\nbad,x,y\r\n\r\n"open\r\nb@b.de,B')
    added = {"email": "c@b.de", "consent_at": "2026-11-20"}
    assert _list(path).append([added], columns=("email", "consent_at")) == 1
    assert path.read_bytes() == (
        b'\xef\xbb\xbfemail,"name",consent_at\r\na@b.de,"A\r\nB",\r\nbad,x,y\r\n\r\n"open\r\nb@b.de,B,\r\n'
        b"c@b.de,,2026-11-20\r\n"
    )


def test_a_list_that_does_not_exist_is_made(path: Path) -> None:
    """With the columns that are asked for, and for its owner's eyes only."""
    assert _list(path).append([NEW], columns=("email", "name")) == 1
    assert path.read_bytes() == b'email,name\nnew@example.com,"Ann ""A"", M."\n'
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_rows_are_taken_out_and_the_others_stay(path: Path) -> None:
    """Every row of that person, also one of several lines; every other byte stays."""
    path.write_bytes(b'email,name\r\n"A@b.de","x\r\ny"\r\nbad\r\nb@b.de,B\r\na@B.de,\r\n\r\nc@b.de,C')
    gone = _list(path).remove(_is("a@b.de"))  # type: ignore[arg-type]
    assert [row.line for row in gone] == [2, 6]
    assert path.read_bytes() == b"email,name\r\nbad\r\nb@b.de,B\r\n\r\nc@b.de,C"


def test_nobody_to_take_out_leaves_the_file_alone(path: Path) -> None:
    """It is not even written anew."""
    path.write_bytes(b"email\na@b.de\n")
    before = path.stat()
    assert _list(path).remove(_is("x@b.de")) == []  # type: ignore[arg-type]
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


@given(
    st.lists(st.text(alphabet='ab@.,;"\t\r\n é', max_size=12), max_size=6),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.booleans(),
    st.dictionaries(st.sampled_from(["email", "name"]), st.text(alphabet='a@.,"\t é=', max_size=8)),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_adding_and_taking_out_again_leaves_the_same_bytes(
    path: Path, rows: list[str], ending: str, marked: bool, row: Mapping[str, str]
) -> None:
    """Whatever the list is like, and whatever the new row has in it."""
    before = ("\ufeff" * marked + ending.join(["email,name", *rows, ""])).encode()
    path.write_bytes(before)
    added = {**row, "email": "zz@new.example"}
    _list(path).append([added])
    found = [one for one in _read(path.read_bytes()) if isinstance(one, Subscriber)]
    mine = [one for one in found if one.address.key == "zz@new.example"]
    if mine:
        _list(path).remove(_is("zz@new.example"))  # type: ignore[arg-type]
        assert path.read_bytes() == before
    else:
        assert '"' in "".join(rows)  # an open quote above it swallowed the row


@pytest.mark.skipif(os.name != "posix", reason="permissions as on Unix")
def test_permissions_and_links_stay(tmp_path: Path) -> None:
    """A link goes on leading to the list, which keeps its mode; no draft is left."""
    path, link = tmp_path / "real" / "list.csv", tmp_path / "list.csv"
    path.parent.mkdir()
    path.write_bytes(b"email\n")
    path.chmod(0o640)
    link.symlink_to(path)
    _list(link).append([{"email": "a@b.de"}])
    assert link.is_symlink()
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert path.read_bytes() == b"email\na@b.de\n"
    assert [one.name for one in path.parent.iterdir()] == ["list.csv"]


def test_a_fault_while_writing_leaves_the_list_as_it_was(path: Path) -> None:
    """No half of the rows, and no draft with addresses."""
    path.write_bytes(b"email\na@b.de\n")

    def rows() -> Iterator[Mapping[str, str]]:
        yield {"email": "b@b.de"}
        raise OSError(28, "No space left on device")

    with pytest.raises(Temporary, match="No space left on device"):
        _list(path).append(rows())
    assert path.read_bytes() == b"email\na@b.de\n"
    assert [one.name for one in path.parent.iterdir()] == ["list.csv"]


def test_a_change_by_somebody_else_meanwhile_is_not_lost(path: Path) -> None:
    """Their editor wins; the command says so and can be run again."""
    path.write_bytes(b"email\na@b.de\n")

    def rows() -> Iterator[Mapping[str, str]]:
        path.write_bytes(b"email\nedited@b.de\n")
        yield {"email": "b@b.de"}

    with pytest.raises(Temporary, match="somebody else changed the list meanwhile"):
        _list(path).append(rows())
    assert path.read_bytes() == b"email\nedited@b.de\n"


def test_a_line_too_long_to_be_read_whole_is_not_lost(path: Path) -> None:
    """It could not be written back, so the list is left alone."""
    before = b"email,name\na@b.de,A\nlong@b.de," + b"x" * 3_000_000 + b"\n"
    path.write_bytes(before)
    with pytest.raises(ListInvalid, match="longer than 1 MB"):
        _list(path).remove(_is("a@b.de"))  # type: ignore[arg-type]
    assert path.read_bytes() == before
    _list(path).append([NEW])
    assert path.read_bytes().startswith(before)


def test_the_draft_of_a_killed_change_is_swept_away(path: Path) -> None:
    """It has addresses in it, and forgetting somebody must find them all."""
    path.write_bytes(b"email\n")
    draft = path.with_name(".list.csv.0123456789ab.dispatch")
    draft.write_bytes(b"email\nsecret@b.de\n")
    _list(path).append([{"email": "a@b.de"}])
    assert not draft.exists()


def test_many_at_once_lose_no_row(path: Path) -> None:
    """Each change waits for the lock of the one before."""
    path.write_bytes(b"email\n")
    lock = threading.Lock()

    @contextmanager
    def guard() -> Iterator[None]:
        with lock:
            yield

    target = ListFile(path=path, name="list.csv", guard=guard)
    rows = [[{"email": f"reader{number}@example.com"}] for number in range(40)]
    threads = [threading.Thread(target=target.append, args=(row,)) for row in rows]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(path.read_bytes().splitlines()) == 41


APPEND = """
import sys
from contextlib import nullcontext
from pathlib import Path
from dispatch.feedback.list_file import ListFile
target = ListFile(path=Path(sys.argv[1]), name="list.csv", guard=nullcontext)
def rows():
    for number in range(10**9):
        if number == 50_000:
            print("half", flush=True)
        yield {"email": f"new{number}@example.com"}
target.append(rows())
"""


def test_a_kill_in_the_middle_leaves_the_old_list(path: Path) -> None:
    """What was written so far stood beside it."""
    path.write_bytes(b"email\na@b.de\n")
    process = subprocess.Popen([sys.executable, "-c", APPEND, str(path)], stdout=subprocess.PIPE)
    assert process.stdout is not None
    with process:
        assert process.stdout.readline() == b"half\n"
        process.kill()
    assert path.read_bytes() == b"email\na@b.de\n"
