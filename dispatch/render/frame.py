"""What a compiled page is made of: texts, and between them what is written for a reader."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from dispatch.errors import DataError, IssueInvalid
from dispatch.render.personal import Part
from dispatch.render.reading import Expression, Reading
from dispatch.render.sandbox import FAULTS, sentence


class Step(NamedTuple):
    """Something written for a reader, the places of the frame where it stands, and what the author wrote.

    What is read goes the `way` into its place; None for what is written there as it is.
    """

    places: list[int]
    read: Expression
    way: Callable[[Any], str] | None
    part: Part


class Frame:
    """Static texts, and what is written between them, in the order of its steps."""

    __slots__ = ("_file", "_places", "steps", "texts")

    def __init__(self, texts: list[str], steps: list[Step], file: str) -> None:
        self.texts = texts
        self.steps = steps
        self._file = file
        self._places = [place for step in steps for place in step.places]

    def __call__(self, reading: Reading) -> str:
        page = self.texts.copy()
        self.write(page, reading)
        return "".join(page)

    def write(self, page: list[str], reading: Reading) -> list[int]:
        """Write into a page what is this reader's, and say where."""
        try:
            for step in self.steps:
                places, read, way, _ = step
                text = read(reading) if way is None else way(read(reading))
                for place in places:
                    page[place] = text
        except FAULTS as error:
            raise fill_fault(error, step.part, self._file) from error
        return self._places


@dataclass(frozen=True, slots=True)
class Choice:
    """An if with its elifs and its else (whose condition is None)."""

    branches: list[tuple[Expression | None, Part, Frame]]
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


def fill_fault(error: Exception, part: Part | None, file: str) -> DataError:
    """What went wrong with one reader's values."""
    words = f"there is no column {error.args[0]!r}" if isinstance(error, KeyError) else sentence(error)
    if part is None:
        return IssueInvalid(f"a copy cannot be made: {words}", file=file)
    return part.error(f"{part.source.strip()} fails for a reader: {words}")
