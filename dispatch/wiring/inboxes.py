"""The inbox made ready: which mailbox is meant, its password fetched, the reader given keys and ledger."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from importlib.util import find_spec
from pathlib import Path

from dispatch.errors import ConfigInvalid, InputMissing, LoginRefused, MailboxUnavailable
from dispatch.feedback import backlog
from dispatch.feedback.mailbox import MAX_SIZE, Arrival, Mailbox, read_arrival
from dispatch.feedback.maildir import Maildir
from dispatch.feedback.mbox import Mbox
from dispatch.feedback.reading import Opinion, read_message
from dispatch.feedback.rounds import Handled, Reader
from dispatch.ledger.evidence import recipient_of
from dispatch.ledger.feedback import Consequence, Enough, Fact
from dispatch.ledger.ledger import Ledger
from dispatch.wiring.clock import now
from dispatch.wiring.keys import verifier
from dispatch.wiring.project import Project
from dispatch.wiring.relays import password_of

_GLANCE = 2.0  # seconds for a look at what waits: a check, and a send, must not wait for a flood of reports
_INSTALL = "pip install 'dispatch-newsletter[inbox]'"


def open_mailbox(
    project: Project, *, maildir: Path | None, mbox: Path | None, imap: bool, rehearsal: bool
) -> Mailbox:
    """The mailbox that is named, else the configured one. Raises ConfigInvalid, InputMissing."""
    inbox = project.settings.inbox
    if maildir is not None:
        return Maildir(maildir)
    if mbox is not None:
        return Mbox(mbox, rehearsal=rehearsal)
    if not imap and inbox.maildir:
        return Maildir(project.root / inbox.maildir)
    if not imap and inbox.mbox:
        return Mbox(project.root / inbox.mbox, rehearsal=rehearsal)
    if inbox.imap is None:
        raise ConfigInvalid(
            "no IMAP account is configured" if imap else "no mailbox is configured",
            file=project.configuration.file,
            hint="set maildir, mbox or imap under [inbox] (dispatch help inbox), or name one: --maildir DIR",
        )
    if find_spec("imap_tools") is None:
        raise ConfigInvalid("reading IMAP needs the package imap-tools", hint=_INSTALL)
    from dispatch.feedback.imap import ImapMailbox  # noqa: PLC0415 - the package is an extra

    return ImapMailbox(inbox.imap, password_of(inbox.imap, project, "imap-password"))


def open_reader(project: Project, ledger: Ledger | None, tell: Callable[[Handled], None]) -> Reader:
    """How messages are read and recorded; without a ledger it is a rehearsal."""
    settings = project.settings.inbox

    return Reader(
        read=partial(read_message, verify=verifier(project), opinion=_opinion()),
        write=partial(_write, ledger) if ledger is not None else None,
        enough=Enough(days=settings.soft_days, window=settings.soft_window),
        clock=now,
        tell=tell,
    )


def oldest_unsubscribe(project: Project, ledger: Ledger, *, online: bool) -> datetime | None:
    """When the first of those wrote who left by mail and are not heard yet; an account only when `online`.

    None without a mailbox, or for one that cannot be read at this moment: whether it can is not asked here.
    """
    inbox = project.settings.inbox
    if not (inbox.maildir or inbox.mbox or (online and inbox.imap)):
        return None

    def is_listed(delivery_id: int) -> bool:
        recipient = recipient_of(ledger, delivery_id)
        return recipient is not None and not ledger.suppressed([recipient.key])

    started = time.monotonic()
    try:
        box = open_mailbox(project, maildir=None, mbox=None, imap=False, rehearsal=True)
        try:
            return backlog.oldest_unsubscribe(
                box,
                partial(read_message, verify=verifier(project)),
                is_listed=is_listed,
                is_late=lambda: time.monotonic() - started > _GLANCE,
                now=now(),
            )
        finally:
            box.close()
    except (MailboxUnavailable, InputMissing, ConfigInvalid, LoginRefused):
        return None


def _write(ledger: Ledger, facts: Sequence[Fact]) -> list[Consequence]:
    return ledger.write_feedback(facts, now=now())


def standard_input() -> Arrival:
    """The one message that a mail server pipes in."""
    arrival = read_arrival("-", sys.stdin.buffer, 0)
    rest = sys.stdin.buffer.read(MAX_SIZE)
    return Arrival(name="-", raw=arrival.raw, size=len(arrival.raw) + len(rest))


def _opinion() -> Opinion | None:
    """flufl.bounce where it is installed; without it a recipient may stay unknown, and no more."""
    if find_spec("flufl") is None or find_spec("flufl.bounce") is None:
        return None
    from dispatch.feedback.second_opinion import ask  # noqa: PLC0415 - the package is an extra

    return ask
