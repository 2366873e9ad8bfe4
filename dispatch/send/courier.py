"""A courier: carries copies to one relay, one connection after the other, until there is nothing to carry.

The order of things for each copy is here: the gate, the letter, the durable hand-over, the dot, the
outcome, and only then the next one. While the relay takes a letter, the next one is written, and offered to a
relay that can be spoken to ahead (RFC 2920). What becomes of a verdict is the run's business.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial

from dispatch.errors import DataError
from dispatch.mail.header import HeaderUnsafe
from dispatch.mail.letter import Letter
from dispatch.mail.reply import Verdict
from dispatch.model.delivery import Claim, Outcome, Reason, State
from dispatch.send.copyist import Copyist
from dispatch.send.domains import Domains
from dispatch.send.gate import Admission, admit, pause
from dispatch.send.outlet import Outlet
from dispatch.send.relays import Relays
from dispatch.send.session import Addressed, Session
from dispatch.send.signing import Sign
from dispatch.send.supply import Supply

_GLANCE = 0.25
_BLINK = 0.05  # while the first connection looks, all others wait for what it sees


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """What a relay said to one copy, the `first` of its connection or not; `left_at` is the domains' time."""

    outlet: Outlet
    claim: Claim
    verdict: Verdict
    first: bool
    left_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """What the couriers of a run share. `record` takes an outcome, `judge` what a relay said."""

    sender: str
    supply: Supply
    relays: Relays
    domains: Domains
    stopping: asyncio.Event
    copyist: Copyist
    sign: Sign | None
    hand_over: Callable[[Claim], Awaitable[bool]]
    record: Callable[[Outcome], None]
    judge: Callable[[Delivered], None]


@dataclass(frozen=True, slots=True)
class _Parcel:
    """A copy ready to go, and when it was counted as leaving."""

    claim: Claim
    letter: Letter
    left_at: float
    signature: Awaitable[bytes] | None  # a field made elsewhere; None when nobody signs


