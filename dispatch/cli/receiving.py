"""The course of `inbox`: open the mailbox, go through it, say what came, and stay for more with --watch."""

from __future__ import annotations

import signal
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

from dispatch.cli.call import Call
from dispatch.cli.console import Console
from dispatch.errors import MailboxUnavailable, UsageError
from dispatch.feedback.mailbox import Mailbox
from dispatch.feedback.reading import Poison
from dispatch.feedback.record import QUARANTINED
from dispatch.feedback.rounds import Handled, Reader
from dispatch.ledger.feedback import Written
from dispatch.ledger.ledger import Ledger
from dispatch.mail.feedback import Feedback, Kind
from dispatch.wiring.books import ledger_of
from dispatch.wiring.inboxes import open_mailbox, open_reader, standard_input
from dispatch.wiring.project import Project, find_project

_LOOK_AGAIN = 60.0
_STYLES = {
    Kind.BOUNCE.value: "red",
    Kind.COMPLAINT.value: "bold red",
    Kind.UNSUBSCRIBE.value: "yellow",
    QUARANTINED: "magenta",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where messages come from, as it was said on the command line."""

    maildir: Path | None
    mbox: Path | None
    imap: bool
    stdin: bool


class _Stopped(Exception):
    """A signal came while nothing was being done."""


def receive(call: Call, source: Source, *, watch: bool, dry_run: bool) -> int:
    """Go through the mailbox once, or again and again; the exit code."""
    named = [source.maildir is not None, source.mbox is not None, source.imap, source.stdin]
    if sum(named) > 1:
        raise UsageError("only one of --maildir, --mbox, --imap and --stdin", hint="dispatch inbox --help")
    if watch and (source.stdin or dry_run):
        raise UsageError("--watch goes with neither --stdin nor --dry-run", hint="dispatch inbox --help")
    project = find_project(call.options.config)
    with _ledger(project, dry_run=dry_run) as ledger:
        reader = open_reader(project, ledger, lambda handled: _tell(call.console, handled))
        if source.stdin:
            return _take_one(reader)
        box = open_mailbox(
            project, maildir=source.maildir, mbox=source.mbox, imap=source.imap, rehearsal=dry_run
        )
        return _go(call.console, reader, box, watch=watch)


@contextmanager
def _ledger(project: Project, *, dry_run: bool) -> Iterator[Ledger | None]:
    if dry_run:
        yield None
        return
    with ledger_of(project) as ledger:
        yield ledger


def _take_one(reader: Reader) -> int:
    """One message out of a pipe: 75 when it must be brought again, so that the mail server keeps it."""
    (handled,) = reader.handle([standard_input()])
    reader.tell(handled)
    later = handled.consequence is not None and handled.consequence.written is Written.LATER
    return MailboxUnavailable.exit_code if later else 0


def _go(console: Console, reader: Reader, box: Mailbox, *, watch: bool) -> int:
    counted: Counter[str] = Counter()
    with _signals() as caught:
        try:
            counted += _round(reader, box, caught)
            while watch and not caught:
                try:
                    _wait(box, caught)
                    counted += _round(reader, box, caught)
                except MailboxUnavailable as error:  # a server that restarts is no reason to leave
                    console.talk(f"{error}; tried again in {_LOOK_AGAIN:g} s")
                    _wait(None, caught)
        except _Stopped:
            pass
        finally:
            box.close()
    _sum_up(console, counted, rehearsal=reader.write is None)
    return 128 + caught.number if caught else 0


def _round(reader: Reader, box: Mailbox, caught: _Caught) -> Counter[str]:
    counted = reader.go_through(box, lambda: bool(caught))
    box.close()
    return counted


def _wait(box: Mailbox | None, caught: _Caught) -> None:
    """Until something may have come; a signal ends this at once, because nothing is in hand."""
    caught.interrupt = True
    if box is None:
        time.sleep(_LOOK_AGAIN)
    else:
        box.watch(_LOOK_AGAIN)
    caught.interrupt = False


class _Caught:
    """The signal that came; `interrupt` says whether nothing would be lost by stopping at once."""

    def __init__(self) -> None:
        self.number = 0
        self.interrupt = False

    def __bool__(self) -> bool:
        return self.number != 0

    def take(self, number: int, _frame: FrameType | None) -> None:
        """Remember the signal; the message in hand is finished first."""
        again = self.number != 0
        self.number = number
        if self.interrupt or again:
            self.interrupt = False
            raise _Stopped


@contextmanager
def _signals() -> Iterator[_Caught]:
    caught = _Caught()
    before = {number: signal.signal(number, caught.take) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield caught
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _tell(console: Console, handled: Handled) -> None:
    """One message, as a line or as an event."""
    if console.json:
        console.object(_event(handled))
        return
    if console.quiet and not isinstance(handled.read, Poison):  # from cron only what needs a look speaks
        return
    read = handled.read
    who = _email(handled) or "?"
    if isinstance(read, Poison):
        words = read.reason
    else:
        words = " ".join(
            part
            for part in (_class(read), read.diagnostic or read.reason, "" if _is_ours(read) else "(no token)")
            if part
        )
    note = "" if handled.is_new else f" ({_again(handled)})"
    if handled.consequence is not None and handled.consequence.suppressed:
        note = ", suppressed"
    console.result(
        (f"{handled.kind:<12}", _STYLES.get(handled.kind, "dim")), f"{who}  ", (f"{words}{note}", "dim")
    )


def _again(handled: Handled) -> str:
    later = handled.consequence is not None and handled.consequence.written is Written.LATER
    return "left there: its copy is being sent" if later else "recorded before"


def _event(handled: Handled) -> Mapping[str, Any]:
    read = handled.read
    consequence = handled.consequence
    feedback = read if isinstance(read, Feedback) else None
    facts: dict[str, Any] = {
        "event": handled.kind,
        "email": _email(handled) or None,
        "class": (_class(feedback) or None) if feedback else None,
        "enhanced": (feedback.enhanced or None) if feedback else None,
        "code": feedback.code if feedback else None,
        "diagnostic": feedback.diagnostic if feedback else "",
        "token": _is_ours(feedback),
        "source": handled.arrival.name,
        "reason": read.reason,
        "recipients": list(feedback.recipients) if feedback else [],
        "moved": bool(consequence and consequence.moved),
        "suppressed": bool(consequence and consequence.suppressed),
    }
    if not handled.is_new:
        facts |= {"event": Kind.IGNORED.value, "reason": _again(handled)}
    return facts


def _email(handled: Handled) -> str:
    """The reader's address as the list has it; where no token says, as the report spells it."""
    known = handled.consequence.email if handled.consequence else ""
    return known or (handled.read.recipient if isinstance(handled.read, Feedback) else "")


def _class(feedback: Feedback) -> str:
    return feedback.failure.value if feedback.failure else ""


def _is_ours(feedback: Feedback | None) -> bool:
    return feedback is not None and feedback.delivery_id is not None


def _sum_up(console: Console, counted: Counter[str], *, rehearsal: bool) -> None:
    total = counted.total()
    parts = ", ".join(f"{count:,} {kind}" for kind, count in counted.most_common() if count)
    read = "would be read" if rehearsal else "read"
    console.talk(f"{total:,} {'message' if total == 1 else 'messages'} {read}{': ' if parts else ''}{parts}")
