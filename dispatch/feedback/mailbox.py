"""What every door to a mailbox offers: the messages that wait, and putting one away when it is recorded.

The rule of all of them: reading changes nothing, and a message leaves its place only through `put_away`,
which is called after the ledger's commit. Who is killed in between finds it again, and it counts no more.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO, Protocol

from dispatch.mail.parts import MAX_READ

MAX_SIZE = 64 << 20  # octets; what is larger is no report, and goes to quarantine unread
_HASHED = 1 << 18


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """One message that waits. `raw` is its beginning, up to MAX_READ octets; `place` is the door's own mark.

    `fault` says why it could not be read at all.
    """

    name: str
    raw: bytes
    size: int
    place: Any = None
    fault: str = ""

    @property
    def source(self) -> str:
        """The same for the same message through any door: by content, whatever its line ends are."""
        beginning = self.raw.replace(b"\r", b"")[:_HASHED]
        if self.fault:
            beginning += self.name.encode("utf-8", "surrogateescape")
        return hashlib.sha256(beginning).hexdigest()


class Mailbox(Protocol):
    """A place where reports arrive."""

    def waiting(self) -> Iterator[Arrival]:
        """Everything that is there, the oldest first. Raises MailboxUnavailable."""

    def put_away(self, arrival: Arrival, poison: str = "") -> None:
        """Take a recorded message out of the way; with `poison`, the reason, into quarantine."""

    def watch(self, seconds: float) -> None:
        """Return when something may have arrived, at the latest after so many seconds."""

    def close(self) -> None:
        """Finish what is open."""


def read_arrival(name: str, stream: BinaryIO, size: int, place: Any = None) -> Arrival:
    """A message from an open file; of a monstrous one nothing is read. Raises OSError."""
    if size > MAX_SIZE:
        fault = f"larger than {MAX_SIZE >> 20} MB"
        return Arrival(name=name, raw=b"", size=size, place=place, fault=fault)
    return Arrival(name=name, raw=stream.read(MAX_READ), size=size, place=place)
