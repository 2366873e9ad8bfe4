"""Opening a ledger: where it is made, who may read it, and every way in which it can be unusable."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import text

from dispatch.errors import ConfigInvalid, DispatchError, LedgerUnavailable
from dispatch.ledger.connect import existing_ledger, open_ledger
from dispatch.ledger.ledger import Ledger
from tests.ledger.people import URL, people, plan

REPOSITORY = Path(__file__).parents[2]


def _refusal(root: Path, url: str = URL) -> DispatchError:
    with pytest.raises(DispatchError) as caught:
        open_ledger(url, root=root, busy_seconds=0.05)
    assert caught.value.hint
    return caught.value


def _pragma(ledger: Ledger, name: str) -> object:
    with ledger.database.reading() as connection:
        return connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_ledger_is_made_where_the_url_says(tmp_path: Path) -> None:
    """A relative path starts at the root, an absolute one stays as it is."""
    open_ledger("sqlite:///kept/here.db", root=tmp_path).close()
    open_ledger(f"sqlite:///{tmp_path}/absolute.db", root=tmp_path / "elsewhere").close()
    assert (tmp_path / "kept/here.db").is_file()
    assert (tmp_path / "absolute.db").is_file()


def test_a_path_may_have_any_sign(tmp_path: Path) -> None:
    """Per cent signs, question marks and spaces in a folder's name mean nothing special."""
    root = tmp_path / "50% off? a#b ü"
    with open_ledger(URL, root=root) as ledger:
        assert ledger.issues() == []
    assert (root / ".dispatch/ledger.db").is_file()


def test_only_the_owner_reads_the_ledger(tmp_path: Path) -> None:
    """The folder, the database and SQLite's files beside it hold addresses of people."""
    with open_ledger(URL, root=tmp_path) as ledger:
        plan(ledger, people(3))
        files = {path.name: _mode(path) for path in (tmp_path / ".dispatch").iterdir()}
    assert _mode(tmp_path / ".dispatch") == 0o700
    assert files == {"ledger.db": 0o600, "ledger.db-wal": 0o600, "ledger.db-shm": 0o600}


def test_a_commit_is_on_the_disk(ledger: Ledger) -> None:
    """WAL with synchronous=FULL (2): a commit that ended survives a power cut."""
    assert _pragma(ledger, "journal_mode") == "wal"
    assert _pragma(ledger, "synchronous") == 2
    assert _pragma(ledger, "foreign_keys") == 1
    assert _pragma(ledger, "busy_timeout") == 60_000


def test_a_question_makes_no_ledger(tmp_path: Path) -> None:
    """On a fresh project there is none, and asking leaves no file behind."""
    assert existing_ledger(URL, tmp_path) is None
    assert list(tmp_path.iterdir()) == []


def test_an_existing_ledger_is_opened(tmp_path: Path) -> None:
    """What was planned is there after closing and opening."""
    with open_ledger(URL, root=tmp_path) as ledger:
        one = plan(ledger, people(3))
    again = existing_ledger(URL, tmp_path)
    assert again is not None
    with again:
        assert again.issue("one") == one


@pytest.mark.parametrize(
    ("url", "message"),
    [
        pytest.param("", "ledger.url is not the address of a database", id="empty"),
        pytest.param(".dispatch/ledger.db", "ledger.url is not the address of a database", id="a path"),
        pytest.param("://x", "ledger.url is not the address of a database", id="no kind"),
        pytest.param("mysql://h/d", "a ledger on mysql is not supported", id="another kind"),
        pytest.param(
            "sqlite+pysqlcipher:///x", "a ledger on sqlite+pysqlcipher is not supported", id="a driver"
        ),
        pytest.param("sqlite://", "ledger.url must name a file, without options", id="no file"),
        pytest.param("sqlite:///:memory:", "ledger.url must name a file, without options", id="memory"),
        pytest.param("sqlite:///x?mode=ro", "ledger.url must name a file, without options", id="options"),
        pytest.param("sqlite://host/x", "ledger.url must name a file, without options", id="a host"),
        pytest.param("sqlite:///a\0b", "ledger.url must name a file, without options", id="a zero byte"),
    ],
)
def test_a_url_that_cannot_be_used_is_refused(tmp_path: Path, url: str, message: str) -> None:
    """It is the configuration that is wrong, and nothing is made."""
    error = _refusal(tmp_path, url)
    assert (type(error), error.message) == (ConfigInvalid, message)
    assert list(tmp_path.iterdir()) == []


def test_a_password_in_the_url_is_not_repeated(tmp_path: Path) -> None:
    """Messages are copied into reports."""
    assert "s3cret" not in str(_refusal(tmp_path, "mysql://ann:s3cret@host/db"))


