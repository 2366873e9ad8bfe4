"""The door to IMAP, against a real Dovecot: what is read stays, what is put away is elsewhere."""

from __future__ import annotations

import imaplib
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from imap_tools import errors

from dispatch.errors import LoginRefused, MailboxUnavailable
from dispatch.feedback.imap import ImapMailbox
from dispatch.model.settings import ImapAccount
from tests.servers.dovecot import PASSWORD, Account, dovecot

NOBODY = 65534


@pytest.fixture(scope="module")
def maildir() -> Iterator[Path]:
    """A Maildir that Dovecot's user may change."""
    with tempfile.TemporaryDirectory(prefix="maildir-") as folder:
        for path in (Path(folder), *(Path(folder) / name for name in ("new", "cur", "tmp"))):
            path.mkdir(exist_ok=True)
            path.chmod(0o755)
            if os.geteuid() == 0:
                os.chown(path, NOBODY, NOBODY)
        yield Path(folder)


@pytest.fixture(scope="module")
def server(maildir: Path) -> Iterator[Account]:
    """Dovecot over it."""
    with dovecot(maildir) as account:
        yield account


def _account(server: Account, **changes: object) -> ImapAccount:
    values = {
        "host": "127.0.0.1",
        "port": server.port,
        "security": "starttls",
        "user": "bounces",
        "ca_file": str(server.ca_file),
    }
    return ImapAccount.model_validate({**values, **changes})


def _deliver(maildir: Path, *names: str) -> None:
    for name in names:
        path = maildir / "new" / name
        path.write_bytes(f"Subject: {name}\r\n\r\nx\r\n".encode())
        if os.geteuid() == 0:
            os.chown(path, NOBODY, NOBODY)


def test_messages_are_read_put_away_and_waited_for(maildir: Path, server: Account) -> None:
    """Unread they stay unread; done and poison have folders of their own; IDLE tells what arrives."""
    _deliver(maildir, "1.a", "2.b", "3.c")
    box = ImapMailbox(_account(server), PASSWORD)
    first = list(box.waiting())
    assert [one.raw.split(b"\r\n")[0] for one in first] == [b"Subject: 1.a", b"Subject: 2.b", b"Subject: 3.c"]
    assert [one.source for one in box.waiting()] == [one.source for one in first]
    box.put_away(first[0])
    box.put_away(first[1], "nested too deep")
    assert [one.source for one in box.waiting()] == [first[2].source]
    for folder, expected in (("dispatch-done", first[0]), ("dispatch-quarantine", first[1])):
        other = ImapMailbox(_account(server, folder=folder), PASSWORD)
        assert [one.source for one in other.waiting()] == [expected.source]
        other.close()
    box.put_away(first[2])
    began = time.monotonic()
    box.watch(0.2)
    assert time.monotonic() - began >= 0.2
    _deliver(maildir, "4.d")
    box.watch(5)  # told of it by IDLE, or at the latest when the time is over
    assert [one.raw[:12] for one in box.waiting()] == [b"Subject: 4.d"]
    box.close()


def test_a_refused_login_is_one(server: Account) -> None:
    """77, and which setting to look at."""
    with pytest.raises(LoginRefused) as caught:
        list(ImapMailbox(_account(server), "wrong").waiting())
    assert caught.value.hint is not None
    assert "[inbox] imap" in caught.value.hint


@pytest.mark.parametrize(
    "changes",
    [{"ca_file": None}, {"folder": "nowhere"}, {"security": "tls"}, {"port": 9}],
    ids=["stranger", "no such folder", "no TLS there", "nobody there"],
)
def test_what_does_not_work_is_for_later(server: Account, changes: dict[str, object]) -> None:
    """75, whatever imap-tools, imaplib or the network raise."""
    with pytest.raises(MailboxUnavailable):
        list(ImapMailbox(_account(server, **changes), PASSWORD).waiting())


def test_every_exception_of_the_library_has_one_root() -> None:
    """The root that the door catches; a new one beside it would be found here."""
    known = [one for one in vars(errors).values() if isinstance(one, type) and issubclass(one, Exception)]
    assert known
    assert all(issubclass(one, errors.ImapToolsError) for one in known)
    assert issubclass(imaplib.IMAP4.abort, imaplib.IMAP4.error)
