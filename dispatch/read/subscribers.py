"""The subscriber list, CSV, as a stream of people and of bad rows; the only door to the csv module.

A list is UTF-8, with comma, semicolon or tab, and a header line. One bad row never stops the others:

- a quoted cell may have line breaks, but a record may span at most 100 lines and 1 MB;
- a record that does not end well (a quote that is not closed, or text after a closing quote) is one bad row
  at the line where it begins, and reading goes on with the very next line.

So a lone quote costs the row that has it, not the ten thousand after it. The price: lines of a broken record
are read as rows of their own. A well-formed record is never taken apart, whatever stands in its cells.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections import deque
from collections.abc import Iterable, Iterator, Sequence

from dispatch.errors import ListInvalid
from dispatch.model.address import AddressInvalid, parse_address
from dispatch.model.subscriber import BadRow, Subscriber
from dispatch.read.csv_lines import LONGEST, Lines, unreadable
from dispatch.read.shown import shown
from dispatch.read.suggestion import closest

MOST_LINES = 100
_DELIMITERS = ",;\t"
_BLANKS = " \t\u00a0"  # not line breaks: a value that breaks a header field must be seen, not mended
_QUOTED = re.compile(r'"(?:[^"]|"")*"?')
_LONGEST_ADDRESS = 254
_MOST_SHOWN = 20
_LOOKED_AT = 64 * 1024  # characters of a header, to find the delimiter; less than the csv module's limit
_HEADER_HINT = "begin with a line that names the columns, such as: email,name"
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
    and lose the blanks around them. Raises ListInvalid when the header cannot be used.
    """

    columns: tuple[str, ...]

    def __init__(self, chunks: Iterable[bytes], *, file: str) -> None:
        self._file = file
        self._lines = Lines(chunks)
        self._feed = _Feed(self._lines)
        try:
            delimiter = _delimiter(self._feed.peek())
            self._rows = csv.reader(self._feed, delimiter=delimiter, strict=True)
            header = next(self._rows)
        except StopIteration:
            raise self._invalid("the list is empty", _HEADER_HINT) from None
        except (csv.Error, _RecordTooLong) as error:
            raise self._invalid(f"the header cannot be read: {_why_broken(self._feed, error)}") from error
        self.columns = self._checked(header)
        self._feed.accept()

    @property
    def sha256(self) -> str:
        """Hexadecimal; empty before the rows are exhausted."""
        return self._lines.sha256

    def __iter__(self) -> Iterator[Subscriber | BadRow]:
        feed, email = self._feed, self.columns.index("email")
        while True:
            try:
                row = next(self._rows)
            except StopIteration:
                return
            except (csv.Error, _RecordTooLong) as error:
                yield BadRow(line=feed.line, email="", reason=_why_broken(feed, error))
                feed.give_up()
                continue
            if len(row) > 1 or "".join(row).strip():
                yield self._read(row, feed.line, email)
            feed.accept()

    def _read(self, row: list[str], line: int, email: int) -> Subscriber | BadRow:
        reason = unreadable("".join(row)) if self._lines.suspicious else None
        if reason is None and len(row) != len(self.columns):
            reason = f"{_cells(len(row))} where the header has {len(self.columns)}"
        if reason is not None:
            return BadRow(
                line=line,
                email=shown(row[email].strip(), _LONGEST_ADDRESS) if email < len(row) else "",
                reason=reason,
            )
        fields = dict(zip(self.columns, [cell.strip(_BLANKS) for cell in row], strict=True))
        try:
            address = parse_address(fields["email"])
        except AddressInvalid as error:
            return BadRow(line=line, email=shown(fields["email"], _LONGEST_ADDRESS), reason=str(error))
        fields["email"] = address.written
        return Subscriber(address=address, line=line, fields=fields)

    def _checked(self, header: Sequence[str]) -> tuple[str, ...]:
        if trouble := unreadable("".join(header)):
            raise self._invalid(f"the header has {trouble}", "save the list as CSV in UTF-8")
        names = tuple(_column(cell) for cell in header)
        places: dict[str, int] = {}
        for place, name in enumerate(names, start=1):
            if not name:
                raise self._invalid(f"column {place} has no name", "name it, or delete it in every row")
            if name in places:
                message = f'columns {places[name]} and {place} have the same name, "{shown(name)}"'
                raise self._invalid(message, "rename one of them")
            places[name] = place
        if "email" not in names:
            raise self._no_email(names)
        return names

    def _no_email(self, names: Sequence[str]) -> ListInvalid:
        found = ", ".join(f'"{shown(name)}"' for name in names[:_MOST_SHOWN])
        if any("@" in name for name in names):
            return self._invalid(f"the first line is no header; it has {found}", _HEADER_HINT)
        near = next((name for name in names if name in _ALSO_CALLED), None) or closest("email", names)
        hint = f'rename the column "{near}" to "email"' if near else _HEADER_HINT
        return self._invalid(f'there is no column "email"; there is {found}', hint)

    def _invalid(self, message: str, hint: str | None = None) -> ListInvalid:
        return ListInvalid(message, file=self._file, line=self._feed.line, hint=hint)


class _RecordTooLong(Exception):
    """A record went over MOST_LINES or LONGEST."""


class _Feed:
    """Lines for the csv module, of which it can be told to forget a record that went wrong.

    `record` has the lines of the record that is being read, and `line` is the 1-based number of the first.
    """

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = iter(lines)
        self._again: deque[str] = deque()
        self._size = 0
        self.line = 1
        self.record: list[str] = []

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else next(self._lines)
        self.record.append(line)
        self._size += len(line)
        if self._size > LONGEST or len(self.record) > MOST_LINES:
            raise _RecordTooLong
        return line

    def peek(self) -> str:
        """The first line that is not blank, which stays to be read. Raises StopIteration."""
        while not (line := next(self._lines)).strip():
            self.line += 1
        self._again.append(line)
        return line

    def accept(self) -> None:
        """The record is done."""
        self.line += len(self.record)
        self.record.clear()
        self._size = 0

    def give_up(self) -> None:
        """The record is broken: its first line is done, the others are read again."""
        self._again.extendleft(reversed(self.record[1:]))
        del self.record[1:]
        self.accept()


def _delimiter(header: str) -> str:
    """The one that gives a column `email`; else the one that stands most often outside quotes."""
    header = header[:_LOOKED_AT]
    outside = _QUOTED.sub("", header)

    def merit(delimiter: str) -> tuple[bool, int]:
        names = map(_column, next(csv.reader([header], delimiter=delimiter)))
        return "email" in names, outside.count(delimiter)

    return max(_DELIMITERS, key=merit)


def _column(cell: str) -> str:
    return unicodedata.normalize("NFC", " ".join(cell.split())).casefold()


def _cells(count: int) -> str:
    return "1 cell" if count == 1 else f"{count} cells"


def _why_broken(feed: _Feed, error: Exception) -> str:
    if len(feed.record) == 1:
        if isinstance(error, _RecordTooLong):
            return "the line is longer than 1 MB"
        if "field larger" in str(error):
            return f"a cell is longer than {csv.field_size_limit()} characters"
        if "end of data" not in str(error):
            return "there is text after a closing quote"
    return "a quote opens here that is not closed"
