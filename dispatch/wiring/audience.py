"""Who a letter is looked at as: people of the list by their address, and invented ones by `~` and a word."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator

from dispatch.web.desk import Somebody
from dispatch.wiring.invented import INVENTED, Invented, invented_reader
from dispatch.wiring.project import Project
from dispatch.wiring.reader import Reader, all_readers, choose_reader

_REMEMBERED = 500  # readers: to find one again must not read a long list again
_KINDS = {kind.key: kind for kind in INVENTED}


class Audience:
    """The readers of one state of the list. `first` is who is shown when nobody is named. Thread-safe."""

    def __init__(self, project: Project, first: str | None) -> None:
        self._project = project
        self._first = choose_reader(project, first)
        self._known: OrderedDict[str, Reader] = OrderedDict()

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of the list."""
        return self._first.columns

    def reader(self, key: str) -> Reader:
        """One reader; the empty key is the first. Raises InputMissing, UsageError."""
        if key in _KINDS:
            return invented_reader(_KINDS[key], self._first)
        if not key:
            return self._first
        known = self._known.get(key)
        return known or self._remembered(choose_reader(self._project, key))

    def everybody(self) -> Iterator[Reader]:
        """Every good row of the list, streamed; nobody when there is no list."""
        if self._project.list_file(None).exists():
            yield from all_readers(self._project)

    def search(self, words: str) -> Iterator[Somebody]:
        """The people in whose row all the words stand, in the order of the list, as they are found."""
        wanted = words.casefold().split()
        for reader in self.everybody():
            row = "\n".join(reader.fields.values()).casefold()
            if all(word in row for word in wanted):
                yield somebody(self._remembered(reader))

    def _remembered(self, reader: Reader) -> Reader:
        self._known[reader.address.written] = reader
        while len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)
        return reader


def somebody(reader: Reader) -> Somebody:
    """A reader of the list, for the page."""
    name = next((reader.fields[column] for column in reader.columns if "name" in column), "")
    return Somebody(key=reader.address.written, email=reader.address.written, name=name, line=reader.line)


def shown_as(key: str, reader: Reader) -> Somebody:
    """The reader under this key, for the page."""
    return invented(_KINDS[key]) if key in _KINDS else somebody(reader)


def invented(kind: Invented) -> Somebody:
    """An invented reader, for the page."""
    return Somebody(key=kind.key, email="", name=kind.label, line=None)
