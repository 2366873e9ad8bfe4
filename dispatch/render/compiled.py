"""A finished page made ready to be filled: static text encoded once, each value escaped on its own."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from jinja2 import TemplateError

from dispatch.errors import IssueInvalid
from dispatch.render.escape import Place, way_into, written
from dispatch.render.personal import Part
from dispatch.render.sandbox import Budget, Record, Sandbox, reader_filters
from dispatch.render.words import default

_LARGEST = 5_000_000
_FAULTS = (TemplateError, ArithmeticError, TypeError, ValueError, AttributeError, LookupError, RecursionError)

_COLUMN = re.compile(r"subscriber\.([a-zA-Z]\w*)(?:\s*\|\s*default\(\s*(?:\"([^\"\\]*)\"|'([^'\\]*)')\s*\))?")
# A brace that would open something; the wire form has none of these, a subject may.
_OPENING = re.compile(r"\{(?=[{%#]|$)")
_LINK = re.compile(r"(unsubscribe_url|preferences_url|view_url)")


@dataclass(frozen=True, slots=True)
class Value:
    """An expression, and the place that its value is escaped for."""

    part: Part
    place: Place


Piece = str | Value | Part  # static text, a value, a statement

Facts = Mapping[str, Any]


class Filler(Protocol):
    """Something that writes a page for one reader."""

    def __call__(self, fields: Mapping[str, str], links: Mapping[str, str]) -> str: ...


def compiled(pieces: Iterable[Piece], *, encode: Callable[[str], str], file: str) -> Filler:
    """The pieces as a Filler; `encode` brings static text and values into their final form.

    Without statements a page is a row of texts and slots; with them it is a compiled template.
    """
    parts = list(pieces)
    filters = {place: _encoded(way_into(place), encode) for place in Place}
    if any(isinstance(piece, Part) for piece in parts):
        return _Template(parts, encode, filters, file)
    return _Slots(parts, encode, filters, file)


def _encoded(way: Callable[[Any], str], encode: Callable[[str], str]) -> Callable[[Any], str]:
    return lambda value: encode(way(value))


def _environment(filters: Mapping[Place, Callable[[Any], str]]) -> Sandbox:
    environment = Sandbox(autoescape=False, newline_sequence="\r\n", finalize=None)
    allowed = reader_filters(environment)
    kept = {name: environment.filters[name] for name in ("_counted", "_joined")}
    environment.filters.clear()
    environment.filters.update(allowed | kept | {place.value: way for place, way in filters.items()})
    return environment


class _Template:
    """A page with statements."""

    def __init__(
        self,
        pieces: Sequence[Piece],
        encode: Callable[[str], str],
        filters: Mapping[Place, Callable[[Any], str]],
        file: str,
    ) -> None:
        source = "".join(_in_template(piece, encode) for piece in pieces)
        self._template = _environment(filters).from_string(source)
        self._file = file

    def __call__(self, fields: Mapping[str, str], links: Mapping[str, str]) -> str:
        try:
            page = self._template.render(**_context(fields, links))
        except _FAULTS as error:
            raise fill_fault(error, self._file) from error
        return _bounded(page, self._file)


def _context(fields: Mapping[str, str], links: Mapping[str, str]) -> dict[str, Any]:
    return {"subscriber": Record(fields), "_budget": Budget(), "_number": Numbers(), **links}


class Numbers:
    """Counts the items of lists that are longer for some readers than for others."""

    def __init__(self) -> None:
        self._last: dict[int, int] = {}

    def __call__(self, which: int, first: int) -> int:
        """The next number of a list."""
        self._last[which] = self._last.get(which, first - 1) + 1
        return self._last[which]


def _in_template(piece: Piece, encode: Callable[[str], str]) -> str:
    if isinstance(piece, str):
        return _OPENING.sub("{{ '{' }}", encode(piece))
    if isinstance(piece, Value):
        return f"{{{{ ({piece.part.inner})|{piece.place.value} }}}}"
    return f"{{% {piece.inner} %}}"


Slot = Callable[[Mapping[str, str], Mapping[str, str]], Any]


class _Slots:
    """A page without statements: static texts, and between them functions of the reader."""

    def __init__(
        self,
        pieces: Sequence[Piece],
        encode: Callable[[str], str],
        filters: Mapping[Place, Callable[[Any], str]],
        file: str,
    ) -> None:
        environment = _environment(filters)
        self._frame = [encode(piece) if isinstance(piece, str) else "" for piece in pieces]
        self._slots = [
            (index, _slot(piece.part.inner, environment), filters[piece.place])
            for index, piece in enumerate(pieces)
            if isinstance(piece, Value)
        ]
        self._file = file

    def __call__(self, fields: Mapping[str, str], links: Mapping[str, str]) -> str:
        page = self._frame.copy()
        try:
            for index, value_of, way in self._slots:
                page[index] = way(value_of(fields, links))
        except _FAULTS as error:
            raise fill_fault(error, self._file) from error
        return _bounded("".join(page), self._file)


def _slot(expression: str, environment: Sandbox) -> Slot:
    """An expression as a function; the usual ones need no Jinja."""
    if match := _COLUMN.fullmatch(expression):
        name = match[1]
        instead = next((text for text in match.groups()[1:] if text is not None), None)
        if instead is None:
            return lambda fields, _links: fields[name]
        return lambda fields, _links: default(fields[name], instead)
    if _LINK.fullmatch(expression):
        return lambda _fields, links: links[expression]
    evaluate = environment.compile_expression(expression, undefined_to_none=False)
    return lambda fields, links: written(evaluate(**_context(fields, links)))


def _bounded(page: str, file: str) -> str:
    if len(page) > _LARGEST:
        raise IssueInvalid(f"a copy of this issue is larger than {_LARGEST:,} bytes", file=file)
    return page


def fill_fault(error: Exception, file: str) -> IssueInvalid:
    """What went wrong with one reader's values."""
    if isinstance(error, KeyError):
        return IssueInvalid(f"there is no column {error.args[0]!r} in this row", file=file)
    return IssueInvalid(f"a personal expression fails: {error}", file=file)
