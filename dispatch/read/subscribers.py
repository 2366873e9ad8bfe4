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

    @property
    def sha256(self) -> str:
        """Hexadecimal; empty before the rows are exhausted."""
        return self.records.lines.sha256

    def __iter__(self) -> Iterator[Subscriber | BadRow]:
        email = self.records.columns.index("email")
        for line, cells, trouble in self.records:
            if cells is None:
                yield BadRow(line=line, email="", reason=trouble)
            elif len(cells) > 1 or "".join(cells).strip():
                yield self._read(cells, line, email)

    def _read(self, row: list[str], line: int, email: int) -> Subscriber | BadRow:
        reason = unreadable("".join(row)) if self.records.lines.suspicious else None
        columns = self.records.columns
        if reason is None and len(row) != len(columns):
            reason = f"{_cells(len(row))} where the header has {len(columns)}"
        if reason is not None:
            return BadRow(
                line=line,
                email=shown(row[email].strip(), _LONGEST_ADDRESS) if email < len(row) else "",
                reason=reason,
            )
        fields = dict(zip(columns, [cell.strip(_BLANKS) for cell in row], strict=True))
        if self._lacking:
            fields |= self._lacking
        try:
            address = parse_address(fields["email"])
        except AddressInvalid as error:
            return BadRow(line=line, email=shown(fields["email"], _LONGEST_ADDRESS), reason=str(error))
        fields["email"] = address.written
        return Subscriber(address=address, line=line, fields=fields)

    def _no_email(self, names: Sequence[str]) -> ListInvalid:
        found = ", ".join(f'"{shown(name)}"' for name in names[:_MOST_SHOWN])
        if any("@" in name for name in names):
            return self.records.invalid(f"the first line is no header; it has {found}", HEADER_HINT)
        near = next((name for name in names if name in _ALSO_CALLED), None) or closest("email", names)
        hint = f'rename the column "{near}" to "email"' if near else HEADER_HINT
        return self.records.invalid(f'there is no column "email"; there is {found}', hint)


def _cells(count: int) -> str:
    return "1 cell" if count == 1 else f"{count} cells"
