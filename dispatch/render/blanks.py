"""Expressions that would leave a hole in a reader's letter: an empty cell, shown without a default."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from dispatch.render.compiled import Piece, Value, reader_environment
from dispatch.render.escape import written
from dispatch.render.frame import fill_fault
from dispatch.render.personal import Part
from dispatch.render.reading import context
from dispatch.render.sandbox import FAULTS, rendered


@dataclass(frozen=True, slots=True)
class Blank:
    """An expression as it was written, and its place. `columns` are those whose cells it shows."""

    columns: tuple[str, ...]
    source: str
    file: str
    line: int

    def in_words(self, count: int, readers: int) -> str:
        """The complaint, for the readers of a whole list."""
        whose = f"{count:,} of {readers:,} subscribers"
        column = self.columns[0]
        if len(self.columns) == 1 and self.source.strip("{} -") == f"subscriber.{column}":
            return f"{column} is empty for {whose} and has no default"
        return f"{self.source} shows nothing for {whose} and has no default"

    @property
    def hint(self) -> str:
        """What would fill the hole."""
        return f'write {{{{ subscriber.{self.columns[0]} | default("...") }}}}, or put an if around it'


_NONE: frozenset[Blank] = frozenset()


class Blanks:
    """Finds the blanks of one letter. Only what stands where no condition hides it counts.

    `columns` are those whose empty cells can leave one.
    """

    def __init__(self, pieces: Iterable[Piece], shown: Mapping[Part, frozenset[str]], file: str) -> None:
        kept, self._known = _watched(pieces, shown)
        self.columns = frozenset().union(*(blank.columns for blank in self._known))
        self._file = file
        environment = reader_environment({})
        environment.filters["_is_blank"] = lambda value: not written(value).strip()
        self._template = environment.from_string("".join(kept))

    def of(self, fields: Mapping[str, str], links: Mapping[str, str]) -> frozenset[Blank]:
        """The blanks in this reader's letter. Raises IssueInvalid when an expression fails."""
        if not self.columns or all(fields.get(name, "").strip() for name in self.columns):
            return _NONE
        try:
            found = rendered(self._template, context(fields, links))
        except FAULTS as error:
            raise fill_fault(error, None, self._file) from error
        return frozenset(self._known[int(at)] for at in found.split())


def _watched(
    pieces: Iterable[Piece], shown: Mapping[Part, frozenset[str]]
) -> tuple[Sequence[str], Sequence[Blank]]:
    """A template that writes the number of every blank it meets, and the blanks by number."""
    places = {(part.file, part.line, part.source): columns for part, columns in shown.items()}
    known: dict[Blank, int] = {}
    template = []
    for piece in pieces:
        if isinstance(piece, Part):
            template.append(f"{{% {piece.inner} %}}")
        elif isinstance(piece, Value):
            part = piece.part
            if columns := places.get((part.file, part.line, part.source)):
                blank = Blank(tuple(sorted(columns)), part.source, part.file, part.line)
                number = known.setdefault(blank, len(known))
                template.append(f"{{% if ({part.inner})|_is_blank %}}{number} {{% endif %}}")
    return template, list(known)
