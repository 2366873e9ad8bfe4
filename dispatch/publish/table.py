"""The copies of an issue as CSV, one row for each, safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator

from dispatch.ledger.rows import Delivery
from dispatch.read.spreadsheet import guarded

COLUMNS = (
    "line",
    "email",
    "state",
    "reason",
    "code",
    "enhanced",
    "reply",
    "relay",
    "attempts",
    "next_attempt_at",
    "updated_at",
    "message_id",
)


def csv_lines(copies: Iterable[Delivery]) -> Iterator[str]:
    """The header and a record for each copy, ended by CRLF (RFC 4180)."""
    yield _record(COLUMNS)
    for copy in copies:
        due = copy.next_attempt_at
        yield _record(
            (
                str(copy.line),
                copy.email,
                copy.state.value,
                copy.reason,
                str(copy.code or ""),
                copy.enhanced,
                copy.reply,
                copy.relay,
                str(copy.attempts),
                due.isoformat() if due else "",
                copy.updated_at.isoformat(),
                copy.message_id,
            )
        )


def _record(cells: Iterable[str]) -> str:
    line = io.StringIO(newline="")
    csv.writer(line).writerow([guarded(cell) for cell in cells])
    return line.getvalue()
