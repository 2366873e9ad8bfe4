"""A plan on trial: what the ledger would make of every row of a list, without a ledger that keeps it."""

from __future__ import annotations

from collections.abc import Sequence

from dispatch.ledger.left_out import Suppressed, duplicate, without_suppressed
from dispatch.ledger.seen import Seen
from dispatch.model.delivery import PlannedCopy


class Trial:
    """Rows are judged as a Planning does it; only their keys are written down, for the duplicates."""

    def __init__(self, seen: Seen, suppressed: Suppressed) -> None:
        self._seen = seen
        self._suppressed = suppressed

    def add(self, rows: Sequence[PlannedCopy]) -> list[PlannedCopy]:
        """Give rows of the list back as the ledger would store them."""
        settled = without_suppressed(rows, self._suppressed)
        again = self._seen.first_lines([(one.key, one.line) for one in settled if one.key is not None])
        if not again:
            return settled
        return [
            duplicate(one, again[one.line]) if one.key is not None and one.line in again else one
            for one in settled
        ]
