"""A round through a mailbox: read some messages, write them down in one commit, only then put them away."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from dispatch.feedback.mailbox import Arrival, Mailbox
from dispatch.feedback.reading import Poison
from dispatch.feedback.record import QUARANTINED, fact_of
from dispatch.ledger.feedback import Consequence, Enough, Fact, Written
from dispatch.mail.feedback import Feedback

_AT_ONCE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Handled:
    """One message, what it meant, and what followed; no consequence in a rehearsal."""

    arrival: Arrival
    read: Feedback | Poison
    consequence: Consequence | None

    @property
    def kind(self) -> str:
        """A Kind, or `quarantined`."""
        return QUARANTINED if isinstance(self.read, Poison) else self.read.kind.value

    @property
    def is_new(self) -> bool:
        """Whether it was counted now; what was read before is not counted again."""
        return self.consequence is None or self.consequence.written is Written.NEW


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """How messages are read and written down. `write` is one commit; None in a rehearsal."""

    read: Callable[[Arrival], Feedback | Poison]
    write: Callable[[Sequence[Fact]], list[Consequence]] | None
    enough: Enough
    clock: Callable[[], datetime]
    tell: Callable[[Handled], None]

    def go_through(self, box: Mailbox, stopped: Callable[[], bool] = lambda: False) -> Counter[str]:
        """Handle everything that waits; how many of each kind. Ends between two commits when `stopped`."""
        counted: Counter[str] = Counter()
        for batch in _batches(box.waiting()):
            if stopped():
                break
            for handled in self.handle(batch):
                if self.write is not None and not _comes_again(handled):
                    box.put_away(
                        handled.arrival, handled.read.reason if isinstance(handled.read, Poison) else ""
                    )
                counted[handled.kind] += handled.is_new
                self.tell(handled)
        return counted

    def handle(self, batch: Sequence[Arrival]) -> list[Handled]:
        """Read a few messages and write them down together."""
        found = [self.read(arrival) for arrival in batch]
        consequences: Sequence[Consequence | None] = [None] * len(batch)
        if self.write is not None:
            now = self.clock()
            consequences = self.write(
                [
                    fact_of(read, arrival.source, enough=self.enough, now=now)
                    for read, arrival in zip(found, batch, strict=True)
                ]
            )
        return [
            Handled(arrival=arrival, read=read, consequence=consequence)
            for arrival, read, consequence in zip(batch, found, consequences, strict=True)
        ]


def _comes_again(handled: Handled) -> bool:
    """Whether it stays where it is, because its copy is being sent at this moment."""
    return handled.consequence is not None and handled.consequence.written is Written.LATER


def _batches(arrivals: Iterable[Arrival]) -> Iterator[list[Arrival]]:
    left = iter(arrivals)
    while batch := list(islice(left, _AT_ONCE)):
        yield batch
