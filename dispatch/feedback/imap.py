"""A mailbox on an IMAP server: the only door to imap-tools.

Messages are fetched without being marked as read, at most MAX_READ octets of each, and moved to a folder of
their own when they are recorded. Waiting is IDLE (RFC 2177) where the server has it.
"""

from __future__ import annotations

import imaplib
import re
import ssl
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from imap_tools import BaseMailBox, MailBox, MailBoxUnencrypted
from imap_tools.errors import ImapToolsError, MailboxLoginError

from dispatch.errors import LoginRefused, MailboxUnavailable
from dispatch.feedback.mailbox import Arrival
from dispatch.mail.parts import MAX_READ
from dispatch.model.settings import ImapAccount, Security

_TIMEOUT = 60.0
# What arrives just before IDLE begins may not be told of (RFC 2177): it waits this long at most.
_IDLE = 60.0
_POLL = 10.0
_SIZE = re.compile(rb"RFC822\.SIZE (\d{1,12})")


class ImapMailbox:
    """The folder of an account. Connects when it is first used."""

    def __init__(self, account: ImapAccount, password: str | None) -> None:
        self._account = account
        self._password = password or ""
        self._box: BaseMailBox | None = None

    def waiting(self) -> Iterator[Arrival]:
        """Every message of the folder, in the order in which they arrived."""
        with self._words():
            box = self._connected()
            uids = box.uids("ALL")
        for uid in uids:
            with self._words():
                status, answer = box.client.uid("FETCH", uid, f"(RFC822.SIZE BODY.PEEK[]<0.{MAX_READ}>)")
                found = _literal(answer) if status == "OK" else None
            if found is not None:
                raw, size = found
                yield Arrival(name=f"{self._account.folder};UID={uid}", raw=raw, size=size, place=uid)

    def put_away(self, arrival: Arrival, poison: str = "") -> None:
        """Move it to the folder for what is done, or to that for poison."""
        folder = self._account.quarantine if poison else self._account.done
        with self._words():
            box = self._connected()
            if not box.folder.exists(folder):
                box.folder.create(folder)
            box.move(str(arrival.place), folder)

    def watch(self, seconds: float) -> None:
        """IDLE until the server says that something is new; where it has no IDLE, wait a while."""
        with self._words():
            box = self._connected()
            if "IDLE" in box.client.capabilities:
                box.idle.wait(timeout=min(seconds, _IDLE))
            else:
                time.sleep(min(seconds, _POLL))
                box.client.noop()

    def close(self) -> None:
        """Say goodbye; how the server leaves changes nothing."""
        box, self._box = self._box, None
        if box is not None:
            try:
                box.logout()
            except (ImapToolsError, imaplib.IMAP4.error, OSError):
                return

    def _connected(self) -> BaseMailBox:
        if self._box is None:
            box = self._opened()
            try:
                self._enter(box)
            except BaseException:
                box.client.shutdown()
                raise
            self._box = box
        return self._box

    def _opened(self) -> BaseMailBox:
        account = self._account
        if account.protection is not Security.TLS:
            return MailBoxUnencrypted(account.host, account.port, timeout=_TIMEOUT)
        context = ssl.create_default_context(cafile=account.ca_file)
        return MailBox(account.host, account.port, timeout=_TIMEOUT, ssl_context=context)

    def _enter(self, box: BaseMailBox) -> None:
        if self._account.protection is Security.STARTTLS:
            box.client.starttls(ssl.create_default_context(cafile=self._account.ca_file))
        try:
            box.login(self._account.user, self._password, initial_folder=None)
        except MailboxLoginError as error:
            raise LoginRefused(
                f"{self._account.name} does not accept the login: {_shown(error)}",
                hint="check user and password of [inbox] imap with: dispatch config show",
            ) from error
        box.folder.set(self._account.folder)

    @contextmanager
    def _words(self) -> Iterator[None]:
        """Turn every exception of imap-tools', imaplib's and the network's into MailboxUnavailable."""
        try:
            yield
        except (ImapToolsError, imaplib.IMAP4.error, OSError, ValueError) as error:
            box, self._box = self._box, None
            if box is not None:
                box.client.shutdown()
            raise MailboxUnavailable(
                f"{self._account.name} does not do its part: {_shown(error)}",
                hint="nothing is lost; read on later with: dispatch inbox --imap",
            ) from error


def _literal(answer: Sequence[object]) -> tuple[bytes, int] | None:
    """The octets and the whole size out of imaplib's answer to a FETCH; None when the message has gone."""
    for item in answer:
        if isinstance(item, tuple) and len(item) == 2 and isinstance(item[1], bytes):
            size = _SIZE.search(bytes(item[0]))
            return item[1], int(size[1]) if size else len(item[1])
    return None


def _shown(error: Exception) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
