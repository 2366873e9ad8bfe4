"""The subscriber list, CSV, as a stream of people and of bad rows.

A list is UTF-8, with comma, semicolon or tab, and a header line; `read.records` says what one record is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from dispatch.errors import ListInvalid
from dispatch.model.address import AddressInvalid, parse_address
from dispatch.model.subscriber import BadRow, Subscriber
from dispatch.read.csv_lines import unreadable
from dispatch.read.records import HEADER_HINT, Records
from dispatch.read.shown import shown
from dispatch.read.suggestion import closest

_BLANKS = " \t\u00a0"  # not line breaks: a value that breaks a header field must be seen, not mended
_LONGEST_ADDRESS = 254
_MOST_SHOWN = 20
_ALSO_CALLED = frozenset(
    {
        "e-mail",
        "mail",
        "email address",
        "e-mail address",
        "email_address",
        "emailaddress",
        "address",
        "courriel",
    }
)


class SubscriberReader:
    """Iterates once over a list, in order, in flat memory: a Subscriber or a BadRow for each row.

    `columns` are the header's names, trimmed and case-folded, known from the start. `sha256` is that of the
    raw bytes once the rows are exhausted. Blank lines are no rows. Values keep their case and inner blanks
    and lose the blanks around them. `records` has the text of the row in hand. A list that lacks one of the
    `ensured` columns is read as if it were there, and empty. Raises ListInvalid when the header cannot be
    used.
    """

    columns: tuple[str, ...]

    def __init__(self, chunks: Iterable[bytes], *, file: str, ensured: Sequence[str] = ()) -> None:
        self.records = Records(chunks, file=file, main=frozenset({"email"}))
        if "email" not in self.records.columns:
            raise self._no_email(self.records.columns)
        lacking = [name for name in ensured if name not in self.records.columns]
        self.columns = (*self.records.columns, *lacking)
        self._lacking = dict.fromkeys(lacking, "")
        self._email = self.records.columns.index("email")

    @property
    def sha256(self) -> str:
        """Hexadecimal; empty before the rows are exhausted."""
        return self.records.lines.sha256

    def __iter__(self) -> Iterator[Subscriber | BadRow]:
        columns, read, refused = self.records.columns, self._read, self._refused
        for line, cells, trouble in self.records:
            if cells is None:
                yield BadRow(line=line, email="", reason=trouble)
            elif len(cells) != len(columns) or self.records.lines.suspicious:
                if len(cells) > 1 or "".join(cells).strip():
                    yield refused(cells, line) or read(cells, line)
            elif len(cells) > 1 or cells[0].strip():
                yield read(cells, line)

    def _refused(self, row: list[str], line: int) -> BadRow | None:
        reason = unreadable("".join(row)) if self.records.lines.suspicious else None
        if reason is None and len(row) != len(self.records.columns):
            reason = f"{_cells(len(row))} where the header has {len(self.records.columns)}"
        if reason is None:
            return None
        email = row[self._email].strip() if self._email < len(row) else ""
        return BadRow(line=line, email=shown(email, _LONGEST_ADDRESS), reason=reason)

    def _read(self, row: list[str], line: int) -> Subscriber | BadRow:
        # As many cells as columns: looked at once, as a long list pays for everything that is done here.
        columns = self.records.columns
        fields = {name: cell.strip(_BLANKS) for name, cell in zip(columns, row)}  # noqa: B905
        if self._lacking:
            fields |= self._lacking
        try:
            address = parse_address(row[self._email])
        except AddressInvalid as error:
            return BadRow(line=line, email=shown(fields["email"], _LONGEST_ADDRESS), reason=str(error))
        fields["email"] = address.written
        return tuple.__new__(Subscriber, (address, line, fields))  # see model/address.py

    def _no_email(self, names: Sequence[str]) -> ListInvalid:
        found = ", ".join(f'"{shown(name)}"' for name in names[:_MOST_SHOWN])
        if any("@" in name for name in names):
            return self.records.invalid(f"the first line is no header; it has {found}", HEADER_HINT)
        near = next((name for name in names if name in _ALSO_CALLED), None) or closest("email", names)
        hint = f'rename the column "{near}" to "email"' if near else HEADER_HINT
        return self.records.invalid(f'there is no column "email"; there is {found}', hint)


def _cells(count: int) -> str:
    return "1 cell" if count == 1 else f"{count} cells"
