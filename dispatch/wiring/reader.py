"""One reader to try a letter on: somebody of the list, or a neutral person when there is no list yet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from dispatch.errors import InputMissing, UsageError
from dispatch.model.address import Address, AddressInvalid, parse_address
from dispatch.model.subscriber import Subscriber
from dispatch.model.tags import COLUMN, overruled
from dispatch.wiring.books import ledger_if_any
from dispatch.wiring.project import Project, shown

_NEUTRAL = "reader@example.com"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Somebody to show a letter to, and the columns of the list they come from."""

    address: Address
    fields: Mapping[str, str]
    columns: tuple[str, ...]
    line: int | None


def choose_reader(project: Project, email: str | None) -> Reader:
    """The subscriber with this address, or the first one of the list. Raises InputMissing, UsageError."""
    path = project.list_file(None)
    if not path.exists() and email is None:
        return Reader(
            address=parse_address(_NEUTRAL), fields={"email": _NEUTRAL}, columns=("email",), line=None
        )
    key = _parsed(email).key if email is not None else None
    people = project.read_list(path)
    for person in people:
        if isinstance(person, Subscriber) and key in {None, person.address.key}:
            return _as_chosen(project, _reader(person, people.columns))
    if email is None:
        raise InputMissing(f"there is nobody in {shown(path)}", hint="add a row with an email address")
    raise InputMissing(f"{email} is not in {shown(path)}", hint="--as takes the address of a subscriber")


def all_readers(project: Project) -> Iterator[Reader]:
    """Every good row of the list, streamed."""
    people = project.read_list(project.list_file(None))
    for person in people:
        if isinstance(person, Subscriber):
            yield _reader(person, people.columns)


def _as_chosen(project: Project, reader: Reader) -> Reader:
    """The reader with the tags of their own choice, as a send would have them."""
    if not project.settings.web.choices:
        return reader
    with ledger_if_any(project) as ledger:
        choice = ledger.choice_of(reader.address.key) if ledger else None
    if choice is None:
        return reader
    tags = overruled(reader.fields[COLUMN], choice.tags)
    return replace(reader, fields={**reader.fields, COLUMN: tags})


def _reader(person: Subscriber, columns: tuple[str, ...]) -> Reader:
    return Reader(address=person.address, fields=person.fields, columns=columns, line=person.line)


def _parsed(email: str) -> Address:
    try:
        return parse_address(email)
    except AddressInvalid as error:
        raise UsageError(f"{email} is not an address: {error}") from error
