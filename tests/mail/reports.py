"""The corpus of reports, written after the published formats, and what each of them means."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from dispatch.mail.feedback import Feedback
from dispatch.mail.parts import take_apart
from dispatch.mail.report import read_report

FOLDER = Path(__file__).resolve().parents[1] / "golden" / "bounces"
NOTHING = "-"


@dataclass(frozen=True, slots=True)
class Sample:
    """One report by its name, and the row of the table that says what it means."""

    name: str
    meaning: tuple[str, ...]

    @property
    def raw(self) -> bytes:
        """The message."""
        return (FOLDER / f"{self.name}.eml").read_bytes()


def corpus() -> list[Sample]:
    """Every report of the table, which has a row for every file."""
    with (FOLDER / "expected.tsv").open(encoding="utf-8", newline="") as table:
        rows = list(csv.DictReader(table, delimiter="\t"))
    return [Sample(row["name"], tuple(row.values())[1:]) for row in rows]


def replies() -> Iterator[tuple[str, str]]:
    """What servers say, a line each, and the class that it has."""
    for line in (FOLDER / "diagnostics.txt").read_text(encoding="utf-8").splitlines():
        expected, _, text = line.partition(" ")
        yield expected, text


def nobody(_purpose: str, _token: str) -> int | None:
    """No token is ours."""
    return None


def read(raw: bytes) -> Feedback:
    """A message that has no token of ours."""
    return read_report(take_apart(raw), nobody)


def meaning(feedback: Feedback) -> tuple[str, ...]:
    """Feedback as it stands in the table: kind, class, enhanced code, code, recipient."""
    return (
        feedback.kind.value,
        feedback.failure.value if feedback.failure else NOTHING,
        feedback.enhanced or NOTHING,
        str(feedback.code or NOTHING),
        feedback.recipient or NOTHING,
    )
