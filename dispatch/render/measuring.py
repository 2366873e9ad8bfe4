"""A copy measured without being written: every value in it is made, and what is the same is made once.

What hangs on the links alone is the same for everybody, what hangs on one cell alone for all who have an
equal one. Everything else is made anew for each reader.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from dispatch.render.compiled import Filler
from dispatch.render.frame import Choice, Step
from dispatch.render.reading import Expression, Reading, columns_read
from dispatch.render.sandbox import FAULTS

_REMEMBERED = 2_048  # cells of each column
_WORTH_REMEMBERING = 200  # characters

Measure = Callable[[Mapping[str, str]], int]


class _Made(NamedTuple):
    """A step, and how often it stands in the page whose length is asked for."""

    read: Expression
    way: Callable[[Any], str] | None
    times: int


def measuring(fillers: Sequence[Filler], links: Mapping[str, str]) -> Measure:
    """What makes these pages of a reader, and gives the length of the last. Raises as filling them does."""
    same, by_column = sum(map(len, fillers[-1].page.texts)), defaultdict[str, list[_Made]](list)
    others: list[list[_Made]] = [[] for _ in fillers]  # of each page, as some count what they write
    for filler, rest in zip(fillers, others, strict=True):
        for step in filler.page.steps:
            made = _Made(step.read, step.way, len(step.places) if filler is fillers[-1] else 0)
            columns = _columns_of([step])
            if columns is None or len(columns) > 1:
                rest.append(made)
            elif columns:
                by_column[min(columns)].append(made)
            else:
                same += _length([made], Reading({}, links))
    cells = [_by_cell(name, steps, links) for name, steps in by_column.items()]
    anew = [rest for rest in others if rest]

    def measure(fields: Mapping[str, str]) -> int:
        length = same
        try:
            for name, measured, remembered in cells:
                cell = fields[name]
                length += remembered(cell) if len(cell) <= _WORTH_REMEMBERING else measured(cell)
            for rest in anew:
                length += _length(rest, Reading(fields, links))
        except FAULTS:
            # A page that is filled whole tells of the part at fault.
            return [len(filler(fields, links)) for filler in fillers][-1]
        return length

    return measure


def _by_cell(
    column: str, steps: Iterable[_Made], links: Mapping[str, str]
) -> tuple[str, Callable[[str], int], Callable[[str], int]]:
    """A column, and how much steps that read nothing else write for a cell: made anew, and remembered."""
    ordered = sorted(steps, key=lambda made: id(made.way))

    def measured(cell: str) -> int:
        return _length(ordered, Reading({column: cell}, links))

    return column, measured, lru_cache(_REMEMBERED)(measured)


def _length(steps: Iterable[_Made], reading: Reading) -> int:
    """How much these steps write."""
    length = size = 0
    last_value: Any = None
    last_way: Any = None
    for read, way, times in steps:
        value = read(reading)
        if value is not last_value or way is not last_way:
            size = len(value if way is None else way(value))
            last_value, last_way = value, way
        length += size * times
    return length


def _columns_of(steps: Iterable[Step]) -> frozenset[str] | None:
    """What decides, besides the links, over what these steps write; None when only Jinja knows."""
    columns = frozenset[str]()
    for step in steps:
        if isinstance(step.read, Choice):
            read = _columns_of_choice(step.read)
        else:
            read = columns_read(step.part.inner) if step.way else None
        if read is None:
            return None
        columns |= read
    return columns


def _columns_of_choice(choice: Choice) -> frozenset[str] | None:
    columns = frozenset[str]()
    for condition, part, frame in choice.branches:
        for read in (columns_read(part.rest) if condition else frozenset[str](), _columns_of(frame.steps)):
            if read is None:
                return None
            columns |= read
    return columns
