"""A finished page made ready to be filled: static text encoded once, each value escaped on its own."""

from __future__ import annotations

import re
from bisect import bisect
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from dispatch.render.escape import HARMLESS, Place, way_into
from dispatch.render.frame import Choice, Frame, Step, fill_fault
from dispatch.render.personal import Part
from dispatch.render.reading import Reading, columns_looked_at, condition_of, value_of
from dispatch.render.sandbox import FAULTS, Sandbox, line_in, reader_filters, rendered
from dispatch.render.wire import Form

# A brace that would open something; the wire form has none of these, a subject may.
_OPENING = re.compile(r"\{(?=[{%#]|$)")
_REMEMBERED = 2_048  # values, for each kind of place
_WORTH_REMEMBERING = 200  # characters
_NUMBERING = "_number("
_LOOPS_KNOWN = 256  # of each loop, what it writes for so many different cells
_LONGEST_KNOWN = 4_096  # characters


@dataclass(frozen=True, slots=True)
class Value:
    """An expression, and the place that its value is escaped for."""

    part: Part
    place: Place


Piece = str | Value | Part  # static text, a value, a statement


class Filler:
    """Writes a page for one reader after another. It is a row of texts, slots and choices.

    Only loops are Jinja's, and a page that sets names.
    """

    def __init__(self, page: Frame) -> None:
        self.page = page
        self._chunks = [text.encode() for text in page.texts]

    def __call__(self, fields: Mapping[str, str], links: Mapping[str, str]) -> str:
        """The page in one piece."""
        return self.page(Reading(fields, links))

    def chunks(self, fields: Mapping[str, str], links: Mapping[str, str]) -> list[bytes]:
        """The page as it is sent. What is the same for all readers is the same object for all of them, so
        that nothing long is made, or moved about, for one.
        """
        chunks: list[Any] = self._chunks.copy()
        for place in self.page.write(chunks, Reading(fields, links)):
            chunks[place] = chunks[place].encode()
        return chunks


def compiled(pieces: Iterable[Piece], *, form: Form, file: str) -> Filler:
    """The pieces as a Filler; static text and values are written in that form."""
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
            return self.written(reading)
        except FAULTS as error:
            at = line_in(error, {"<template>": True})
            part = self._parts[bisect(self._lines, at[1]) - 1] if at else None
            raise fill_fault(error, part, self._file) from error

    def written(self, reading: Reading) -> str:
        """What this reader gets. Raises whatever its expressions do."""
        return rendered(self._template, reading.names)


class _Loop(_Template):
    """A loop. One that looks at cells alone writes the same for everybody in whose row these are equal."""

    def __init__(
        self, pieces: Sequence[Piece], encode: Callable[[str], str], environment: Sandbox, file: str
    ) -> None:
        super().__init__(pieces, encode, environment, file)
        expressions = "".join(_in_template(one, str) for one in pieces if not isinstance(one, str))
        self._columns = columns_looked_at(environment.parse(expressions))
        self._known: dict[tuple[str, ...], tuple[str, int]] = {}

    def written(self, reading: Reading) -> str:
        """What was written for equal cells costs this reader as much of the budget."""
        fields = reading.fields
        if self._columns is None or not self._columns <= fields.keys():
            return super().written(reading)
        cells = tuple(fields[name] for name in self._columns)
        known = self._known.get(cells)
        if known is None:
            alone = Reading(dict(zip(self._columns, cells, strict=True)), {})
            text = super().written(alone)
            known = text, alone.budget._spent
            if len(self._known) < _LOOPS_KNOWN and len(text) + sum(map(len, cells)) <= _LONGEST_KNOWN:
                self._known[cells] = known
        text, steps = known
        reading.budget._spend(steps)
        return text


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

    def whole(self, pieces: list[Piece]) -> Frame:
        """A page."""
        named = next((one for one in pieces if isinstance(one, Part) and one.tag == "set"), None)
        if named:
            whole = _Template(pieces, self.encode, self.environment, self.file)
            return Frame([""], [Step([0], whole, None, named)], self.file)
        frame, _ = self._frame(pieces, 0)
        return frame

    def _frame(self, pieces: list[Piece], at: int) -> tuple[Frame, int]:
        """The pieces from `at` to the statement that ends them, and where that stands."""
        texts: list[str] = []
        steps: dict[object, Step] = {}
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
                    steps[key] = Step([place], read, self.filters[piece.place], piece.part)
            elif piece.tag == "if":
                choice, at = self._choice(pieces, at)
                steps[place] = Step([place], choice, None, piece)
            elif piece.tag == "for":
                end = _end_of_loop(pieces, at)
                loop = _Loop(pieces[at : end + 1], self.encode, self.environment, self.file)
                steps[place] = Step([place], loop, None, piece)
                at = end
            else:
                break
            at += 1
        return Frame(texts, list(steps.values()), self.file), at

    def _choice(self, pieces: list[Piece], at: int) -> tuple[Choice, int]:
        branches = []
        while isinstance(part := pieces[at], Part) and part.tag != "endif":
            condition = None if part.tag == "else" else condition_of(part.rest, self.environment)
            frame, at = self._frame(pieces, at + 1)
            branches.append((condition, part, frame))
        return Choice(branches, self.file), at


def _end_of_loop(pieces: Sequence[Piece], at: int) -> int:
    depth = 0
    for index in range(at, len(pieces)):
        piece = pieces[index]
        if isinstance(piece, Part) and piece.tag in {"for", "endfor"}:
            depth += 1 if piece.tag == "for" else -1
            if depth == 0:
                return index
    raise AssertionError("a loop without its end")  # pragma: no cover - judged when the issue was read
