"""One thing that was looked at: what was seen, how grave it is, and what mends it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum


class Grade(StrEnum):
    """How a thing is."""

    OK = "ok"
    WARN = "warn"  # mail goes out, and something is worse than it could be
    FAIL = "fail"  # mail does not go out, or is not believed


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """`seen` is one line; `mend` the command or DNS record that helps, or with OK the next step, if any.

    `details` are further lines, each a fault of its own.
    """

    name: str
    grade: Grade
    seen: str
    mend: str = ""
    details: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainNotes:
    """What is to be said of a domain, by what it is about; `dkim` is empty when nothing is signed here."""

    hosts: tuple[Note, ...] = ()
    spf: tuple[Note, ...] = ()
    dkim: tuple[Note, ...] = ()
    dmarc: tuple[Note, ...] = ()

    def __iter__(self) -> Iterator[Note]:
        return iter((*self.hosts, *self.spf, *self.dkim, *self.dmarc))


def ok(name: str, seen: str, mend: str = "") -> Note:
    """All is well."""
    return Note(name=name, grade=Grade.OK, seen=seen, mend=mend)


def warn(name: str, seen: str, mend: str) -> Note:
    """It works, and could be better."""
    return Note(name=name, grade=Grade.WARN, seen=seen, mend=mend)


def fail(name: str, seen: str, mend: str) -> Note:
    """It does not work."""
    return Note(name=name, grade=Grade.FAIL, seen=seen, mend=mend)
