"""The doors to mailboxes: reading changes nothing, and what is put away is elsewhere, whole."""

from __future__ import annotations

import mailbox
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from dispatch.errors import InputMissing, MailboxUnavailable
from dispatch.feedback.mailbox import Arrival, Mailbox
from dispatch.feedback.maildir import DONE, QUARANTINE, REASONS, Maildir
from dispatch.feedback.mbox import Mbox
from dispatch.mail.parts import MAX_READ

MESSAGES = [b"Subject: one\n\nfirst\n", b"Subject: two\n\nFrom here on\n", b"Subject: three\n\n\xff\n"]


def make_maildir(folder: Path) -> Maildir:
    """Two new messages, and one that somebody has seen."""
    for name in ("new", "cur", "tmp"):
        (folder / name).mkdir(parents=True)
    for number, raw in enumerate(MESSAGES):
        place = folder / ("cur" if number == 2 else "new")
        (place / f"{number}.host{':2,S' if number == 2 else ''}").write_bytes(raw)
    return Maildir(folder)


def make_mbox(folder: Path) -> Mbox:
    """The same messages in one file."""
    box = mailbox.mbox(folder / "box")
    for raw in MESSAGES:
        box.add(raw)
    box.close()
    return Mbox(folder / "box")


BOXES: dict[str, Callable[[Path], Mailbox]] = {"maildir": make_maildir, "mbox": make_mbox}


@pytest.mark.parametrize("kind", BOXES)
def test_everything_is_read_and_stays(tmp_path: Path, kind: str) -> None:
    """In order, twice the same."""
    box: Mailbox = BOXES[kind](tmp_path)
    first = [(one.name, one.source) for one in box.waiting()]
    box.close()
    assert len(first) == len({source for _, source in first}) == 3
    assert [(one.name, one.source) for one in box.waiting()] == first
    box.close()


@pytest.mark.parametrize("kind", BOXES)
def test_what_is_put_away_is_gone_and_the_rest_is_there(tmp_path: Path, kind: str) -> None:
    """Also for the next program that looks."""
    box: Mailbox = BOXES[kind](tmp_path)
    done, poison, left = list(box.waiting())
    box.put_away(done)
    box.put_away(poison, "it cannot be read")
    box.close()
    assert [one.source for one in box.waiting()] == [left.source]
    box.close()


def test_a_maildir_keeps_what_is_done_and_names_the_reason_for_quarantine(tmp_path: Path) -> None:
    """Both are Maildirs inside of it."""
    box = make_maildir(tmp_path)
    done, poison, seen = list(box.waiting())
    box.put_away(done)
    box.put_away(seen)
    box.put_away(poison, "nested\ttoo deep")
    assert sorted(path.name for path in (tmp_path / DONE / "cur").iterdir()) == ["0.host:2,S", "2.host:2,S"]
    assert (tmp_path / QUARANTINE / "cur" / "1.host:2,S").read_bytes() == MESSAGES[1]
    assert (tmp_path / QUARANTINE / REASONS).read_text() == "1.host\tnested\ttoo deep\n"


def test_a_folder_of_mail_files_is_read_too(tmp_path: Path) -> None:
    """As an export or an attachment folder is; hidden files are nobody's mail."""
    (tmp_path / "a.eml").write_bytes(MESSAGES[0])
    (tmp_path / ".hidden").write_bytes(MESSAGES[1])
    assert [one.name for one in Maildir(tmp_path).waiting()] == ["a.eml"]


def test_files_of_one_name_do_not_meet_where_they_are_put_away(tmp_path: Path) -> None:
    """Exports number their files anew each time."""
    for raw in MESSAGES[:2]:
        (tmp_path / "1.eml").write_bytes(raw)
        box = Maildir(tmp_path)
        (one,) = box.waiting()
        box.put_away(one)
    kept = (tmp_path / DONE / "cur").iterdir()
    assert sorted(path.read_bytes() for path in kept) == sorted(MESSAGES[:2])


@pytest.mark.parametrize("kind", BOXES)
def test_what_was_left_is_no_news(tmp_path: Path, kind: str) -> None:
    """Waiting ends when something comes, not because something stayed."""
    box: Mailbox = BOXES[kind](tmp_path)
    list(box.waiting())
    box.close()
    began = time.monotonic()
    box.watch(0.2)
    assert time.monotonic() - began >= 0.2


def test_a_message_that_another_reader_took_is_no_error(tmp_path: Path) -> None:
    """Two readers may meet."""
    box = make_maildir(tmp_path)
    first, *_ = box.waiting()
    Path(str(first.place)).unlink()
    box.put_away(first)
    assert len(list(box.waiting())) == 2


def test_of_a_large_message_only_the_beginning_is_read(tmp_path: Path) -> None:
    """The source is the same whatever the line ends are."""
    (tmp_path / "a").write_bytes(b"Subject: x\n\n" + b"y" * 2 * MAX_READ)
    (one,) = Maildir(tmp_path).waiting()
    assert (len(one.raw), one.size) == (MAX_READ, 12 + 2 * MAX_READ)
    crlf = Arrival(name="b", raw=MESSAGES[0].replace(b"\n", b"\r\n"), size=1)
    assert crlf.source == Arrival(name="a", raw=MESSAGES[0], size=1).source


def test_an_mbox_that_is_locked_is_left_alone(tmp_path: Path) -> None:
    """75, and what to do."""
    box = make_mbox(tmp_path)
    other = mailbox.mbox(tmp_path / "box")
    other.lock()
    with pytest.raises(MailboxUnavailable):
        list(box.waiting())
    other.unlock()
    other.close()
    assert len(list(box.waiting())) == 3
    box.close()


def test_a_rehearsal_leaves_nothing_beside_an_mbox(tmp_path: Path) -> None:
    """Nor does a reader that is done, but what it put away."""
    make_mbox(tmp_path)
    for rehearsal in (True, False):
        box = Mbox(tmp_path / "box", rehearsal=rehearsal)
        assert len(list(box.waiting())) == 3
        box.close()
        assert [path.name for path in tmp_path.iterdir()] == ["box"]


def test_the_lock_of_a_killed_reader_is_taken_over(tmp_path: Path) -> None:
    """Its note says whose lock file it was."""
    box = make_mbox(tmp_path)
    (tmp_path / "box.lock").touch()
    (tmp_path / "box.dispatch-note").touch()
    assert len(list(box.waiting())) == 3
    box.close()
    assert not (tmp_path / "box.lock").exists()


@pytest.mark.parametrize("door", [Maildir, Mbox])
def test_a_mailbox_that_is_not_there(tmp_path: Path, door: type[Maildir] | type[Mbox]) -> None:
    """66, and the option to type."""
    with pytest.raises(InputMissing) as caught:
        door(tmp_path / "nowhere")
    assert caught.value.hint is not None
    assert "dispatch inbox --m" in caught.value.hint
