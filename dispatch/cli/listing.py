"""What `list show`, `list check` and `list export` print: the list streamed, row by row."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from dispatch.cli.call import Call
from dispatch.cli.output import write_out
from dispatch.feedback.census import Entry, Standing, judged
from dispatch.ledger.seen import nobody_seen
from dispatch.model.subscriber import Subscriber
from dispatch.read.segment import segment
from dispatch.read.spreadsheet import guarded
from dispatch.wiring.books import ledger_if_any
from dispatch.wiring.people import as_chosen, kept_out_by
from dispatch.wiring.project import Project, find_project, shown

_STYLES = {Standing.SUPPRESSED: "yellow", Standing.DUPLICATE: "dim", Standing.INVALID: "red"}
_FINDINGS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A list that is open for reading, every row judged."""

    project: Project
    name: str
    columns: tuple[str, ...]
    entries: Iterable[Entry]


@contextmanager
def open_listing(call: Call, list_file: Path | None, where: str | None = None) -> Iterator[Listing]:
    """The list of a command. Raises InputMissing, ListInvalid, UsageError."""
    project = find_project(call.options.config)
    path = project.list_file(list_file)
    reader = project.read_list(path)
    belongs = segment(where, reader.columns) if where else None
    with ledger_if_any(project) as ledger, nobody_seen() as seen:
        entries = judged(as_chosen(reader, ledger), seen, kept_out_by(ledger))
        if belongs:
            entries = (one for one in entries if _belongs(one, belongs))
        yield Listing(project=project, name=shown(path), columns=reader.columns, entries=entries)


def show_list(call: Call, list_file: Path | None, where: str | None, limit: int | None) -> None:
    """Print the rows, or the first `limit` of them; as JSON one object a row."""
    console = call.console
    with open_listing(call, list_file, where) as listing:
        for entry in islice(listing.entries, limit):
            if console.json:
                console.object(_row_object(entry))
                continue
            style = _STYLES.get(entry.standing, "")
            console.result(
                f"{entry.row.line:>7}  ",
                (entry.email or "(no address)", "bold"),
                _values(entry),
                (f"  {entry.standing.value}: {entry.reason}" if entry.reason else "", style),
            )


def check_list(call: Call, list_file: Path | None) -> int:
    """Name every row that gets no mail; the exit code is 4 when some reach nobody."""
    console = call.console
    counts: Counter[Standing] = Counter()
    with open_listing(call, list_file) as listing:
        for entry in listing.entries:
            counts[entry.standing] += 1
            if entry.standing is Standing.REACHABLE:
                continue
            if console.json:
                console.object({"event": "row", **_row_object(entry)})
            else:
                console.result(
                    f"{listing.name}:{entry.row.line}: ",
                    (entry.standing.value, _STYLES[entry.standing]),
                    f"  {entry.email or '(no address)'}  ",
                    (entry.reason, "dim"),
                )
        _show_end(call, listing, counts)
    return _FINDINGS if counts[Standing.INVALID] else 0


def _show_end(call: Call, listing: Listing, counts: Counter[Standing]) -> None:
    rows = sum(counts.values())
    if call.console.json:
        numbers = {standing.value: counts[standing] for standing in Standing}
        call.console.object(
            {
                "event": "end",
                "list": listing.name,
                "columns": list(listing.columns),
                "listed": rows,
                **numbers,
            }
        )
        return
    told = [f"{counts[one]:,} {one.value}" for one in Standing if counts[one] or one is Standing.REACHABLE]
    call.console.result(f"{listing.name}: {rows:,} rows: {', '.join(told)}")
    if counts[Standing.INVALID]:
        call.console.talk(f"mend the invalid rows in {listing.name}; nobody gets mail by them until then")


def export_people(call: Call, list_file: Path | None, where: str | None, out: Path | None) -> None:
    """Write the reachable people as CSV, each cell harmless to a spreadsheet."""
    with open_listing(call, list_file, where) as listing:
        written: Counter[str] = Counter()
        pieces = _csv(listing, written)
        if out is None:
            for piece in pieces:
                call.console.raw(piece)
            return
        write_out(out, pieces)
    call.console.talk(f"{written['rows']:,} people written to {out}")


def _csv(listing: Listing, written: Counter[str]) -> Iterator[str]:
    yield record(listing.columns)
    for entry in listing.entries:
        if entry.standing is Standing.REACHABLE and isinstance(entry.row, Subscriber):
            written["rows"] += 1
            yield record(entry.row.fields[name] for name in listing.columns)


def record(cells: Iterable[str]) -> str:
    """One line of CSV (RFC 4180) that no spreadsheet calculates."""
    line = io.StringIO(newline="")
    csv.writer(line).writerow([guarded(cell) for cell in cells])
    return line.getvalue()


def _belongs(entry: Entry, belongs: Callable[[Subscriber], bool]) -> bool:
    return isinstance(entry.row, Subscriber) and belongs(entry.row)


def _values(entry: Entry) -> str:
    if not isinstance(entry.row, Subscriber):
        return ""
    values = [value for name, value in entry.row.fields.items() if name != "email" and value]
    return f"  {' · '.join(values)}" if values else ""


def _row_object(entry: Entry) -> dict[str, Any]:
    fields = dict(entry.row.fields) if isinstance(entry.row, Subscriber) else {}
    return {
        "line": entry.row.line,
        "email": entry.email,
        "standing": entry.standing.value,
        "reason": entry.reason,
        "fields": fields,
    }
