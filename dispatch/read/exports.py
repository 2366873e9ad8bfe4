"""Another service's export, as a stream of people on their way in; which service it is, its columns tell.

CSV is read like a list of our own. A text without a header, one `Name <address>` or address a line, is the
member list of Mailman (`mailman members`, `list_members --fullnames`).
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

from dispatch.errors import ListInvalid
from dispatch.model.address import Address, AddressInvalid, parse_mailbox
from dispatch.model.arrival import Arrival, Status
from dispatch.model.subscriber import BadRow
from dispatch.read.csv_lines import Lines, unreadable
from dispatch.read.dialects import EMAIL, MEMBERS, PLAIN, Dialect, recognised, status_of_file
from dispatch.read.records import Records
from dispatch.read.shown import shown
from dispatch.read.spreadsheet import unguarded
from dispatch.read.times import iso_time

_LONGEST_ADDRESS = 254
_LONGEST_REASON = 200
_MOST_SHOWN = 12
_LOOKED_AT = 64 * 1024
_YES = frozenset({"true", "yes", "1", "t", "y"})
_NO = frozenset({"false", "no", "0", "f", "n"})


def read_export(chunks: Iterable[bytes], *, file: str) -> Export:
    """Open an export for reading once. Raises ListInvalid when it has no addresses."""
    pieces = iter(chunks)
    first = b""
    while len(first) < _LOOKED_AT and (piece := next(pieces, b"")):
        first += piece
    if _is_member_list(first):
        return Members(chain([first], pieces), file=file)
    return Table(chain([first], pieces), file=file)


class Export(ABC):
    """Iterates once: an Arrival or a BadRow for each row. `fields` are the names that its people can have."""

    dialect: Dialect
    fields: tuple[str, ...] = ()

    @abstractmethod
    def __iter__(self) -> Iterator[Arrival | BadRow]:
        """In the order of the file."""


class Members(Export):
    """One person a line, without a header."""

    dialect = MEMBERS
    fields = ("name",)

    def __init__(self, chunks: Iterable[bytes], *, file: str) -> None:
        self._lines = Lines(chunks)
        self._status = status_of_file(file) or Status.SUBSCRIBED

    def __iter__(self) -> Iterator[Arrival | BadRow]:
        for line, text in enumerate(self._lines, start=1):
            words = text.strip()
            if not words or words.startswith("#"):
                continue
            try:
                mailbox = parse_mailbox(words)
            except AddressInvalid as error:
                yield BadRow(line=line, email=shown(words, _LONGEST_ADDRESS), reason=str(error))
                continue
            fields = {"name": mailbox.name} if mailbox.name else {}
            yield Arrival(address=mailbox.address, line=line, status=self._status, fields=fields)


class Table(Export):
    """A CSV with a header."""

    def __init__(self, chunks: Iterable[bytes], *, file: str) -> None:
        self._records = Records(chunks, file=file, main=frozenset(EMAIL))
        self._columns = tuple(name.replace("_", " ") for name in self._records.columns)
        self._place = next((self._columns.index(name) for name in EMAIL if name in self._columns), None)
        if self._place is None:
            raise self._no_email()
        self.dialect = recognised(self._columns)
        self._whole_file = status_of_file(file)
        known = [
            name for name, sources in self.dialect.names.items() if not set(sources).isdisjoint(self._columns)
        ]
        own = [_field_name(name) for place, name in enumerate(self._columns) if place != self._place]
        self.fields = tuple(dict.fromkeys([*known, *own]))

    def __iter__(self) -> Iterator[Arrival | BadRow]:
        for line, cells, trouble in self._records:
            if cells is None:
                yield BadRow(line=line, email="", reason=trouble)
            elif "".join(cells).strip():
                yield self._read(line, cells)

    def _read(self, line: int, cells: list[str]) -> Arrival | BadRow:
        place = self._place or 0
        written = cells[place].strip() if place < len(cells) else ""
        reason = unreadable("".join(cells))
        if reason is None and len(cells) != len(self._columns):
            reason = f"{len(cells)} cells where the header has {len(self._columns)}"
        if reason is None:
            if self.dialect is PLAIN:
                cells = [unguarded(cell) for cell in cells]
            try:
                return self._arrival(line, parse_mailbox(cells[place]).address, cells)
            except AddressInvalid as error:
                reason = str(error)
        return BadRow(line=line, email=shown(written, _LONGEST_ADDRESS), reason=reason)

    def _arrival(self, line: int, address: Address, cells: Sequence[str]) -> Arrival:
        row = {name: cell.strip() for name, cell in zip(self._columns, cells, strict=True)}
        status, left_at, reason = self._status(row)
        return Arrival(
            address=address,
            line=line,
            status=status,
            fields=self._fields(row),
            left_at=left_at,
            reason=shown(reason, _LONGEST_REASON),
        )

    def _status(self, row: Mapping[str, str]) -> tuple[Status, str, str]:
        """How they stand, when they left, and why: from the most telling column to the file's name."""
        dialect = self.dialect
        why = "; ".join(row[name] for name in dialect.why if row.get(name))
        for column, status in dialect.gone:
            if row.get(column):
                return status, iso_time(row[column]), why
        if any(row.get(name, "").casefold() in _YES for name in dialect.off) or any(
            row.get(name, "").casefold() in _NO for name in dialect.on
        ):
            return Status.UNSUBSCRIBED, "", why
        worst = Status.SUBSCRIBED
        for word in (row.get(name, "").casefold() for name in dialect.status):
            found = dialect.words.get(word.replace(" ", "_"), dialect.words.get(word))
            if found is None and word and not dialect.lenient:
                return Status.UNCONFIRMED, "", f"the status {word} is unknown here"
            if found not in (None, Status.SUBSCRIBED):
                worst = found
        if worst is Status.SUBSCRIBED and self._whole_file:
            worst = self._whole_file
        return worst, "", why

    def _fields(self, row: Mapping[str, str]) -> dict[str, str]:
        dialect = self.dialect
        fields = {_field_name(name): value for name, value in row.items() if value}
        for packed in dialect.packed:
            fields.update(_unpacked(row.get(packed, "")))
        for name, sources in dialect.names.items():
            value = next((row[source] for source in sources if row.get(source)), fields.get(name, ""))
            fields[name] = _tidied(name, value)
        if not fields.get("name"):
            fields["name"] = f"{fields.get('first_name', '')} {fields.get('last_name', '')}".strip()
        return {name: value for name, value in fields.items() if value}

    def _no_email(self) -> ListInvalid:
        found = ", ".join(f'"{shown(name)}"' for name in self._records.columns[:_MOST_SHOWN])
        return self._records.invalid(
            f"no column has addresses; there is {found}", 'name the column with the addresses "email"'
        )


