"""Commits: work of many sessions, each lot in one transaction, in the order that serves them best."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from enum import IntEnum
from itertools import groupby
from pathlib import Path
from typing import Any, TypeAlias

from sqlalchemy import Connection

from dispatch.errors import DispatchError
from dispatch.ledger import leases, moves
from dispatch.ledger.ledger import Ledger
from dispatch.ledger.suppression import Pseudonyms, suppress
from dispatch.ledger.turns import Turns


class Kind(IntEnum):
    """What is asked for, in the order of one commit: what a record frees can be claimed at once.

    What is done to, and what the answer is: RECORD a sequence of outcomes, RELEASE and HAND_OVER one of
    claims, and the set of the ids whose lease was lost; SUPPRESS a Suppression, and whether it was new; CLAIM
    a ClaimRequest, and the list of claims, empty when nothing is due.
    """

    RECORD = 1
    SUPPRESS = 2
    RELEASE = 3
    HAND_OVER = 4
    CLAIM = 5


Work: TypeAlias = tuple[Kind, Any]


class Commits:
    """`make` commits one lot of work after another, until one fails: then nothing is written any more.

    `may_write` is called inside of every transaction, when nobody else can write; what it raises undoes it.
    """

    def __init__(self, ledger: Ledger, may_write: Callable[[], None] = lambda: None) -> None:
        self._ledger = ledger
        self._may_write = may_write
        self._turns = Turns(Path(ledger.database.place))
        self._failure: DispatchError | None = None

    def make(self, work: Sequence[Work], now: datetime) -> list[object]:
        """Do all of it, durably, or nothing. The answers, each in its work's place.

        Raises LedgerUnavailable, and the same again ever after.
        """
        if self._failure is not None:
            raise self._failure
        try:
            with self._turns.turn(), self._ledger.database.writing() as connection:
                self._may_write()
                answers = dict(_performed(connection, work, now, self._ledger.pseudonyms))
        except DispatchError as error:
            self._failure = error
            raise
        except Exception as bug:
            self._failure = DispatchError(f"the ledger's writer broke: {bug!r}")
            raise self._failure from bug
        return [answers[place] for place in range(len(work))]

    def close(self) -> None:
        """Take no turn any more."""
        self._turns.close()


def _performed(
    connection: Connection, work: Sequence[Work], now: datetime, pseudonyms: Pseudonyms
) -> Iterator[tuple[int, object]]:
    """The places of the work and the answers, as it is done."""
    ordered = sorted(
        ((kind, place, item) for place, (kind, item) in enumerate(work)), key=lambda one: one[:2]
    )
    for kind, same in groupby(ordered, lambda one: one[0]):
        group = [(place, item) for _, place, item in same]
        match kind:
            case Kind.RECORD:
                lost = leases.record(connection, [one for _, item in group for one in item], now=now)
                yield from ((place, lost & {one.claim.delivery_id for one in item}) for place, item in group)
            case Kind.SUPPRESS:
                for place, item in group:
                    yield place, suppress(connection, item, now=now, pseudonyms=pseudonyms)
            case Kind.CLAIM:
                for place, item in group:
                    yield place, moves.claim(connection, item, now=now)
            case Kind.HAND_OVER | Kind.RELEASE:
                verb = leases.hand_over if kind is Kind.HAND_OVER else leases.release
                lost = verb(connection, [one for _, item in group for one in item], now=now)
                yield from ((place, lost & {one.delivery_id for one in item}) for place, item in group)
