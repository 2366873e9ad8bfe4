"""The DNS of a test: answers from a table, as the resolver gives them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dispatch.model.note import Grade, Note
from dispatch.zone.answer import Answer, Ask, Outcome

Zone = Mapping[tuple[str, str], Sequence[str] | None]


def dns(zone: Zone) -> Ask:
    """Asks the table; None stands for a question that FAILED. What nothing stands at or below is NXDOMAIN."""

    def ask(name: str, kind: str) -> Answer:
        if (name, kind) in zone:
            found = zone[name, kind]
            if found is None:
                return Answer(outcome=Outcome.FAILED, why="the DNS did not answer in time")
            return Answer(outcome=Outcome.FOUND, records=tuple(found))
        exists = any(known == name or known.endswith(f".{name}") for known, _ in zone)
        return Answer(outcome=Outcome.NO_RECORD if exists else Outcome.NO_NAME)

    return ask


def grades(notes: Sequence[Note]) -> list[Grade]:
    """How grave each is."""
    return [note.grade for note in notes]
