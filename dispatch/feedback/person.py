"""One person: everything that is held about them, handed over or erased."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from dispatch.feedback.list_file import ListFile, Row
from dispatch.feedback.maildir import DONE, QUARANTINE
from dispatch.ledger import forgetting
from dispatch.ledger.choosing import Choice
from dispatch.ledger.ledger import Ledger
from dispatch.ledger.story import Story
from dispatch.ledger.suppression import Suppression
from dispatch.model.address import Address, AddressInvalid, parse_address, spellings
from dispatch.model.subscriber import Subscriber

_PIECE = 1 << 20
_OVERLAP = 2000  # more than an address and the signs around it
_FOLDERS = frozenset({".dispatch", DONE, QUARANTINE})
_MAILDIR = frozenset({"new", "cur", "tmp"})
_LEDGER_FILES = ("", "-wal", "-shm", "-journal")
_NOT_OURS = frozenset({".git", ".hg", ".svn", ".venv", "venv", "node_modules", "__pycache__"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Trail:
    """Whom to look for: the key, and every way in which the address may be written somewhere."""

    key: str
    spellings: frozenset[str]

    @property
    def pattern(self) -> re.Pattern[str]:
        """Finds the address in a text."""
        return forgetting.spelled(self.spellings)

    def is_row_of(self, row: Row) -> bool:
        """Whether a row of a list is this person's, also one that nobody can be reached by."""
        if isinstance(row, Subscriber):
            return row.address.key == self.key
        try:
            return parse_address(row.email).key == self.key
        except AddressInvalid:
            return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """What was erased, and what was found that is not ours to change."""

    rows: tuple[tuple[str, int], ...]
    copies: int
    mentions: int
    messages: int
    remaining: tuple[Path, ...]

    @property
    def found_nothing(self) -> bool:
        """Whether nothing was held about this person."""
        return not (self.rows or self.copies or self.mentions or self.messages)


def trail_of(address: Address, written: Iterable[str] = ()) -> Trail:
    """What to look for, with the forms in which the list or the ledger have the address written."""
    forms = set(spellings(address))
    for one in written:
        try:
            forms |= spellings(parse_address(one))
        except AddressInvalid:
            forms.add(one)
    return Trail(key=address.key, spellings=frozenset(forms))


def erase(
    address: Address, lists: Sequence[ListFile], ledger: Ledger, *, root: Path, now: datetime
) -> Erasure:
    """Erase somebody from the ledger, the lists, caught letters and reports that were read; say what remains.

    The ledger comes first, since its suppression list is what keeps them from getting mail. Every step can
    be done again. The ledger has to be wiped afterwards. Raises Temporary, LedgerUnavailable.
    """
    copies = ledger.explain(address.key)
    trail = trail_of(address, [story.delivery.email for story in copies])
    forgotten = forgetting.forget(ledger, trail.key, trail.spellings, now=now)
    rows = [(one.name, row.line) for one in lists for row in one.remove(trail.is_row_of)]
    messages, remaining = 0, []
    own = {f"{ledger.database.place}{end}" for end in _LEDGER_FILES}
    for path in _mentioning(root, trail.pattern):
        if str(path) in own:
            continue
        if path.parent.name in _MAILDIR and _is_ours(path, root):
            path.unlink(missing_ok=True)
            messages += 1
        else:
            remaining.append(path)
    return Erasure(
        rows=tuple(rows),
        copies=forgotten.copies,
        mentions=forgotten.mentions,
        messages=messages,
        remaining=tuple(remaining),
    )


def held(
    address: Address,
    rows: Iterable[tuple[str, Subscriber]],
    stories: Iterable[Story],
    entry: Suppression | None,
    messages: Collection[str],
    *,
    paused_until: datetime | None = None,
    choice: Choice | None = None,
) -> dict[str, Any]:
    """Everything that is held about somebody, as one JSON object."""
    return {
        "email": address.written,
        "list": [{"file": file, "line": row.line, "fields": dict(row.fields)} for file, row in rows],
        "suppression": None if entry is None else _entry_object(entry),
        "paused_until": paused_until.isoformat() if paused_until else None,
        "choices": None if choice is None else {"tags": dict(choice.tags), "at": choice.at.isoformat()},
        "issues": [_story_object(story) for story in stories],
        "messages": sorted(messages),
    }


def messages_to(folder: Path, address: Address) -> Iterator[Path]:
    """The letters in a Maildir that name this person."""
    return _mentioning(folder, trail_of(address).pattern)


def _entry_object(entry: Suppression) -> dict[str, Any]:
    return {
        "reason": entry.reason,
        "class": entry.kind,
        "source": entry.source,
        "at": entry.at.isoformat() if entry.at else None,
    }


def _story_object(story: Story) -> dict[str, Any]:
    copy = story.delivery
    times = {
        name: value.isoformat() if value else None
        for name, value in (
            ("first_attempt_at", copy.first_attempt_at),
            ("next_attempt_at", copy.next_attempt_at),
            ("handed_over_at", copy.handed_over_at),
            ("updated_at", copy.updated_at),
        )
    }
    return {
        "issue": story.issue.slug,
        "subject": story.issue.subject,
        "email": copy.email,
        "list": story.issue.list_file,
        "line": copy.line,
        "fields": dict(copy.fields),
        "state": copy.state.value,
        "reason": copy.reason,
        "attempts": copy.attempts,
        "code": copy.code,
        "enhanced": copy.enhanced,
        "reply": copy.reply,
        "relay": copy.relay,
        "message_id": copy.message_id,
        **times,
        "events": [
            {
                "at": event.at.isoformat(),
                "from": event.from_state.value if event.from_state else None,
                "to": event.to_state.value,
                "detail": event.detail,
            }
            for event in story.events
        ],
    }


def _mentioning(folder: Path, pattern: re.Pattern[str]) -> Iterator[Path]:
    """Every file below the folder in which the address stands, byte by byte."""
    for path in sorted(_files(folder)):
        try:
            if _mentions(path, pattern):
                yield path
        except OSError:  # it has gone, or is not ours to read
            continue


def _files(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir() if folder.is_dir() else ():
        if path.is_symlink():
            continue
        if path.is_dir():
            if path.name not in _NOT_OURS:
                yield from _files(path)
        elif path.is_file():
            yield path


def _mentions(path: Path, pattern: re.Pattern[str]) -> bool:
    before = b""
    with path.open("rb") as stream:
        while piece := stream.read(_PIECE):
            if pattern.search((before + piece).decode("utf-8", "replace")):
                return True
            before = piece[-_OVERLAP:]
    return False


def _is_ours(path: Path, root: Path) -> bool:
    """Whether dispatch put this file there: in the folder of its state, or with the reports that are done."""
    return not _FOLDERS.isdisjoint(path.relative_to(root).parts)
