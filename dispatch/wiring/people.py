"""The list and the suppression list of a project, and the files of another service's export."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

from filelock import Timeout

from dispatch.errors import InputMissing, ListInvalid, RunLocked, UsageError
from dispatch.feedback.importing import Source
from dispatch.feedback.list_file import ListFile
from dispatch.feedback.person import held, messages_to
from dispatch.ledger.ledger import Ledger
from dispatch.ledger.rows import batches
from dispatch.model.address import Address, AddressInvalid, parse_address
from dispatch.model.subscriber import BadRow, Subscriber
from dispatch.model.tags import with_choices
from dispatch.read.exports import read_export
from dispatch.wiring.clock import now
from dispatch.wiring.locks import hold
from dispatch.wiring.project import Project, shown

_LOCK_WAIT = 60.0  # an import of a million rows takes so long
_PIECE = 1 << 16
_TABLES = frozenset({".csv", ".txt", ".tsv"})
_BROKEN_ZIP = (zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError, EOFError)


def list_of(project: Project, given: Path | None = None) -> ListFile:
    """The list that may be changed: of --list, or of the configuration."""
    path = project.list_file(given)
    return ListFile(path=path, name=shown(path), guard=lambda: _list_lock(project))


def lists_of(project: Project, ledger: Ledger) -> list[ListFile]:
    """The configured list, and every other one that an issue was planned from and that is still there."""
    paths = [project.list_file(None)]
    paths += [path for record in ledger.issues() if (path := project.root / record.list_file).is_file()]
    return [list_of(project, path) for path in {path.resolve(): path for path in reversed(paths)}.values()]


def people_of(project: Project, path: Path) -> Iterator[Subscriber]:
    """The good rows of a list; nobody when there is no list."""
    if path.is_file() and path.stat().st_size:
        for row in project.read_list(path):
            if isinstance(row, Subscriber):
                yield row


def suppressed_by(ledger: Ledger | None) -> Callable[[Collection[str]], dict[str, str]]:
    """What looks keys up on the suppression list; without a ledger nobody is on it."""
    return ledger.suppressed if ledger else lambda _keys: {}


def kept_out_by(ledger: Ledger | None) -> Callable[[Collection[str]], dict[str, str]]:
    """What looks up who gets no mail now: the suppressed, and who asked for a pause."""
    return partial(ledger.kept_out, now=now()) if ledger else lambda _keys: {}


def as_chosen(rows: Iterable[Subscriber | BadRow], ledger: Ledger | None) -> Iterable[Subscriber | BadRow]:
    """Rows of a list, the tags as their readers chose them."""
    return (
        chain.from_iterable(with_choices(some, ledger.chosen) for some in batches(rows, 500))
        if ledger
        else rows
    )


def held_about(project: Project, address: Address, ledger: Ledger | None) -> dict[str, Any]:
    """Everything that the project holds about somebody."""
    lists = lists_of(project, ledger) if ledger else [list_of(project)]
    rows = [
        (one.name, row)
        for one in lists
        for row in people_of(project, one.path)
        if row.address.key == address.key
    ]
    return held(
        address,
        rows,
        ledger.explain(address.key) if ledger else (),
        ledger.suppression_of(address.key) if ledger else None,
        [shown(path) for folder in _mail_of(project) for path in messages_to(folder, address)],
        paused_until=ledger.absent_until(address.key, now=now()) if ledger else None,
        choice=ledger.choice_of(address.key) if ledger else None,
    )


def _mail_of(project: Project) -> Iterator[Path]:
    """Where mail of the project lies: the sandbox's, and the Maildir of what comes back."""
    yield project.outbox
    if project.settings.inbox.maildir:
        yield project.root / project.settings.inbox.maildir


def given_address(text: str) -> Address:
    """An address of the command line. Raises UsageError."""
    try:
        return parse_address(text)
    except AddressInvalid as error:
        raise UsageError(f"{text} is not an address: {error}", hint="write it as name@example.com") from error


def sources(paths: Iterable[Path]) -> list[Source]:
    """The files of an export, those inside a folder or a ZIP too. Raises InputMissing, ListInvalid."""
    found = [source for path in paths for source in _sources(path)]
    names = [source.name for source in found]
    if len(set(names)) != len(names):
        raise UsageError("the same file is named twice", hint="name every file once")
    return found


@contextmanager
def _list_lock(project: Project) -> Iterator[None]:
    try:
        lock = hold(project.state / "list.lock", _LOCK_WAIT)
    except Timeout as error:
        raise RunLocked("another program is changing the list", hint="run it again in a moment") from error
    try:
        yield
    finally:
        lock.release()


def _sources(path: Path) -> list[Source]:
    if path.is_dir():
        inside = sorted(one for one in path.iterdir() if one.suffix.casefold() in _TABLES)
        return _with_people([_file(one) for one in inside], path)
    if not path.is_file():
        raise InputMissing(
            f"there is no file {shown(path)}", hint="name the export: a CSV, a ZIP or a folder"
        )
    return _packed(path) if zipfile.is_zipfile(path) else [_file(path)]


def _file(path: Path) -> Source:
    def read() -> Iterator[bytes]:
        try:
            with path.open("rb") as stream:
                while piece := stream.read(_PIECE):
                    yield piece
        except OSError as error:
            raise InputMissing(f"{shown(path)} cannot be read: {error.strerror}") from error

    return Source(name=shown(path), read=read)


def _packed(path: Path) -> list[Source]:
    """The tables in a ZIP. Substack packs the list of subscribers beside files about each mail."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = [one.filename for one in archive.infolist() if not one.is_dir()]
    except _BROKEN_ZIP as error:
        raise _unreadable_zip(path, error) from error
    tables = [name for name in names if Path(name).suffix.casefold() in _TABLES and "__MACOSX" not in name]
    lists = [name for name in tables if Path(name).name.startswith("email_list")]
    return _with_people([_member(path, name) for name in lists or tables], path)


def _member(path: Path, name: str) -> Source:
    def read() -> Iterator[bytes]:
        try:
            with zipfile.ZipFile(path) as archive, archive.open(name) as stream:
                while piece := stream.read(_PIECE):
                    yield piece
        except (*_BROKEN_ZIP, OSError) as error:
            raise _unreadable_zip(path, error) from error

    return Source(name=f"{shown(path)}/{name}", read=read)


def _with_people(tables: list[Source], place: Path) -> list[Source]:
    """Those of the tables that have a column of addresses. Raises ListInvalid when none has."""
    found = [one for one in tables if _has_people(one)]
    if not found:
        raise ListInvalid(
            "there is no table of subscribers in it", file=shown(place), hint="name the CSV file itself"
        )
    return found


def _has_people(source: Source) -> bool:
    try:
        read_export(source.read(), file=source.name)
    except ListInvalid:
        return False
    return True


def _unreadable_zip(path: Path, error: Exception) -> ListInvalid:
    return ListInvalid(
        f"the ZIP cannot be read: {error}", file=shown(path), hint="unpack it, and name the CSV files"
    )
