"""Which way a page goes for one reader: the branches of its conditionals that are taken.

Readers who take the same branches get the same letter but for the values in it, so the ways that a list
really goes are the variants worth looking at. An expression that decides by itself (`{{ a if b else c }}`,
`default`) is a value and no branch.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from dispatch.render.compiled import Piece, compiled
from dispatch.render.personal import Part
from dispatch.render.wire import AS_IT_IS

_CHOICES = {"if", "elif", "else", "for"}

Way = frozenset[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """One branch: its condition as it was written (of an else, that of its if), and where it stands."""

    tag: str
    condition: str
    file: str
    line: int

    @property
    def words(self) -> str:
        """The branch for people to read; the same condition in two places reads the same."""
        return f"else, not {self.condition}" if self.tag == "else" else f"{self.tag} {self.condition}"


class Branches:
    """All branches of one page, numbered in their order; made for looking, sending has no use for it."""

    def __init__(self, strands: Iterable[Sequence[Piece]], *, file: str) -> None:
        self._numbers: dict[str, int] = {}
        self._branches: list[Branch] = []
        marked = [self._marked(strand) for strand in strands]
        # The same words in several strands are decided in each: a `set` of one is not known in another.
        self._fillers = [compiled(pieces, form=AS_IT_IS, file=file) for pieces in marked if pieces]

    def __len__(self) -> int:
        return len(self._branches)

    def __iter__(self) -> Iterator[Branch]:
        return iter(self._branches)

    def __getitem__(self, number: int) -> Branch:
        return self._branches[number]

    def taken(self, fields: Mapping[str, str], links: Mapping[str, str]) -> Way:
        """The numbers of the branches that one reader takes; a loop counts once, however long it is.

        Raises IssueInvalid when a condition fails for these values.
        """
        return frozenset(int(mark) for filler in self._fillers for mark in filler(fields, links).split())

    def _marked(self, strand: Sequence[Piece]) -> list[Piece]:
        """The statements of a strand alone, and in each branch its number."""
        pieces: list[Piece] = []
        openers: list[Part] = []
        for part in strand:
            if not isinstance(part, Part):
                continue
            if part.tag in {"if", "for"}:
                openers.append(part)
            elif part.tag in {"endif", "endfor"}:
                openers.pop()
            mark = str(self._number(part, openers[-1])) if part.tag in _CHOICES else ""
            pieces += [part, f"{mark}\n"]  # each on a line of its own, by which a fault finds it
        return pieces

    def _number(self, part: Part, opener: Part) -> int:
        if part.token not in self._numbers:
            self._numbers[part.token] = len(self._branches)
            condition = opener.rest if part.tag == "else" else part.rest
            self._branches.append(Branch(tag=part.tag, condition=condition, file=part.file, line=part.line))
        return self._numbers[part.token]
