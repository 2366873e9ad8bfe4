"""Changing the subscriber list, which is its owner's: whole or not at all, and no byte more than needed.

A change is written beside the list, made durable, and renamed over it, so that a reader sees the old list
or the new one. Permissions, byte order mark, delimiter, quoting and line ends of other rows stay as they are.
"""

from __future__ import annotations

import csv
import io
import os
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from dispatch.errors import ListInvalid, Temporary
from dispatch.model.subscriber import BadRow, Subscriber
from dispatch.read.subscribers import SubscriberReader

_CHUNK = 1 << 16
_MARK = "\ufeff"
_NEW_LIST = 0o600  # names and addresses of people are nobody else's business
_HINT = "nothing was changed; mend the cause and run it again"
Row = Subscriber | BadRow
_Identity = tuple[int, int, int] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListFile:
    """A list that may be changed. `guard` is the lock that all who change it hold; `name` is for messages."""

    path: Path
    name: str
    guard: Callable[[], AbstractContextManager[None]]

    def columns(self) -> tuple[str, ...]:
        """The header's names; none when there is no list yet. Raises ListInvalid."""
        return self._reader().columns if self._exists else ()

    def append(self, rows: Iterable[Mapping[str, str]], *, columns: Sequence[str] = ("email",)) -> int:
        """Add rows at the end, given by column; how many. Fields without a column are left out.

        The columns that the list lacks of `columns` are added to its header, and empty to its rows; a list
        that does not exist is made with them. Who is there already is the caller's business. Raises
        ListInvalid, Temporary.
        """
        with self.guard(), _words(self.name):
            if not self._exists:
                return self._replace(lambda file: _write_new(file, rows, columns), _identity(self.path))
            before = _identity(self.path)
            have = self._reader().columns
            lacking = [name for name in columns if name not in have]
            if lacking:
                return self._replace(lambda file: self._widen(file, rows, lacking), before)
            return self._replace(lambda file: self._copy(file, rows), before)

    def remove(self, is_meant: Callable[[Row], bool]) -> list[Row]:
        """Take out the rows that are meant; which ones. Raises ListInvalid, Temporary."""
        gone: list[Row] = []
        if not self._exists:
            return gone
        with self.guard(), _words(self.name):
            before = _identity(self.path)
            gone = [row for row in self._reader() if is_meant(row)]
            if gone:
                lines = {row.line for row in gone}
                self._replace(lambda file: self._leave_out(file, lines), before)
        return gone

    @property
    def _exists(self) -> bool:
        return self.path.is_file() and self.path.stat().st_size > 0

    def _reader(self) -> SubscriberReader:
        return SubscriberReader(_chunks(self.path), file=self.name)

    def _copy(self, file: BinaryIO, rows: Iterable[Mapping[str, str]]) -> int:
        """The list as it is, byte for byte, and the new rows."""
        reader, last = self._reader(), b""
        for chunk in _chunks(self.path):
            file.write(chunk)
            last = chunk
        if not last.endswith((b"\n", b"\r")):
            file.write(reader.records.ending.encode())
        return _write_rows(file, rows, reader, reader.columns)

    def _widen(self, file: BinaryIO, rows: Iterable[Mapping[str, str]], lacking: Sequence[str]) -> int:
        """The list with more columns at the right of each good row, and the new rows."""
        reader = self._reader()
        records = reader.records
        empty = records.delimiter * len(lacking)
        _write(file, _MARK if records.marked else "")
        _write(file, _extended(records.top, records.delimiter + _cells(records.delimiter, lacking)))
        ended = True
        for _line, cells, _trouble in records:
            is_row = cells is not None and len(cells) == len(reader.columns)
            text = records.text
            _write(file, _extended(text, empty) if is_row else text)
            ended = text.endswith(("\n", "\r"))
        self._refuse_cut(reader)
        if not ended or not records.top.endswith(("\n", "\r")):
            _write(file, records.ending)
        return _write_rows(file, rows, reader, (*reader.columns, *lacking))

    def _leave_out(self, file: BinaryIO, lines: set[int]) -> int:
        reader = self._reader()
        records = reader.records
        _write(file, (_MARK if records.marked else "") + records.top)
        for line, _row, _trouble in records:
            if line not in lines:
                _write(file, records.text)
        self._refuse_cut(reader)
        return len(lines)

    def _refuse_cut(self, reader: SubscriberReader) -> None:
        """A line that was too long to be read whole cannot be written back whole."""
        if reader.records.lines.cut:
            raise ListInvalid("a line is longer than 1 MB, so the list is left as it is", file=self.name)

    def _replace(self, write: Callable[[BinaryIO], int], before: _Identity) -> int:
        """Let `write` make the new content, and put it in the place of the old, if that is as it was before.

        Gives what `write` gives.
        """
        path = self.path.resolve()  # a link stays one, and what it leads to is replaced
        _sweep(path)
        draft = path.with_name(f".{path.name}.{secrets.token_hex(6)}.dispatch")
        try:
            descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _NEW_LIST)
            with os.fdopen(descriptor, "wb") as file:
                done = write(file)
                file.flush()
                _keep_owner(descriptor, path)
                os.fsync(descriptor)
            if _identity(path) != before:
                raise Temporary("somebody else changed the list meanwhile", file=self.name, hint=_HINT)
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
        _sync_folder(path.parent)
        return done


