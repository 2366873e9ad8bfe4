"""Mail transactions on an open connection: MAIL, RCPT, DATA, the body, the dot, each answer told by its step.

With PIPELINING the envelope leaves in one write, and the next one behind the dot, before the dot is answered
(RFC 2920): that saves a journey to the relay for every message. The body leaves once the hand-over is
durable.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from dispatch.mail.reply import Reply, Scope, Step, Verdict, judge, judge_loss
from dispatch.model.delivery import State
from dispatch.send.wire import ConnectionEnded, Wire


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """How long one waits, in seconds; RFC 5321 4.5.3.2, and for `dot` all of its ten minutes.

    Each is the whole time for one answer: a reply that drips in forever is given up all the same.
    """

    connect: float = 30.0  # with the TLS handshake on a port that begins with it
    greeting: float = 300.0
    hello: float = 300.0
    tls: float = 30.0
    login: float = 60.0
    mail: float = 300.0
    rcpt: float = 300.0
    data: float = 120.0
    block: float = 180.0
    dot: float = 600.0
    quit: float = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What the relay offers in its answer to EHLO. `size` is None when it names no limit."""

    pipelining: bool = False
    smtputf8: bool = False
    dsn: bool = False
    size: int | None = None


@dataclass(frozen=True, slots=True)
class Envelope:
    """From whom and to whom, as bytes that are safe in a command line."""

    mail: bytes
    rcpt: bytes

    @property
    def commands(self) -> bytes:
        """All that is said before the body."""
        return self.mail + self.rcpt + _DATA


Following = Callable[[], Envelope | None]
_DATA = b"DATA\r\n"
_USUAL = [250, 250, 354]  # the answers to an envelope that mostly come, all at once


def nobody() -> None:
    """No message follows, or none that is known yet."""


