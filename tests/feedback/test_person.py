"""Where one person's address stands on the disk, and which of those places are ours to change."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path

import pytest

from dispatch.errors import LedgerUnavailable
from dispatch.feedback.list_file import ListFile
from dispatch.feedback.person import erase, messages_to
from dispatch.ledger.connect import open_ledger, wipe
from dispatch.model.address import parse_address
from tests.ledger.people import NOW, URL, people, plan
from tests.ledger.pseudonyms import pseudonyms

ANN = parse_address("ann@example.com")


def _remaining(root: Path) -> set[str]:
    with open_ledger(URL, root=root, pseudonyms=pseudonyms) as ledger:
        done = erase(ANN, [], ledger, root=root, now=NOW)
    return {str(path.relative_to(root)) for path in done.remaining}


@pytest.mark.parametrize("offset", [0, (1 << 20) - 7, (1 << 20) - 15, (1 << 20) + 3])
def test_an_address_is_found_wherever_it_stands(tmp_path: Path, offset: int) -> None:
    """Also over the border of two pieces of a long file."""
    (tmp_path / "long.bin").write_bytes(b"\xff" * offset + b" ANN@example.com " + b"\0" * 50)
    assert _remaining(tmp_path) == {"long.bin"}


def test_only_what_is_ours_is_changed(tmp_path: Path) -> None:
    """Caught letters and reports that were read go; the owner's own files, and what is only like it, stay."""
    for name, content in {
        ".dispatch/outbox/new/1": b"Delivered-To: ann@example.com\n",
        ".dispatch/outbox/new/2": b"Delivered-To: joann@example.com\n",
        "Maildir/new/3": b"To: ann@example.com\n",
        "Maildir/.dispatch-done/cur/4": b"Final-Recipient: rfc822; ann@example.com\n",
        "Maildir/.dispatch-quarantine/cur/5": b"ann@example.com\n",
        "notes/a.md": b"ask ann@example.com",
        ".git/objects/x": b"ann@example.com",
    }.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    (tmp_path / "link").symlink_to(tmp_path / "notes")
    assert [path.name for path in messages_to(tmp_path / ".dispatch" / "outbox", ANN)] == ["1"]
    assert _remaining(tmp_path) == {"Maildir/new/3", "notes/a.md"}
    assert not (tmp_path / ".dispatch/outbox/new/1").exists()
    assert (tmp_path / ".dispatch/outbox/new/2").exists()
    assert [one.name for one in (tmp_path / "Maildir").rglob("*") if one.is_file()] == ["3"]


def test_a_row_that_reaches_nobody_goes_too(tmp_path: Path) -> None:
    """A cell too many makes it nobody else's."""
    path = tmp_path / "list.csv"
    path.write_text("email,name\nANN@example.com,A,x\nbob@example.com,B,x\n")
    target = ListFile(path=path, name="list.csv", guard=nullcontext)
    with open_ledger(URL, root=tmp_path, pseudonyms=pseudonyms) as ledger:
        done = erase(ANN, [target], ledger, root=tmp_path, now=NOW)
    assert done.rows == (("list.csv", 2),)
    assert path.read_text() == "email,name\nbob@example.com,B,x\n"


def test_who_reads_the_ledger_keeps_nobody_in_it(tmp_path: Path) -> None:
    """Only its free pages and its log have to wait for them."""
    key = "reader1@example.com"
    with (
        open_ledger(URL, root=tmp_path, pseudonyms=pseudonyms) as other,
        open_ledger(URL, root=tmp_path, busy_seconds=0.05, pseudonyms=pseudonyms) as ledger,
    ):
        plan(other, people(3))
        with other.database.reading() as connection:
            connection.exec_driver_sql("SELECT count(*) FROM delivery").scalar_one()
            assert erase(parse_address(key), [], ledger, root=tmp_path, now=NOW).remaining == ()
            with pytest.raises(LedgerUnavailable, match="another program"):
                wipe(ledger.database, patience=0.05)
        assert ledger.suppressed([key]) == {key: "forgotten"}
        assert erase(parse_address(key), [], ledger, root=tmp_path, now=NOW).remaining == ()
