"""The copyist: writes the letters for the couriers, some at a time.

A letter alone, between the network and the ledger, takes twice as long as one written after another: by then
the processor has all of it at hand. So whoever asks for one has the next few written too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol

from dispatch.errors import DataError
from dispatch.mail.header import HeaderUnsafe
from dispatch.mail.letter import Letter
from dispatch.model.delivery import Claim

_AT_A_TIME = 16
_MOST_KEPT = 4 * _AT_A_TIME  # written ahead for copies that were then set aside


class Compose(Protocol):
    """Makes the message for a copy, with a mark for the envelope where one is wanted."""

    def __call__(self, claim: Claim, *, marked: bool) -> Letter: ...


class Copyist:
    """`upcoming` names so many of the copies that will be asked for next, as far as they are known."""

    def __init__(self, compose: Compose, upcoming: Callable[[int], Iterable[Claim]]) -> None:
        self._compose = compose
        self._upcoming = upcoming
        self._written: dict[int, Letter] = {}

    def letter(self, claim: Claim, *, marked: bool) -> Letter:
        """The letter for a copy. Raises HeaderUnsafe or DataError for one that there can be none for."""
        letter = self._written.pop(claim.delivery_id, None)
        if letter is None or (marked and not letter.envelope_id):
            letter = self._compose(claim, marked=marked)
            self._write_ahead(marked)
        return letter

    def _write_ahead(self, marked: bool) -> None:
        if len(self._written) > _MOST_KEPT:
            self._written.clear()
        for claim in self._upcoming(_AT_A_TIME):
            if claim.delivery_id not in self._written:
                try:
                    self._written[claim.delivery_id] = self._compose(claim, marked=marked)
                except (HeaderUnsafe, DataError):
                    continue  # it is told when that copy's turn comes