class Transaction:
    """Transactions one after the other on one connection."""

    def __init__(self, wire: Wire, offers: Capabilities, timeouts: Timeouts) -> None:
        self._wire = wire
        self._pipelining = offers.pipelining
        self._timeouts = timeouts
        self._patience = {Step.MAIL: timeouts.mail, Step.RCPT: timeouts.rcpt, Step.DATA: timeouts.data}
        self._reset_first = False
        self._offered: Envelope | None = None  # behind the last dot; its replies are still to be read
        self.sender_taken = False  # whether the relay has said yes to a MAIL on this connection

    @property
    def usable(self) -> bool:
        """Whether the next message may be handed over: the one whose envelope was offered, if one was."""
        return self._wire.usable if self._offered is None else self._wire.ended is None

    async def run(
        self,
        envelope: Envelope,
        message: Sequence[bytes],
        hand_over: Callable[[], Awaitable[bool]],
        following: Following = nobody,
        signature: Awaitable[bytes] | None = None,
    ) -> Verdict:
        """Hand one message over. The connection is closed unless it is fit for the next message.

        `following` is asked once, when the dot has left. The envelope that it gives is offered at once, and
        must be the next to run. `signature` stands in front of the message.
        """
        wire = self._wire
        wire.begin()
        if self._offered is None and not wire.usable:
            return self._ended_before(wire.ended or "the relay speaks out of turn")
        handing = asyncio.ensure_future(hand_over())
        try:
            verdict = await self._offer(envelope)
            if not await handing and verdict is None:
                verdict = _lease_lost()
            if verdict is None:
                signed = message if signature is None else [await signature, *message]
                verdict = await self._give(signed, following)
        except BaseException:
            _forget(handing)
            wire.drop("given up")
            raise
        if verdict.scope is Scope.CONNECTION or verdict.state is State.UNCERTAIN:
            wire.drop(verdict.detail)
        return verdict

    def _ended_before(self, why: str) -> Verdict:
        farewell = self._wire.farewell
        self._wire.drop(why)
        said_goodbye = judge(Step.MAIL, farewell) if farewell else None
        return said_goodbye or judge_loss(Step.MAIL, False, why)

    async def _offer(self, envelope: Envelope) -> Verdict | None:
        """Say who writes to whom; None when the relay waits for the body, else the first refusal."""
        offered, self._offered = self._offered, None
        if offered not in {None, envelope}:
            raise RuntimeError("another message was offered to the relay")
        verdict = None
        if offered is None and (verdict := await self._reset(envelope.commands)) is not None:
            return verdict
        if self._pipelining and await self._usual_answers():
            self.sender_taken = True
            return None
        commands = {Step.MAIL: envelope.mail, Step.RCPT: envelope.rcpt, Step.DATA: _DATA}
        accepted: dict[Step, bool] = {}
        for step, command in commands.items():
            if not self._pipelining:
                self._wire.send(command, 1)
            try:
                found = judge(step, await self._wire.reply(self._patience[step]))
            except ConnectionEnded as error:
                return verdict or judge_loss(step, False, str(error))
            accepted[step] = found is None
            self.sender_taken |= accepted.get(Step.MAIL, False)
            verdict = verdict or found
            if verdict is not None and not (self._pipelining and _goes_on(found)):
                break
        if verdict is not None:
            await self._clear(accepted)
        return verdict

    async def _usual_answers(self) -> bool:
        """Take the answers to an envelope if they are the usual ones. All others are left to be judged."""
        try:
            return await self._wire.all_here(_USUAL, self._patience[Step.MAIL])
        except ConnectionEnded:
            return False

    async def _reset(self, envelope: bytes) -> Verdict | None:
        """Clear what a refused recipient left at the relay; the next envelope goes in the same write."""
        if not self._reset_first and not self._pipelining:
            return None
        reset = b"RSET\r\n" if self._reset_first else b""
        self._wire.send(reset + (envelope if self._pipelining else b""), bool(reset) + 3 * self._pipelining)
        if not reset:
            return None
        self._reset_first = False
        try:
            reply = await self._wire.reply(self._timeouts.mail)
        except ConnectionEnded as error:
            return judge_loss(Step.MAIL, False, str(error))
        return None if reply.code == 250 else judge_loss(Step.MAIL, False, f"RSET refused: {reply}")

    async def _clear(self, accepted: dict[Step, bool]) -> None:
        """After a refusal, bring the relay back to where the next MAIL can be said."""
        if not accepted.get(Step.DATA):
            self._reset_first = accepted[Step.MAIL]
        elif accepted[Step.RCPT]:
            # A body is awaited for a recipient whose sender was refused: nothing may be answered to that.
            self._wire.drop("DATA accepted after a refused MAIL")
        else:
            await self._answer_nothing()

    async def _answer_nothing(self) -> None:
        """A 354 although the recipient was refused is answered by an empty message (RFC 2920 3.1)."""
        self._wire.send(b".\r\n", 1)
        try:
            await self._wire.reply(self._timeouts.data)
        except ConnectionEnded:
            return  # the refusal has been read; only the connection is lost

    async def _give(self, message: Sequence[bytes], following: Following) -> Verdict:
        """Body and dot, the next envelope behind it, and what the relay says to the dot."""
        wire = self._wire
        try:
            await wire.send_body(message, self._timeouts.block)
            if self._pipelining and (envelope := following()) is not None:
                self._offered = envelope
                wire.send(envelope.commands, 3)
            reply: Reply = await wire.reply(self._timeouts.dot)
        except ConnectionEnded as error:
            return judge_loss(Step.DOT, wire.dot_sent, str(error))
        verdict = judge(Step.DOT, reply)
        return verdict or judge_loss(Step.DOT, True, f"an answer out of step: {reply}")


def _goes_on(found: Verdict | None) -> bool:
    """Whether further answers follow this one: not after 421, and not from a relay that is out of step."""
    return found is None or found.scope is not Scope.CONNECTION


def _lease_lost() -> Verdict:
    detail = "the lease was lost before the dot; another run has this copy"
    return Verdict(scope=Scope.CONNECTION, state=None, step=Step.DOT, detail=detail)


def _forget(handing: asyncio.Future[bool]) -> None:
    handing.cancel()
    handing.add_done_callback(lambda done: done.cancelled() or done.exception())
