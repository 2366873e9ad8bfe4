"""Taking in another service's export: everybody sorted first, and shown; then done, as it was shown.

Whoever left there goes onto the suppression list, never onto the list. What the suppression list already
says wins over any export.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from dispatch.feedback.list_file import ListFile
from dispatch.ledger.arrivals import Arrivals, Leaver, Sorted
from dispatch.ledger.ledger import Ledger
from dispatch.ledger.suppression import Suppression
from dispatch.model.arrival import Arrival, Status
from dispatch.model.subscriber import BadRow
from dispatch.read.exports import read_export

BAD_ROWS_KEPT = 1000
# What a new list gets, in this order, of what its first import has.
_COLUMNS_OF_A_NEW_LIST = ("name", "plan", "language", "country", "timezone", "tags", "consent_at")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One file of an export: its name, and its content as often as it is asked for."""

    name: str
    read: Callable[[], Iterable[bytes]]


@dataclass(slots=True, kw_only=True)
class Reading:
    """What one file was found to be."""

    name: str
    service: str
    fields: tuple[str, ...]
    people: int = 0
    strange: Counter[str] = field(default_factory=Counter)  # why somebody's status is not understood
    bad: int = 0
    bad_rows: list[BadRow] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """An import, sorted and not yet done. `columns` the list will have; `new_columns` it lacks now."""

    readings: tuple[Reading, ...]
    sorted: Sorted
    columns: tuple[str, ...]
    new_columns: tuple[str, ...]


def sort_out(
    sources: Iterable[Source],
    room: Arrivals,
    *,
    columns: tuple[str, ...],
    listed: Iterable[str],
    suppressed: Callable[..., dict[str, str]],
) -> Intake:
    """Read everything and change nothing. `columns` and `listed` are those of the list as it is.

    Raises ListInvalid for a file without addresses.
    """
    readings = tuple(_read(source, room) for source in sources)
    room.mark_listed(listed)
    room.mark_suppressed(suppressed)
    counted = room.counted()
    wanted = _columns(columns, readings, has_consent=counted.with_consent > 0)
    return Intake(
        readings=readings,
        sorted=counted,
        columns=wanted,
        new_columns=tuple(name for name in wanted if name not in columns),
    )


def take_in(
    intake: Intake, room: Arrivals, list_file: ListFile, ledger: Ledger | None, *, now: datetime
) -> None:
    """Do what was sorted out: the suppression list first, so that a fault in between lets nobody in.

    `ledger` may be None when nobody goes onto the suppression list. Raises Temporary, LedgerUnavailable.
    """
    if ledger is not None:
        ledger.suppress_all((_entry(one, intake) for one in room.leavers()), now=now)
    if intake.sorted.added:
        list_file.append(room.added(), columns=intake.columns)


def _read(source: Source, room: Arrivals) -> Reading:
    export = read_export(source.read(), file=source.name)
    reading = Reading(name=source.name, service=export.dialect.name, fields=export.fields)
    room.put(_good(export, reading), source.name)
    return reading


def _good(rows: Iterable[Arrival | BadRow], reading: Reading) -> Iterator[Arrival]:
    for row in rows:
        if isinstance(row, Arrival):
            reading.people += 1
            if row.status is Status.UNCONFIRMED and row.reason:
                reading.strange[row.reason] += 1
            yield row
            continue
        reading.bad += 1
        if len(reading.bad_rows) < BAD_ROWS_KEPT:
            reading.bad_rows.append(row)


def _columns(present: tuple[str, ...], readings: Iterable[Reading], *, has_consent: bool) -> tuple[str, ...]:
    """The list's own columns; a list with consent gets a place for it, for that proof must not be lost."""
    if present:
        return present if "consent_at" in present or not has_consent else (*present, "consent_at")
    known = {name for reading in readings for name in reading.fields}
    if known & {"first_name", "last_name"}:
        known.add("name")
    return ("email", *(name for name in _COLUMNS_OF_A_NEW_LIST if name in known))


def _entry(one: Leaver, intake: Intake) -> Suppression:
    service = next((reading.service for reading in intake.readings if reading.name == one.source), "CSV")
    return Suppression(
        key=one.key,
        reason=f"{one.status.value} ({service}{f': {one.reason}' if one.reason else ''})",
        kind=one.status.kind or "",
        source=f"import of {one.source}",
        at=_moment(one.left_at),
    )


def _moment(text: str) -> datetime | None:
    if not text:
        return None
    return datetime.fromisoformat(text if "T" in text else f"{text}T00:00:00Z")
