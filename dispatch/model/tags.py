"""Tags: what somebody reads, as a cell of the list names it, and what they said of it themselves.

Of a tag that a reader has spoken on their word counts, and the list's for all others.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TypeAlias

from dispatch.model.subscriber import BadRow, Subscriber

Chosen: TypeAlias = Callable[[Collection[str]], Mapping[str, Mapping[str, bool]]]
"""What looks up, by key, which tags readers chose for themselves."""

COLUMN = "tags"
_BETWEEN = re.compile(r"[,;]")


def tags_in(cell: str) -> tuple[str, ...]:
    """The tags of a cell, which commas or semicolons stand between."""
    return tuple(tag for part in _BETWEEN.split(cell) if (tag := part.strip()))


def has_tag(cell: str, tag: str) -> bool:
    """Whether a cell has this tag, in any case."""
    return tag.casefold() in {one.casefold() for one in tags_in(cell)}


def overruled(cell: str, chosen: Mapping[str, bool]) -> str:
    """The cell with a reader's own choice of tags; as it is where they agree."""
    said = {tag.casefold(): wanted for tag, wanted in chosen.items()}
    listed = tags_in(cell)
    kept = [tag for tag in listed if said.get(tag.casefold(), True)]
    there = {tag.casefold() for tag in kept}
    kept += [tag for tag, wanted in chosen.items() if wanted and tag.casefold() not in there]
    return cell if tuple(kept) == listed else ", ".join(kept)


def nobody_chose(_keys: Collection[str]) -> Mapping[str, Mapping[str, bool]]:
    """For where there is no ledger."""
    return {}


def with_choices(rows: Sequence[Subscriber | BadRow], chosen: Chosen) -> Sequence[Subscriber | BadRow]:
    """Rows of the list, their tags as their readers chose them; a list without tags has nothing to choose."""
    keys = [row.address.key for row in rows if isinstance(row, Subscriber) and COLUMN in row.fields]
    said = chosen(keys) if keys else {}
    return [_with(row, said) for row in rows] if said else rows


def _with(row: Subscriber | BadRow, said: Mapping[str, Mapping[str, bool]]) -> Subscriber | BadRow:
    if isinstance(row, BadRow) or row.address.key not in said:
        return row
    cell = overruled(row.fields[COLUMN], said[row.address.key])
    return row._replace(fields={**row.fields, COLUMN: cell})
