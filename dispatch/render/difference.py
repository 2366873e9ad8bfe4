"""What is different between two letters: line by line, or block by block with the words that changed."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

_WORD = re.compile(r"\s+|\w+|[^\w\s]")
_BLANK_LINES = re.compile(r"\n(?:[ \t]*\n)+")
_ALIKE = 0.3  # two blocks that share less than this are one that went and one that came
_NEAR = 8  # blocks among which a partner is looked for: two issues with nothing in common stay quick
_LONGEST = 4_000  # words of two blocks together that are compared one by one; more are told as a whole


class Kind(StrEnum):
    """What happened to a line, a block or a run of words."""

    SAME = "same"
    CHANGED = "changed"
    REMOVED = "removed"
    ADDED = "added"


@dataclass(frozen=True, slots=True)
class Run:
    """Words that stayed, went or came."""

    kind: Kind
    text: str


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, heading or list. One that changed has runs of all kinds, any other has one run."""

    kind: Kind
    runs: tuple[Run, ...]


def unified(before: str, after: str, names: tuple[str, str], *, context: int = 3) -> list[str]:
    """The two texts as a unified diff, a line each and without line ends; empty when they are equal."""
    lines = (before.splitlines(), after.splitlines())
    return list(difflib.unified_diff(*lines, *names, n=context, lineterm=""))


def blocks(before: str, after: str) -> list[Block]:
    """All blocks of both texts, in their order; a block is what stands between blank lines."""
    old, new = _blocks_of(before), _blocks_of(after)
    found: list[Block] = []
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    for tag, i, j, k, m in matcher.get_opcodes():
        if tag == "equal":
            found += [Block(Kind.SAME, (Run(Kind.SAME, text),)) for text in old[i:j]]
        else:
            found += _replaced(old[i:j], new[k:m])
    return found


def _blocks_of(text: str) -> list[str]:
    return [block for block in _BLANK_LINES.split(text.strip("\n")) if block.strip()]


def _replaced(old: Sequence[str], new: Sequence[str]) -> Iterator[Block]:
    """Blocks that stand at the same place, paired in their order as long as they are alike."""
    waiting = list(new)
    for text in old:
        partner = next((at for at, other in enumerate(waiting[:_NEAR]) if _are_alike(text, other)), None)
        if partner is None:
            yield _whole(Kind.REMOVED, text)
            continue
        for came in waiting[:partner]:
            yield _whole(Kind.ADDED, came)
        yield Block(Kind.CHANGED, tuple(_runs(text, waiting[partner])))
        del waiting[: partner + 1]
    for came in waiting:
        yield _whole(Kind.ADDED, came)


def _whole(kind: Kind, text: str) -> Block:
    return Block(kind, (Run(kind, text),))


def _are_alike(one: str, other: str) -> bool:
    first, second = re.findall(r"\w+", one), re.findall(r"\w+", other)
    if len(first) + len(second) > _LONGEST:
        return False
    matcher = difflib.SequenceMatcher(None, first, second, autojunk=False)
    return matcher.quick_ratio() >= _ALIKE and matcher.ratio() >= _ALIKE


def _runs(before: str, after: str) -> Iterator[Run]:
    old, new = _WORD.findall(before), _WORD.findall(after)
    for tag, i, j, k, m in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            yield Run(Kind.SAME, "".join(old[i:j]))
            continue
        if i < j:
            yield Run(Kind.REMOVED, "".join(old[i:j]))
        if k < m:
            yield Run(Kind.ADDED, "".join(new[k:m]))
