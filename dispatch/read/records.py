"""CSV records, one after another, each with the line where it begins and the very text that it stood in.

The only door to the csv module for reading. One bad record never stops the others:

- a quoted cell may have line breaks, but a record may span at most 100 lines and 1 MB;
- a record that does not end well (a quote that is not closed, or text after a closing quote) is one bad
  record at the line where it begins, and reading goes on with the very next line.

So a lone quote costs the row that has it, not the ten thousand after it. The price: lines of a broken record
are read as records of their own. A well-formed record is never taken apart, whatever stands in its cells.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections import deque
from collections.abc import Iterable, Iterator

from dispatch.errors import ListInvalid
from dispatch.read.csv_lines import LONGEST, Lines, unreadable
from dispatch.read.shown import shown

MOST_LINES = 100
HEADER_HINT = "begin with a line that names the columns, such as: email,name"
_DELIMITERS = ",;\t"
_QUOTED = re.compile(r'"(?:[^"]|"")*"?')
_LOOKED_AT = 64 * 1024  # characters of a header, to find the delimiter; less than the csv module's limit


class Records:
    """Iterates once over the records below a header: line, cells, and why they are None when they are.

    A blank line is a record without cells. `columns` are the header's names, trimmed and case-folded;
    `delimiter` is the sign between cells, `ending` that of a line, `top` the text down to the header's end,
    `header_line` where that begins.
    While a record is in the caller's hands, `text` is what it stood in: `top` and all texts together are
    the file, but for its byte order mark (`marked`) and for lines over 1 MB (`lines.cut`). Raises
    ListInvalid when the header cannot be used. `main` is the column that the delimiter must make.
    """

    def __init__(self, chunks: Iterable[bytes], *, file: str, main: frozenset[str]) -> None:
        self.file = file
        self.lines = Lines(chunks)
        self._feed = _Feed(self.lines)
        self.header_line = 1
        try:
            before, first = self._feed.peek()
            self.header_line = self._feed.line
            self.delimiter = _delimiter(first, main)
            self._rows = csv.reader(self._feed, delimiter=self.delimiter, strict=True)
            header = next(self._rows)
        except StopIteration:
            self.header_line = self._feed.line
            raise self.invalid("the list is empty", HEADER_HINT) from None
        except (csv.Error, _RecordTooLong) as error:
            raise self.invalid(f"the header cannot be read: {_why_broken(self._feed, error)}") from error
        self.columns = self._checked(header)
        self.top = before + self.text
        self.ending = _ending(self.text)
        self._feed.accept()

    @property
    def text(self) -> str:
        """What the record in hand stood in, line ends and all."""
        return "".join(self._feed.record)

    @property
    def marked(self) -> bool:
        """Whether the file begins with a byte order mark."""
        return self.lines.marked

    def __iter__(self) -> Iterator[tuple[int, list[str] | None, str]]:
        feed = self._feed
        while True:
            try:
                row = next(self._rows)
            except StopIteration:
                return
            except (csv.Error, _RecordTooLong) as error:
                reason = _why_broken(feed, error)
                feed.keep_first()
                yield feed.line, None, reason
            else:
                yield feed.line, row, ""
            feed.accept()

    def invalid(self, message: str, hint: str | None = None) -> ListInvalid:
        """An error about the list as a whole, at its header."""
        return ListInvalid(message, file=self.file, line=self.header_line, hint=hint)

    def _checked(self, header: list[str]) -> tuple[str, ...]:
        if trouble := unreadable("".join(header)):
            raise self.invalid(f"the header has {trouble}", "save the list as CSV in UTF-8")
        names = tuple(column_name(cell) for cell in header)
        places: dict[str, int] = {}
        for place, name in enumerate(names, start=1):
            if not name:
                raise self.invalid(f"column {place} has no name", "name it, or delete it in every row")
            if name in places:
                message = f'columns {places[name]} and {place} have the same name, "{shown(name)}"'
                raise self.invalid(message, "rename one of them")
            places[name] = place
        return names


def column_name(cell: str) -> str:
    """The name of a column as it is compared: blanks and case make no difference."""
    return unicodedata.normalize("NFC", " ".join(cell.split())).casefold()


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

    def peek(self) -> tuple[str, str]:
        """The blank lines at the top, and the first other one, which stays. Raises StopIteration."""
        before = ""
        while not (line := next(self._lines)).strip():
            self.line += 1
            before += line
        self._again.append(line)
        return before, line

    def keep_first(self) -> None:
        """The record is broken: its first line is all of it, the others are read again."""
        self._again.extendleft(reversed(self.record[1:]))
        del self.record[1:]

    def accept(self) -> None:
        """The record is done."""
        self.line += len(self.record)
        self.record.clear()
        self._size = 0


def _delimiter(header: str, main: frozenset[str]) -> str:
    """The one that gives a main column; else the one that stands most often outside quotes."""
    header = header[:_LOOKED_AT]
    outside = _QUOTED.sub("", header)

    def merit(delimiter: str) -> tuple[bool, int]:
        names = map(column_name, next(csv.reader([header], delimiter=delimiter)))
        return not main.isdisjoint(names), outside.count(delimiter)

    return max(_DELIMITERS, key=merit)


def _ending(text: str) -> str:
    """How a line ends: as this one, or with LF when it is the last of its file."""
    return next((ending for ending in ("\r\n", "\n", "\r") if text.endswith(ending)), "\n")


def _why_broken(feed: _Feed, error: Exception) -> str:
    if len(feed.record) == 1:
        if isinstance(error, _RecordTooLong):
            return "the line is longer than 1 MB"
        if "field larger" in str(error):
            return f"a cell is longer than {csv.field_size_limit()} characters"
        if "end of data" not in str(error):
            return "there is text after a closing quote"
    return "a quote opens here that is not closed"