def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path) -> None:
    """It is refused by name and not overwritten."""
    file = tmp_path / ".dispatch/ledger.db"
    file.parent.mkdir()
    file.write_text("email,name\n" * 400)
    error = _refusal(tmp_path)
    assert (type(error), error.message) == (LedgerUnavailable, "this file is not a ledger")
    assert error.file == str(file)
    assert file.read_text() == "email,name\n" * 400


def test_a_damaged_ledger_is_refused(tmp_path: Path) -> None:
    """Zeroes over the tables are found when the ledger is opened."""
    with open_ledger(URL, root=tmp_path) as ledger:
        plan(ledger, people(100))
    file = tmp_path / ".dispatch/ledger.db"
    whole = file.read_bytes()
    file.write_bytes(whole[:100] + bytes(len(whole) - 100))
    assert _refusal(tmp_path).message == "the ledger is damaged"


def test_the_database_of_another_program_is_left_alone(tmp_path: Path) -> None:
    """Its tables would be mixed with ours."""
    with sqlite3.connect(tmp_path / "other.db") as other:
        other.execute("CREATE TABLE customer (name TEXT)")
    other.close()
    error = _refusal(tmp_path, "sqlite:///other.db")
    assert (type(error), error.message) == (LedgerUnavailable, "the database belongs to another program")


def test_a_ledger_of_a_newer_dispatch_is_refused(tmp_path: Path) -> None:
    """An old program does not guess at new tables."""
    with open_ledger(URL, root=tmp_path) as ledger, ledger.database.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    error = _refusal(tmp_path)
    assert (type(error), error.message) == (
        LedgerUnavailable,
        "the ledger was written by a newer dispatch",
    )
    assert error.hint == "upgrade dispatch on this machine"


def test_a_locked_ledger_is_refused_after_waiting(tmp_path: Path) -> None:
    """Another program that keeps the lock is named as the cause."""
    with open_ledger(URL, root=tmp_path, busy_seconds=0.05) as ledger, ledger.database.writing():
        with pytest.raises(LedgerUnavailable) as caught:
            plan(ledger, people(1))
        assert caught.value.message == "another program keeps the ledger locked"


def test_a_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    """There is no place for the ledger."""
    (tmp_path / ".dispatch").write_text("")
    error = _refusal(tmp_path)
    assert type(error) is LedgerUnavailable
    assert error.message.startswith("the ledger cannot be opened: ")


@pytest.mark.skipif(sys.platform != "linux", reason="needs a folder that not even root can write")
def test_a_folder_that_cannot_be_written_is_refused() -> None:
    """The file system says no."""
    assert type(_refusal(Path("/proc/self"))) is LedgerUnavailable


def test_a_folder_in_the_place_of_the_file_is_refused(tmp_path: Path) -> None:
    """A folder is no ledger."""
    (tmp_path / ".dispatch/ledger.db").mkdir(parents=True)
    assert type(_refusal(tmp_path)) is LedgerUnavailable


OPEN = """
import sys
from pathlib import Path
from dispatch.ledger.connect import open_ledger
open_ledger("sqlite:///.dispatch/ledger.db", root=Path(sys.argv[1])).close()
print("alembic" in sys.modules)
"""


def _opens(root: Path) -> subprocess.Popen[str]:
    words = [sys.executable, "-W", "error", "-c", OPEN, str(root)]
    return subprocess.Popen(words, stdout=subprocess.PIPE, text=True, cwd=REPOSITORY)


def test_alembic_is_imported_only_when_there_is_something_to_do(tmp_path: Path) -> None:
    """The first start builds the tables, and every later one is fast."""
    starts = [_opens(tmp_path).communicate()[0].strip() for _ in range(2)]
    assert starts == ["True", "False"]


def test_several_first_starts_at_once_make_one_ledger(tmp_path: Path) -> None:
    """Whoever comes second waits, and finds the work done."""
    starts = [_opens(tmp_path) for _ in range(4)]
    assert [(start.communicate()[0] != "", start.returncode) for start in starts] == [(True, 0)] * 4
    with open_ledger(URL, root=tmp_path) as ledger:
        assert ledger.issues() == []


def test_an_empty_file_becomes_a_ledger(tmp_path: Path) -> None:
    """A first start that was killed before the tables were made leaves such a file."""
    (tmp_path / ".dispatch").mkdir()
    os.close(os.open(tmp_path / ".dispatch/ledger.db", os.O_CREAT))
    with open_ledger(URL, root=tmp_path) as ledger:
        assert ledger.issues() == []
