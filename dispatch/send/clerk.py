"""The clerk: carries ledger work from the sessions to whoever writes, and brings the answers back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from dispatch.ledger.commits import Kind
from dispatch.ledger.leases import check_moves
from dispatch.ledger.moves import ClaimRequest
from dispatch.ledger.suppression import Suppression
from dispatch.model.delivery import Claim, Outcome
from dispatch.send.writing import Submit

Settle = Callable[[asyncio.Future[Any], object], None]


class Clerk:
    """What the sessions ask of the ledger. Each raises LedgerUnavailable once the ledger has failed.

    Made inside a running event loop.
    """

    def __init__(self, submit: Submit) -> None:
        self._loop = asyncio.get_running_loop()
        self._submit = submit

    async def claim(self, request: ClaimRequest) -> list[Claim]:
        """Take the next copies to send; empty when nothing is due."""
        claims: list[Claim] = await self._ask(Kind.CLAIM, request)
        return claims

    def hand_over(self, claim: Claim) -> asyncio.Future[bool]:
        """Make durable that this copy may now be accepted; False when the lease was lost."""
        return self._ask(Kind.HAND_OVER, [claim], _settle_kept)

    def record(self, outcome: Outcome, told: Callable[[Outcome, set[int] | BaseException], None]) -> None:
        """Make durable what became of a copy, and whose address does not exist.

        Then `told` hears of the outcome again, and of an empty set, unless the lease was lost, or of what
        was in the way. The work is submitted at once: a hand-over asked for afterwards shares its commit, or
        comes later.
        """
        outcomes = [outcome]
        check_moves(outcomes)
        self._submit(Kind.RECORD, outcomes, partial(told, outcome))
        if outcome.suppress:
            claim = outcome.claim
            entry = Suppression(key=claim.key, reason=outcome.reason, kind="hard", source=claim.message_id)
            self._submit(Kind.SUPPRESS, entry, _heard)

    async def release(self, claims: Sequence[Claim]) -> None:
        """Put copies back that no session has begun. All that was recorded before is told by then."""
        await self._ask(Kind.RELEASE, claims)

    def _ask(self, kind: Kind, item: object, settle: Settle | None = None) -> asyncio.Future[Any]:
        answer: asyncio.Future[Any] = self._loop.create_future()
        self._submit(kind, item, partial(settle or _settle, answer))
        return answer


def _heard(_result: object) -> None:
    """What is in the way of one task of a commit is in the way of all; the outcome tells of it."""


def _settle(answer: asyncio.Future[Any], result: object) -> None:
    if answer.done():  # the session that asked was cancelled meanwhile
        return
    if isinstance(result, BaseException):
        answer.set_exception(result)
    else:
        answer.set_result(result)


def _settle_kept(answer: asyncio.Future[Any], result: object) -> None:
    """The writer names the leases that were lost; here it is asked whether this one was kept."""
    _settle(answer, result if isinstance(result, BaseException) else not result)
