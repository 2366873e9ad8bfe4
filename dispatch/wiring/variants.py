"""The variants of an issue: which ways its conditionals go for the people of a list, and for how many."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from dispatch.render.branches import Branch, Branches, Way
from dispatch.render.page import Links
from dispatch.wiring.reader import Reader

MOST = 60
_TOLD_EVERY = 5_000


@dataclass(slots=True)
class Variant:
    """One way and who goes it: `first` is the first of `count` people."""

    way: Way
    first: Reader
    count: int = 0


@dataclass(frozen=True, slots=True)
class Census:
    """The variants so far, the most frequent first. `others` are people in variants beyond the bound."""

    listed: int
    done: bool
    variants: tuple[Variant, ...]
    others: int


def counted(branches: Branches, readers: Iterable[Reader], links: Links) -> Iterator[Census]:
    """Read the list once, in flat memory; a census now and then, the last one done. Raises IssueInvalid."""
    found: dict[Way, Variant] = {}
    listed = others = 0
    names = links.facts
    for reader in readers:
        listed += 1
        way = branches.taken(reader.fields, names)
        if way not in found and len(found) < MOST:
            found[way] = Variant(way, reader)
        if way in found:
            found[way].count += 1
        else:
            others += 1
        if listed % _TOLD_EVERY == 0:
            yield _census(found, listed, others, done=False)
    yield _census(found, listed, others, done=True)


def telling(branches: Branches, census: Census) -> Callable[[Way], list[Branch]]:
    """What tells a way from the others: the branches that it takes and not all take, each condition once."""
    common = frozenset.intersection(*(one.way for one in census.variants)) if census.variants else frozenset()

    def told(way: Way) -> list[Branch]:
        chosen = [branches[number] for number in sorted(way - common)]
        return list({branch.words: branch for branch in reversed(chosen)}.values())[::-1]

    return told


def _census(found: dict[Way, Variant], listed: int, others: int, *, done: bool) -> Census:
    variants = tuple(sorted(found.values(), key=lambda one: (-one.count, one.first.line or 0)))
    return Census(listed, done, variants, others)
