"""Which `{% if %}`, `{% for %}`, `{% else %}` and end belong together among the parts of a text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from dispatch.render.personal import Part

_ENDS = {"endif": "if", "endfor": "for"}


def unpaired(parts: Iterable[Part]) -> list[Part]:
    """The if, for, else and end among these whose partners are not."""
    chains: list[list[Part]] = []
    loose: list[Part] = []
    for part in parts:
        if part.tag in _ENDS.values():
            chains.append([part])
        elif part.tag in _ENDS and chains and chains[-1][0].tag == _ENDS[part.tag]:
            chains.pop()
        elif part.tag in {"else", "elif"} and chains:
            chains[-1].append(part)
        elif part.tag in {"else", "elif", *_ENDS}:
            loose.append(part)
    return loose + [part for chain in chains for part in chain]


def are_one(parts: Sequence[Part], openers: Iterable[str] = ("if",)) -> bool:
    """Whether the first of these opens what the last closes, without an else."""
    return (
        len(parts) > 1
        and parts[0].tag in openers
        and not unpaired(parts)
        and not unpaired(parts[1:-1])
        and not any(part.tag in {"else", "elif"} for part in _outermost(parts[1:-1]))
    )


def _outermost(parts: Iterable[Part]) -> list[Part]:
    depth = 0
    outer = []
    for part in parts:
        depth -= part.tag in _ENDS
        if depth == 0:
            outer.append(part)
        depth += part.tag in _ENDS.values()
    return outer
