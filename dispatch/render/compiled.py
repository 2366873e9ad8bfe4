"""A finished page made ready to be filled: static text encoded once, each value escaped on its own."""

from __future__ import annotations

import re
from bisect import bisect
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol

from dispatch.errors import DataError, IssueInvalid
from dispatch.render.escape import Place, way_into, written
from dispatch.render.personal import Part
from dispatch.render.sandbox import (
    FAULTS,
    Budget,
    Record,
    Sandbox,
    line_in,
    reader_filters,
    rendered,
    sentence,
)
from dispatch.render.words import default

_COLUMN = re.compile(r"subscriber\.([a-zA-Z]\w*)(?:\s*\|\s*default\(\s*(?:\"([^\"\\]*)\"|'([^'\\]*)')\s*\))?")
# A brace that would open something; the wire form has none of these, a subject may.
_OPENING = re.compile(r"\{(?=[{%#]|$)")
_REMEMBERED = 2_048  # values, for each kind of place
_WORTH_REMEMBERING = 200  # characters
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
    """From a value to what is sent. The same few words (a plan, a city, a name said twice) are made once."""
    remembered = lru_cache(_REMEMBERED)(lambda text: encode(way(text)))

    def final(value: Any) -> str:
        if type(value) is str and len(value) <= _WORTH_REMEMBERING:
            return remembered(value)
        return encode(way(value))

    return final


def reader_environment(filters: Mapping[Place, Callable[[Any], str]]) -> Sandbox:
    """A sandbox with the filters for readers' values, and those that bring a value into its place."""
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
        self._lines: list[int] = []  # of the template, for each of the parts
        self._parts: list[Part] = []
        source = ""
        for piece in pieces:
            if not isinstance(piece, str):
                self._lines.append(source.count("\n") + 1)
                self._parts.append(piece.part if isinstance(piece, Value) else piece)
            source += _in_template(piece, encode)
        self._template = reader_environment(filters).from_string(source)
        self._file = file

    def __call__(self, fields: Mapping[str, str], links: Mapping[str, str]) -> str:
        try:
            return rendered(self._template, context(fields, links))
        except FAULTS as error:
            at = line_in(error, {"<template>": True})
            part = self._parts[bisect(self._lines, at[1]) - 1] if at else None
            raise fill_fault(error, part, self._file) from error


def context(fields: Mapping[str, str], links: Mapping[str, str]) -> dict[str, Any]:
    """The names that a reader's expressions may use."""
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
        environment = reader_environment(filters)
        self._frame = [encode(piece) if isinstance(piece, str) else "" for piece in pieces]
        values = [(index, piece) for index, piece in enumerate(pieces) if isinstance(piece, Value)]
        self._slots = [
            (index, _slot(value.part.inner, environment), filters[value.place]) for index, value in values
        ]
        self._parts = {index: value.part for index, value in values}
        self._file = file

    def __call__(self, fields: Mapping[str, str], links: Mapping[str, str]) -> str:
        page = self._frame.copy()
        index = -1
        try:
            for index, value_of, way in self._slots:
                page[index] = way(value_of(fields, links))
        except FAULTS as error:
            raise fill_fault(error, self._parts.get(index), self._file) from error
        return "".join(page)


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
    return lambda fields, links: written(evaluate(**context(fields, links)))


def fill_fault(error: Exception, part: Part | None, file: str) -> DataError:
    """What went wrong with one reader's values."""
    words = f"there is no column {error.args[0]!r}" if isinstance(error, KeyError) else sentence(error)
    if part is None:
        return IssueInvalid(f"a copy cannot be made: {words}", file=file)
    return part.error(f"{part.source.strip()} fails for a reader: {words}")
