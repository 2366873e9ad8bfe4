"""A finished page made ready to be filled: static text encoded once, each value escaped on its own."""

from __future__ import annotations

import re
from bisect import bisect
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from dispatch.errors import DataError, IssueInvalid
from dispatch.render.escape import HARMLESS, Place, way_into
from dispatch.render.personal import Part
from dispatch.render.reading import Expression, Reading, columns_read, condition_of, value_of
from dispatch.render.sandbox import FAULTS, Sandbox, line_in, reader_filters, rendered, sentence
from dispatch.render.wire import Form

# A brace that would open something; the wire form has none of these, a subject may.
_OPENING = re.compile(r"\{(?=[{%#]|$)")
_REMEMBERED = 2_048  # values, for each kind of place
_WORTH_REMEMBERING = 200  # characters
_NUMBERING = "_number("


@dataclass(frozen=True, slots=True)
class Value:
    """An expression, and the place that its value is escaped for."""

    part: Part
    place: Place


Piece = str | Value | Part  # static text, a value, a statement
Measure = Callable[[Mapping[str, str]], int]
"""From the fields of one reader to the length of their page. Raises as filling it does."""


@dataclass(frozen=True, slots=True)
class Filler:
    """A page for one reader after another."""

    _page: _Frame | _Template

    def __call__(self, fields: Mapping[str, str], links: Mapping[str, str]) -> str:
        """The page with these values."""
        return self._page(Reading(fields, links))

    def measuring(self, links: Mapping[str, str]) -> Measure:
        """What makes all values of a reader and tells the length, but writes no page; for the same links."""
        if isinstance(self._page, _Frame):
            return self._page.measuring(links)
        return lambda fields: len(self(fields, links))


def compiled(pieces: Iterable[Piece], *, form: Form, file: str) -> Filler:
    """The pieces as a Filler; static text and values are written in that form.

    A page is a row of texts, slots and choices. Only loops are Jinja's, and a page that sets names.
    """
    filters = {place: _encoded(place, form) for place in Place}
    press = _Press(form.encode, filters, reader_environment(filters), file)
    return Filler(press.whole(list(pieces)))


def _encoded(place: Place, form: Form) -> Callable[[Any], str]:
    """From a value to what is sent. Most need nothing; of the others the same few words are made once."""
    way, encode, longest, ending = way_into(place), form.encode, form.longest_plain, form.ending
    is_ready = re.compile(rf"(?={HARMLESS[place]}\Z){form.plain}").fullmatch
    remembered = lru_cache(_REMEMBERED)(lambda text: encode(way(text)))

    def final(value: Any) -> str:
        if type(value) is str:
            if len(value) <= longest and is_ready(value):
                return value + ending
            if len(value) <= _WORTH_REMEMBERING:
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


class _Step(NamedTuple):
    """Something written for a reader, the places of the frame where it stands, and what the author wrote.

    What is read goes the `way` into its place; None for what is written there as it is.
    """

    places: list[int]
    read: Expression
    way: Callable[[Any], str] | None
    part: Part


@dataclass(frozen=True, slots=True)
class _Frame:
    """Static texts, and what is written between them, in the order of its steps."""

    texts: list[str]
    steps: list[_Step]
    file: str

    def __call__(self, reading: Reading) -> str:
        page = self.texts.copy()
        try:
            for step in self.steps:
                places, read, way, _ = step
                text = read(reading) if way is None else way(read(reading))
                for place in places:
                    page[place] = text
        except FAULTS as error:
            raise fill_fault(error, step.part, self.file) from error
        return "".join(page)

    def measuring(self, links: Mapping[str, str]) -> Measure:
        """See Filler. What hangs on one cell alone is measured once for equal cells."""
        same = sum(map(len, self.texts))
        by_column: dict[str, list[_Step]] = defaultdict(list)
        others: list[_Step] = []
        for step in self.steps:
            columns = _columns_read([step])
            if columns is None or len(columns) > 1:
                others.append(step)
            elif columns:
                by_column[min(columns)].append(step)
            else:
                same += _length([step], Reading({}, links))
        cells = [(name, *_by_cell(name, steps, links)) for name, steps in by_column.items()]

        def measure(fields: Mapping[str, str]) -> int:
            length = same
            try:
                for name, measured, remembered in cells:
                    cell = fields[name]
                    length += remembered(cell) if len(cell) <= _WORTH_REMEMBERING else measured(cell)
                return length + _length(others, Reading(fields, links)) if others else length
            except FAULTS:
                return len(self(Reading(fields, links)))  # raises what tells of the part at fault

        return measure


def _columns_read(steps: Iterable[_Step]) -> frozenset[str] | None:
    """What decides, besides the links, over what these steps write; None when only Jinja knows."""
    columns: set[str] = set()
    for step in steps:
        if isinstance(step.read, _Choice):
            read = step.read.columns
        else:
            read = columns_read(step.part.inner) if step.way else None
        if read is None:
            return None
        columns |= read
    return frozenset(columns)


def _length(steps: Iterable[_Step], reading: Reading) -> int:
    """How much these steps write."""
    length = 0
    for places, read, way, _ in steps:
        text = read(reading) if way is None else way(read(reading))
        length += len(text) * len(places)
    return length


