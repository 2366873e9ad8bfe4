"""What the workbench wants from the project: letters for readers, the list to look through, the files behind.

The project itself belongs to a higher floor, which brings an object of this shape.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Somebody:
    """Who a letter can be looked at as. `key` names them to the desk; an invented reader has no line."""

    key: str
    email: str
    name: str
    line: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One reader's letter in every form. `own_links` would act for the reader if they were real.

    `html` is as it is sent and `page` the same with the local pictures inside; both are None for a layout
    without HTML. `pictures` has the bytes of each local picture by its address.
    """

    who: Somebody
    sender: str
    subject: str
    preheader: str
    text: str
    html: str | None
    page: str | None
    header: str
    message: bytes
    own_links: frozenset[str]
    pictures: dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """A way that the conditionals go for some of the list: for how many, and who is the first of them.

    `branches` are those that tell it from the others, `places` where each stands, as file:line.
    """

    count: int
    first: Somebody
    branches: tuple[str, ...]
    places: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Variants:
    """The variants among the first `listed` people; `others` are in variants beyond the bound."""

    listed: int
    done: bool
    variants: tuple[Variant, ...]
    others: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """Something that a check finds: by which rule and why there is one, how grave, and where."""

    rule: str
    why: str
    severity: str
    message: str
    file: str
    line: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """Why there is no new letter to show: the sentence, where it stands and what to do."""

    message: str
    file: str | None
    line: int | None
    hint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What the workbench shows of the issue as a whole; `version` grows with every change of a file."""

    version: int
    issue: str
    newsletter: str
    list_file: str
    columns: tuple[str, ...]
    invented: tuple[Somebody, ...]
    trouble: Trouble | None


class Desk(Protocol):
    """The issue on the author's desk. Everything but `refresh` may be asked from several threads at once."""

    def refresh(self) -> bool:
        """Read the files again; whether anything is different now."""

    def watched(self) -> set[Path]:
        """The folders in which a change of a file may change the letter."""

    def standing(self) -> Standing:
        """The issue as it is now."""

    def sheet(self, key: str) -> Sheet:
        """The letter for one reader; the empty key is the first. Raises DispatchError."""

    def last_sent(self, key: str) -> tuple[str, Sheet] | None:
        """The issue sent before this one, by its name, for the same reader. Raises DispatchError."""

    def search(self, words: str) -> Iterator[Somebody]:
        """The people of the list in whose row the words stand, in its order, as they are found."""

    def variants(self) -> Iterator[Variants]:
        """The variants, counted while the list is read; the last one is done."""

    def remarks(self) -> Sequence[Remark]:
        """What the check says of the issue, in the order of its lines. Raises DispatchError."""

    def source(self, file: str) -> Sequence[str] | None:
        """The lines of a file that the letter is made of; None for any other file."""