class Courier:
    """One of the couriers to `outlet`; `work` is called once."""

    def __init__(self, office: Office, outlet: Outlet) -> None:
        self._office = office
        self._outlet = outlet
        self._session: Session | None = None
        self._carried = 0
        self._next: _Parcel | None = None  # offered to the relay already, behind the last dot

    async def work(self) -> None:
        """Carry until nothing is left, the relay is lost or the run stops.

        A connection that has done its share is changed. What was offered to the relay is brought to its end,
        also when the run stops.
        """
        try:
            while True:
                if self._session is not None and self._is_spent(self._session):
                    await self._leave()
                if self._next is None and not (await self._may_carry() and await self._fetch()):
                    return
                if self._next is not None and self._session is not None:
                    await self._carry(self._session, self._next)
        finally:
            await self._leave()

    async def _may_carry(self) -> bool:
        """Wait until the relay takes mail over this connection, or a new one.

        False when there is nothing to wait for: the run stops, or the relay is lost.
        """
        office, outlet = self._office, self._outlet
        while not office.stopping.is_set():
            if self._session is not None or outlet.welcomes(_time()):
                return True
            if outlet.lost or office.supply.finished:
                return False
            looking = not outlet.trusted and outlet.rest(_time()) <= 0
            await pause(office.stopping, _BLINK if looking else _GLANCE)
        return False

    def _is_spent(self, session: Session) -> bool:
        outlet = self._outlet
        done = self._next is None and self._carried >= outlet.max_messages
        return done or not session.usable or outlet.crowded or outlet.rest(_time()) > 0

    async def _leave(self) -> None:
        """End the connection. What was only offered goes back: without its body nobody has it."""
        session, self._session = self._session, None
        self._take_back()
        if session is not None:
            await self._office.relays.leave(self._outlet, session)

    def _take_back(self) -> None:
        parcel, self._next = self._next, None
        if parcel is not None:
            self._office.supply.put_back(parcel.claim)

    async def _fetch(self) -> bool:
        """Take a copy and make it ready; False when there are no more. It may be one that cannot be sent."""
        office, outlet = self._office, self._outlet
        claim = await office.supply.next()
        if claim is None:
            return False
        if self._session is None:
            self._session, self._carried = await office.relays.connect(outlet), 0
        if self._session is None:
            office.supply.put_back(claim)
        elif await self._is_admitted(self._session, claim):
            self._next = self._parcel(self._session, claim)
        return True

    async def _is_admitted(self, session: Session, claim: Claim) -> bool:
        """Wait at the gate; a copy that may not leave now goes back to the supply."""
        office = self._office
        said = await admit(self._outlet, office.domains, claim.key, office.stopping)
        if said is Admission.ASIDE:
            office.supply.set_aside(claim)
        elif said is Admission.BACK or not session.usable:
            office.supply.put_back(claim)
            office.relays.stop_when_used_up()
        return said is Admission.GO and session.usable

    def _parcel(self, session: Session, claim: Claim) -> _Parcel | None:
        """The letter for a claim; None when there can be none, which is recorded."""
        office = self._office
        self._carried += 1
        try:
            letter = office.copyist.letter(claim, marked=session.capabilities.dsn)
        except HeaderUnsafe as error:
            office.record(Outcome(claim=claim, state=State.SKIPPED, reason=f"{Reason.HEADER}: {error}"))
            return None
        except DataError as error:
            office.record(Outcome(claim=claim, state=State.FAILED, reason=error.message))
            return None
        if letter.to.needs_smtputf8 and not session.capabilities.smtputf8:
            reason = f"{Reason.SMTPUTF8}: {self._outlet.name} takes no addresses outside ASCII"
            office.record(Outcome(claim=claim, state=State.SKIPPED, reason=reason))
            return None
        signature = office.sign(letter.message) if office.sign else None
        return _Parcel(claim, letter, office.domains.left(claim.key), signature)

    async def _carry(self, session: Session, parcel: _Parcel) -> None:
        """Hand one parcel over, and have the verdict judged."""
        office, claim, letter = self._office, parcel.claim, parcel.letter
        to = letter.to
        first = self._carried == 1
        self._next = None
        try:
            verdict = await session.deliver(
                letter.sender or office.sender,
                to.envelope,
                letter.chunks,
                hand_over=partial(office.hand_over, claim),
                signature=parcel.signature,
                smtputf8=to.needs_smtputf8,
                envelope_id=letter.envelope_id,
                following=partial(self._prepare_next, session),
            )
        except asyncio.CancelledError:
            if not session.dot_sent:  # certainly not accepted; with the dot sent, recovery calls it uncertain
                outcome = Outcome(claim=claim, state=State.QUEUED, reason="aborted", uses_attempt=False)
                office.record(outcome)
            raise
        office.judge(
            Delivered(outlet=self._outlet, claim=claim, verdict=verdict, first=first, left_at=parcel.left_at)
        )

    def _prepare_next(self, session: Session) -> Addressed | None:
        """Make the next copy ready while the relay takes this one, if nothing asks for a wait."""
        office, outlet = self._office, self._outlet
        if (
            office.stopping.is_set()
            or self._carried >= outlet.max_messages
            or outlet.crowded
            or outlet.pace is not None
            or not office.domains.quiet
        ):
            return None
        claim = office.supply.next_at_hand()
        if claim is None or (parcel := self._parcel(session, claim)) is None:
            return None
        self._next = parcel
        letter, to = parcel.letter, parcel.letter.to
        return Addressed(
            sender=letter.sender or office.sender,
            recipient=to.envelope,
            size=letter.size,
            smtputf8=to.needs_smtputf8,
            envelope_id=letter.envelope_id,
            signed=parcel.signature is not None,
        )


def _time() -> float:
    return asyncio.get_running_loop().time()
