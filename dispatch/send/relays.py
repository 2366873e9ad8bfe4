"""The relays of one run together: which gets connections, rests, is used no more, and when none is left.

What a relay is to itself stands in outlet.py; here it is weighed against the others. As long as one of them
takes mail, the run goes on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from dispatch.errors import DispatchError, QuotaUsedUp, RelayUnavailable
from dispatch.mail.reply import Scope, Verdict
from dispatch.model.delivery import State
from dispatch.send.outlet import Outlet
from dispatch.send.pace import Tell
from dispatch.send.session import Session, SessionFailure

# Refusals for policy (5.7.x) in a row that say the sender is blocked, not these recipients.
_BREAKER = 10


class Relays:
    """Opens and closes sessions, learns from verdicts. `stop_for` ends the run, `notice` hears of rests."""

    def __init__(
        self,
        outlets: Sequence[Outlet],
        *,
        stopping: asyncio.Event,
        stop_for: Callable[[DispatchError], None],
        notice: Tell,
    ) -> None:
        self._outlets = outlets
        self._stopping = stopping
        self._stop_for = stop_for
        self._notice = notice

    async def connect(self, outlet: Outlet) -> Session | None:
        """A session ready to send; None when the relay does not take one more at the moment."""
        if not outlet.welcomes(_now()):
            return None
        outlet.opening += 1
        try:
            return await self._open(outlet)
        finally:
            outlet.opening -= 1

    async def leave(self, outlet: Outlet, session: Session) -> None:
        """Say goodbye."""
        try:
            await session.quit()
        finally:
            outlet.closed()

    def learn(self, outlet: Outlet, verdict: Verdict, *, first: bool) -> None:
        """Let the relay's health follow from a verdict; `first` is the first message of its connection."""
        if verdict.state is State.SENT:
            outlet.accepted()
        elif verdict.scope is Scope.CONNECTION:
            outlet.narrow(_now())
            if first and outlet.live <= 1:  # it carried nothing, and no other one works
                self._judge_failure(outlet, verdict)
        elif verdict.scope is not Scope.RECIPIENT:
            self._judge_failure(outlet, verdict)
        elif verdict.is_policy:
            outlet.policy_refusals += 1
            if outlet.policy_refusals >= _BREAKER:
                self._break(outlet, verdict)

    def stop_when_used_up(self) -> None:
        """End the run when every relay that is not given up has used up its quota for long."""
        now = _now()
        left = [outlet for outlet in self._outlets if not outlet.given_up]
        if left and all(outlet.rests_long(now) for outlet in left):
            first = min(left, key=lambda outlet: outlet.rest(now))
            hours, minutes = divmod(round(first.rest(now) / 60), 60)
            message = f"the quota of {first.name} is used up for {hours} h {minutes:02} min"
            self._stop_for(QuotaUsedUp(message, hint="the rest is queued; go on then with: dispatch resume"))

    async def _open(self, outlet: Outlet) -> Session | None:
        if self._stopping.is_set() or outlet.rest(_now()) > 0:
            return None
        session = outlet.open_session()
        try:
            await session.open()
        except SessionFailure as failure:
            verdict = failure.verdict
            if verdict.scope is Scope.RUN or not outlet.refused_one_more(_now()):
                self._judge_failure(outlet, verdict)
            return None
        outlet.greeted(session)
        return session

    def _judge_failure(self, outlet: Outlet, verdict: Verdict) -> None:
        """Leave the relay alone for a while, or for good; stop the run when no relay is left.

        A refusal that is the run's (of the login, of the sender) ends it only with the last relay: what one
        does not take, another one may.
        """
        if verdict.scope is Scope.RUN:
            outlet.lost = True
        else:
            outlet.failed(_now())
        rest = "is used no more" if outlet.lost else f"rests {outlet.rest(_now()):.0f} s"
        self._go_on_without(f"{outlet.name} {rest}: {verdict.detail}", verdict.error(outlet.name))

    def _break(self, outlet: Outlet, verdict: Verdict) -> None:
        """The sender is blocked at this relay, not these recipients."""
        outlet.lost = True
        words = f"{outlet.name} refused {_BREAKER} messages in a row for policy reasons: {verdict.detail}"
        hint = "ask its operator what is wrong with the sender, then: dispatch resume"
        self._go_on_without(words, RelayUnavailable(words, hint=hint))

    def _go_on_without(self, notice: str, cause: DispatchError) -> None:
        if all(outlet.given_up for outlet in self._outlets):
            self._stop_for(cause)
            return
        self._notice(notice)
        self.stop_when_used_up()


def _now() -> float:
    return asyncio.get_running_loop().time()