def _write_new(file: BinaryIO, rows: Iterable[Mapping[str, str]], columns: Sequence[str]) -> int:
    _write(file, _cells(",", columns) + "\n")
    return _append(file, rows, columns, delimiter=",", ending="\n")


def _write_rows(
    file: BinaryIO, rows: Iterable[Mapping[str, str]], reader: SubscriberReader, columns: Sequence[str]
) -> int:
    records = reader.records
    return _append(file, rows, columns, delimiter=records.delimiter, ending=records.ending)


def _append(
    file: BinaryIO,
    rows: Iterable[Mapping[str, str]],
    columns: Sequence[str],
    *,
    delimiter: str,
    ending: str,
) -> int:
    count = 0
    for row in rows:
        count += 1
        _write(file, _cells(delimiter, [row.get(name, "") for name in columns]) + ending)
    return count


def _cells(delimiter: str, cells: Iterable[str]) -> str:
    """The cells as one record, quoted where they must be, without a line end."""
    record = io.StringIO(newline="")
    csv.writer(record, delimiter=delimiter, lineterminator="").writerow(cells)
    return record.getvalue()


def _extended(text: str, more: str) -> str:
    """A record with more cells before its line end."""
    body = text.rstrip("\r\n")
    return f"{body}{more}{text[len(body) :]}"


def _write(file: BinaryIO, text: str) -> None:
    file.write(text.encode("utf-8", "surrogateescape"))


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            yield chunk


def _identity(path: Path) -> _Identity:
    try:
        facts = path.stat()
    except FileNotFoundError:
        return None
    return facts.st_ino, facts.st_size, facts.st_mtime_ns


def _keep_owner(descriptor: int, path: Path) -> None:
    """Give the draft the owner, the group and the permissions of the list that it replaces."""
    if os.name != "posix" or not path.exists():
        return
    facts = path.stat()
    with suppress(PermissionError):  # only root gives files away; the permissions are kept all the same
        os.fchown(descriptor, facts.st_uid, facts.st_gid)
    os.fchmod(descriptor, facts.st_mode & 0o7777)


def _sweep(path: Path) -> None:
    """Delete the drafts of changes that were killed: they hold addresses, and by the lock nobody writes."""
    for draft in path.parent.glob(f".{path.name}.*.dispatch"):
        draft.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    """Make a rename in `folder` durable, where the platform can do it."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _words(name: str) -> Iterator[None]:
    """The system's refusals in our words."""
    try:
        yield
    except OSError as error:
        raise Temporary(f"the list cannot be written: {error.strerror}", file=name, hint=_HINT) from error