def _is_member_list(first: bytes) -> bool:
    """Whether the first line that says something is a person and no header."""
    for raw in first.decode("utf-8-sig", "replace").splitlines():
        words = raw.strip()
        if words and not words.startswith("#"):
            try:
                parse_mailbox(words)
            except AddressInvalid:
                return False
            return True
    return False


def _field_name(column: str) -> str:
    return column.replace(" ", "_")


def _tidied(name: str, value: str) -> str:
    if name == "consent_at":
        return iso_time(value)
    if name == "tags":
        return ", ".join(_tags(value))
    return value


def _tags(value: str) -> list[str]:
    """Mailchimp writes `"one","two"`, Buttondown JSON, the others `one, two`."""
    try:
        listed = json.loads(value) if value.startswith("[") else None
    except (ValueError, RecursionError):
        listed = None
    words = [str(one) for one in listed] if isinstance(listed, list) else value.split(",")
    return [tidy for word in words if (tidy := word.strip().strip('"').strip())]


def _unpacked(text: str) -> dict[str, str]:
    """The entries of a JSON object that are text, numbers or lists of those."""
    try:
        value = json.loads(text) if text else {}
    except (ValueError, RecursionError):
        return {}
    found = value.items() if isinstance(value, dict) else ()
    return {"_".join(name.casefold().split()): words for name, one in found if (words := _flat(one))}


def _flat(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return str(value).strip()
    if isinstance(value, list):
        return ", ".join(words for one in value if not isinstance(one, list | dict) and (words := _flat(one)))
    return ""
