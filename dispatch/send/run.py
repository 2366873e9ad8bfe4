"""A run: N couriers that carry copies to the relays, until nothing is due or somebody stops them.

It decides nothing about mail (mail/reply.py judges) or relays (relays.py), and stores nothing itself (the
clerk does). The order of things for one copy stands in courier.py; here is what holds for all of them: where
claims come from, what a verdict becomes, and how everything ends.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from dispatch.errors import DispatchError, LedgerUnavailable, Paused
from dispatch.ledger.moves import Belongs, ClaimRequest
from dispatch.mail.reply import Scope, Step
from dispatch.model.delivery import Claim, Outcome, State
from dispatch.send.clerk import Clerk
from dispatch.send.conclude import Policy, conclude
from dispatch.send.copyist import Compose, Copyist
from dispatch.send.courier import Courier, Delivered, Office
from dispatch.send.domains import Domains
from dispatch.send.outlet import Outlet
from dispatch.send.pace import Tell, say_nothing
from dispatch.send.relays import Relays
from dispatch.send.signing import Sign
from dispatch.send.supply import Draw, Supply

LEASE = timedelta(hours=1)
# Claims taken per session and block: enough that no session waits for the ledger, few enough to put back.
_AHEAD = 8
_GLANCE = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Orders:
    """What this run is to do. `only` restricts it to these deliveries, `limit` to so many; `belongs` is asked
    about readers who chose their tags.

    `stop_when` is asked a few times a second, and what it answers ends the run.
    """

    issue_id: int
    owner: str
    sender: str
    policy: Policy
    limit: int | None = None
    only: Sequence[int] | None = None
    until: datetime | None = None
    stop_when: Callable[[], DispatchError | None] = lambda: None
    belongs: Belongs | None = None


@dataclass(slots=True, kw_only=True)
class Ending:
    """How a run ended: outcomes by state, what stopped it early, and whether that was a signal."""

    outcomes: Counter[State] = field(default_factory=Counter)
    cause: DispatchError | None = None
    signal: int | None = None


class Run:
    """One run over one issue. `go` is called once; `stop` and `abort` are for signal handlers."""

    def __init__(
        self,
        orders: Orders,
        *,
        clerk: Clerk,
        outlets: Sequence[Outlet],
        compose: Compose,
        sign: Sign | None,
        clock: Callable[[], datetime],
        jitter: Callable[[], float],
        on_outcome: Callable[[Outcome], None],
        domains: Domains,
        notice: Tell = say_nothing,
    ) -> None:
        self._orders = orders
        self._clerk = clerk
        self._outlets = outlets
        self._clock = clock
        self._jitter = jitter
        self._on_outcome = on_outcome
        self._domains = domains
        self._ending = Ending()
        self._losses: Counter[int] = Counter()
        self._unheard: OSError | None = None
        self._stopping = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._relays = Relays(outlets, stopping=self._stopping, stop_for=self._stop_for, notice=notice)
        self._supply = Supply(
            self._fetch,
            block=max(1, sum(outlet.sessions for outlet in outlets)) * _AHEAD,
            limit=orders.limit,
            wait=domains.wait,
        )
        self._office = Office(
            sender=orders.sender,
            supply=self._supply,
            relays=self._relays,
            domains=domains,
            stopping=self._stopping,
            copyist=Copyist(compose, self._supply.upcoming),
            sign=sign,
            hand_over=clerk.hand_over,
            record=self._record,
            judge=self._judge,
        )

    async def go(self) -> Ending:
        """Send until nothing is due, and say how it ended. Never raises what a relay or a ledger did."""
        watch = asyncio.create_task(self._watch())
        self._tasks = [
            asyncio.create_task(self._work(Courier(self._office, outlet)))
            for outlet in self._outlets
            for _ in range(outlet.sessions)
        ]
        for result in await asyncio.gather(*self._tasks, return_exceptions=True):
            if isinstance(result, Exception):
                raise result
        watch.cancel()
        await self._put_back()
        if self._unheard:
            raise self._unheard
        return self._ending

    def stop(self, signal: int) -> None:
        """Claim nothing more and let the copies in flight finish."""
        self._ending.signal = signal
        self._close()

    def abort(self) -> None:
        """Close every connection now; a copy whose dot has not left is certainly not sent."""
        for task in self._tasks:
            task.cancel()

    async def _fetch(self, draw: Draw) -> list[Claim]:
        orders = self._orders
        return await self._clerk.claim(
            ClaimRequest(
                issue_id=orders.issue_id,
                owner=orders.owner,
                limit=draw.limit,
                lease=LEASE,
                only=orders.only,
                passing=draw.passing,
                after=draw.after,
                belongs=orders.belongs,
            )
        )

    async def _work(self, courier: Courier) -> None:
        """One courier's life; whatever ends it badly ends the run, so that nobody waits for its copy."""
        try:
            await courier.work()
        except DispatchError as error:
            self._stop_for(error)
        except BaseException:
            self._close()
            raise

    def _judge(self, told: Delivered) -> None:
        """Conclude from what a relay said, record it, and let domain and relay follow from it."""
        outlet, claim, verdict = told.outlet, told.claim, told.verdict
        if verdict.state is None:  # the lease was lost: another run has this copy, and records it
            self._supply.settled(requeued=False)
            return
        # Between two messages a relay may close a connection that has done its share: nobody's fault.
        tired = verdict.scope is Scope.CONNECTION and verdict.step is Step.MAIL and not told.first
        if verdict.scope is not Scope.RECIPIENT and not tired:
            self._losses[claim.delivery_id] += 1
        self._record(
            conclude(
                claim,
                verdict,
                relay=outlet.name,
                losses=self._losses[claim.delivery_id] if self._losses else 0,
                now=self._clock(),
                jitter=self._jitter(),
                policy=self._orders.policy,
            )
        )
        self._domains.judged(claim.key, verdict, told.left_at)
        if not tired:
            self._relays.learn(outlet, verdict, first=told.first)

    def _record(self, outcome: Outcome) -> None:
        """Have the outcome written down.

        The session need not wait: its next hand-over, without which no dot leaves, is committed with this
        outcome or after it.
        """
        self._clerk.record(outcome, self._recorded)

    def _recorded(self, outcome: Outcome, lost: set[int] | BaseException) -> None:
        failed = isinstance(lost, BaseException)
        self._supply.settled(requeued=outcome.state is State.QUEUED and not failed)
        if isinstance(lost, DispatchError):
            self._stop_for(lost)
        elif not lost:
            self._ending.outcomes[outcome.state] += 1
            self._tell(outcome)

    def _tell(self, outcome: Outcome) -> None:
        try:
            self._on_outcome(outcome)
        except DispatchError as error:  # whoever listens has heard enough: --abort-if
            self._stop_for(error)
        except OSError as error:  # whoever listens has gone, as `head` does behind a pipe
            self._unheard = error
            self._close()

    async def _put_back(self) -> None:
        """Release what was claimed ahead; the last outcomes are written by then.

        A ledger that has failed is left to the next run's recovery.
        """
        try:
            await self._clerk.release(self._supply.unused())
        except LedgerUnavailable as error:
            self._stop_for(error)

    def _stop_for(self, cause: DispatchError) -> None:
        self._ending.cause = self._ending.cause or cause
        self._close()

    def _close(self) -> None:
        self._stopping.set()
        self._supply.close()

    async def _watch(self) -> None:
        """Close the window when --until has come, or when somebody outside says stop."""
        until = self._orders.until
        while not self._stopping.is_set():
            if until and self._clock() >= until:
                hint = "go on with: dispatch resume"
                self._stop_for(Paused(f"the window closed at {until:%H:%M}", hint=hint))
            elif cause := self._orders.stop_when():
                self._stop_for(cause)
            await asyncio.sleep(_GLANCE)
