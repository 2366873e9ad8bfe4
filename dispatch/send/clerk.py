"""The clerk: carries ledger work from the sessions to the writer thread and brings the answers back.

The sessions are coroutines and the ledger is synchronous; nothing else in the program stands between the two.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from dispatch.ledger.ledger import Ledger
from dispatch.ledger.moves import ClaimRequest
from dispatch.ledger.suppression import Suppression
from dispatch.ledger.writer import Writer
from dispatch.model.delivery import Claim, Outcome

Answers = list[tuple[Callable[..., None], object]]
Settle = Callable[[asyncio.Future[Any], object], None]


class Clerk:
    """Awaitable forms of the writer's verbs. Each raises LedgerUnavailable once the ledger has failed.

    Made inside a running event loop; `close` waits for what was submitted.
    """

    def __init__(self, ledger: Ledger, clock: Callable[[], datetime]) -> None:
        self._loop = asyncio.get_running_loop()
        self._writer = Writer(ledger, clock, self._bring_back)

    async def claim(self, request: ClaimRequest) -> list[Claim]:
        """Take the next copies to send; empty when nothing is due."""
        claims: list[Claim] = await self._ask(self._writer.submit_claim, request)
        return claims

    def hand_over(self, claim: Claim) -> asyncio.Future[bool]:
        """Make durable that this copy may now be accepted; False when the lease was lost."""
        return self._ask(self._writer.submit_hand_over, [claim], _settle_kept)

    def record(self, outcome: Outcome, told: Callable[[Outcome, set[int] | BaseException], None]) -> None:
        """Make durable what became of a copy, and whose address does not exist.

        Then `told` hears of the outcome again, and of an empty set, unless the lease was lost, or of what
        was in the way. The work is submitted at once: a hand-over asked for afterwards shares its commit, or
        comes later.
        """
        self._writer.submit_record([outcome], partial(told, outcome))
        if outcome.suppress:
            claim = outcome.claim
            entry = Suppression(key=claim.key, reason=outcome.reason, kind="hard", source=claim.message_id)
            self._writer.submit_suppress(entry, _heard)

    async def release(self, claims: Sequence[Claim]) -> None:
        """Put copies back that no session has begun. All that was recorded before is told by then."""
        await self._ask(self._writer.submit_release, claims)

    def close(self) -> None:
        """Finish what was submitted and end the thread."""
        self._writer.close()

    def _ask(
        self, submit: Callable[..., None], item: object, settle: Settle | None = None
    ) -> asyncio.Future[Any]:
        answer: asyncio.Future[Any] = self._loop.create_future()
        submit(item, partial(settle or _settle, answer))
        return answer

    def _bring_back(self, answers: Answers) -> None:
        self._loop.call_soon_threadsafe(_deliver, answers)


def _deliver(answers: Answers) -> None:
    for done, result in answers:
        done(result)


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