def _by_cell(
    column: str, steps: Sequence[_Step], links: Mapping[str, str]
) -> tuple[Callable[[str], int], Callable[[str], int]]:
    """How much steps that read nothing but this column write for a cell, made anew and remembered."""

    def measured(cell: str) -> int:
        return _length(steps, Reading({column: cell}, links))

    return measured, lru_cache(_REMEMBERED)(measured)


@dataclass(frozen=True, slots=True)
class _Choice:
    """An if with its elifs and its else (whose condition is None)."""

    branches: list[tuple[Expression | None, Part, _Frame]]
    file: str

    def __call__(self, reading: Reading) -> str:
        for condition, part, frame in self.branches:
            try:
                chosen = condition is None or condition(reading)
            except FAULTS as error:
                raise fill_fault(error, part, self.file) from error
            if chosen:
                return frame(reading)
        return ""

    @property
    def columns(self) -> frozenset[str] | None:
        """What decides, besides the links, over what it writes; None when only Jinja knows."""
        read = [columns_read(part.rest) for condition, part, _ in self.branches if condition]
        read += [_columns_read(frame.steps) for _, _, frame in self.branches]
        known = [columns for columns in read if columns is not None]
        return frozenset().union(*known) if len(known) == len(read) else None


class _Template:
    """Pieces that only Jinja can write: a loop, or a page that sets names."""

    def __init__(
        self, pieces: Sequence[Piece], encode: Callable[[str], str], environment: Sandbox, file: str
    ) -> None:
        self._lines: list[int] = []  # of the template, for each of the parts
        self._parts: list[Part] = []
        source = ""
        for piece in pieces:
            if not isinstance(piece, str):
                self._lines.append(source.count("\n") + 1)
                self._parts.append(piece.part if isinstance(piece, Value) else piece)
            source += _in_template(piece, encode)
        self._template = environment.from_string(source)
        self._file = file

    def __call__(self, reading: Reading) -> str:
        try:
            return rendered(self._template, reading.names)
        except FAULTS as error:
            at = line_in(error, {"<template>": True})
            part = self._parts[bisect(self._lines, at[1]) - 1] if at else None
            raise fill_fault(error, part, self._file) from error


def _in_template(piece: Piece, encode: Callable[[str], str]) -> str:
    if isinstance(piece, str):
        return _OPENING.sub("{{ '{' }}", encode(piece))
    if isinstance(piece, Value):
        return f"{{{{ ({piece.part.inner})|{piece.place.value} }}}}"
    return f"{{% {piece.inner} %}}"


@dataclass(frozen=True, slots=True)
class _Press:
    """Makes frames, choices and templates out of pieces."""

    encode: Callable[[str], str]
    filters: Mapping[Place, Callable[[Any], str]]
    environment: Sandbox
    file: str

    def whole(self, pieces: list[Piece]) -> _Frame | _Template:
        """A page."""
        if any(isinstance(piece, Part) and piece.tag == "set" for piece in pieces):
            return self._template(pieces)
        frame, _ = self._frame(pieces, 0)
        return frame

    def _template(self, pieces: Sequence[Piece]) -> _Template:
        return _Template(pieces, self.encode, self.environment, self.file)

    def _frame(self, pieces: list[Piece], at: int) -> tuple[_Frame, int]:
        """The pieces from `at` to the statement that ends them, and where that stands."""
        texts: list[str] = []
        steps: dict[object, _Step] = {}
        while at < len(pieces):
            piece, place = pieces[at], len(texts)
            texts.append("")
            if isinstance(piece, str):
                texts[place] = self.encode(piece)
            elif isinstance(piece, Value):
                # What is shown twice is made once, unless it counts.
                key = place if _NUMBERING in piece.part.inner else (piece.part.inner, piece.place)
                if key in steps:
                    steps[key].places.append(place)
                else:
                    read = value_of(piece.part.inner, self.environment)
                    steps[key] = _Step([place], read, self.filters[piece.place], piece.part)
            elif piece.tag == "if":
                choice, at = self._choice(pieces, at)
                steps[place] = _Step([place], choice, None, piece)
            elif piece.tag == "for":
                end = _end_of_loop(pieces, at)
                steps[place] = _Step([place], self._template(pieces[at : end + 1]), None, piece)
                at = end
            else:
                break
            at += 1
        return _Frame(texts, list(steps.values()), self.file), at

    def _choice(self, pieces: list[Piece], at: int) -> tuple[_Choice, int]:
        branches = []
        while isinstance(part := pieces[at], Part) and part.tag != "endif":
            condition = None if part.tag == "else" else condition_of(part.rest, self.environment)
            frame, at = self._frame(pieces, at + 1)
            branches.append((condition, part, frame))
        return _Choice(branches, self.file), at


def _end_of_loop(pieces: Sequence[Piece], at: int) -> int:
    depth = 0
    for index in range(at, len(pieces)):
        piece = pieces[index]
        if isinstance(piece, Part) and piece.tag in {"for", "endfor"}:
            depth += 1 if piece.tag == "for" else -1
            if depth == 0:
                return index
    raise AssertionError("a loop without its end")  # pragma: no cover - judged when the issue was read


def fill_fault(error: Exception, part: Part | None, file: str) -> DataError:
    """What went wrong with one reader's values."""
    words = f"there is no column {error.args[0]!r}" if isinstance(error, KeyError) else sentence(error)
    if part is None:
        return IssueInvalid(f"a copy cannot be made: {words}", file=file)
    return part.error(f"{part.source.strip()} fails for a reader: {words}")
