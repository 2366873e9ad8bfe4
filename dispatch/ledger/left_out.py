"""Rows of a list that get no mail by what the ledger knows: suppressed people, and who stands there twice."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TypeAlias

from dispatch.ledger.suppression import FORGOTTEN
from dispatch.model.address import AddressInvalid, parse_address
from dispatch.model.delivery import PlannedCopy, State

Suppressed: TypeAlias = Callable[[Collection[str]], Mapping[str, str]]
"""From keys to the reasons for those of them that get no mail."""


def without_suppressed(rows: Sequence[PlannedCopy], suppressed: Suppressed) -> list[PlannedCopy]:
    """The rows, those of suppressed people marked as such."""
    keys = [one.key or _key_in(one.email) for one in rows]
    reasons = suppressed([key for key in keys if key is not None])
    if not reasons:
        return list(rows)
    return [
        one if key is None or key not in reasons else _suppressed(one, reasons[key])
        for one, key in zip(rows, keys, strict=True)
    ]


def duplicate(one: PlannedCopy, line: int) -> PlannedCopy:
    """The row of somebody who stands on this earlier line too."""
    return one._replace(key=None, state=State.SKIPPED, reason=f"duplicate of line {line}")


def _suppressed(one: PlannedCopy, reason: str) -> PlannedCopy:
    """A row of somebody on the suppression list; whom the ledger was to forget it must not learn anew."""
    if reason != FORGOTTEN:
        return one if one.key is None else one._replace(state=State.SUPPRESSED, reason=reason)
    hidden = one._replace(email=f"({FORGOTTEN})", key=None, fields={}, message_id="")
    return hidden if one.key is None else hidden._replace(state=State.SUPPRESSED, reason=reason)


def _key_in(email: str) -> str | None:
    """Whose address a row without a key has all the same: it was left out, or has a cell too many."""
    try:
        return parse_address(email).key if "@" in email else None
    except AddressInvalid:
        return None
