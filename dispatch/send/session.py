"""One session with a relay: open it, hand messages over one by one, say goodbye."""

from __future__ import annotations

import re
import ssl
from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple

from dispatch.mail.reply import Scope, Step, Verdict, printable
from dispatch.model.delivery import State
from dispatch.model.settings import Relay
from dispatch.send.opening import Opening, SessionFailure
from dispatch.send.signing import LONGEST_SIGNATURE
from dispatch.send.transaction import Capabilities, Envelope, Timeouts, Transaction, nobody
from dispatch.send.wire import ConnectionEnded, Wire

__all__ = ["Capabilities", "Session", "SessionFailure", "Timeouts"]

_HOST_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,252}[A-Za-z0-9])?|\[[0-9A-Fa-f.:IPv]+\]")
_UNSAFE = re.compile(r"[\x00-\x20\x7f<>]")
_FAREWELL_TAKES = 1.0  # seconds at most for the closing of the connection itself


class Addressed(NamedTuple):
    """What of a message matters before its body: the envelope, how many octets, and whether by SMTPUTF8.

    A message that is to be `signed` has its `size` without the signature.

    `envelope_id`, letters and digits only, comes back in reports where the relay offers DSN (RFC 3461).
    """

    sender: str
    recipient: str
    size: int
    smtputf8: bool = False
    envelope_id: str = ""
    signed: bool = False


class Session:
    """A connection to `relay`. `hostname` is who we say we are in EHLO."""

    def __init__(
        self, relay: Relay, *, password: str | None, hostname: str, timeouts: Timeouts | None = None
    ) -> None:
        self._relay = relay
        self._password = password
        self._hostname = hostname if _HOST_NAME.fullmatch(hostname) else "[127.0.0.1]"  # RFC 5321 4.1.4
        self._timeouts = timeouts or Timeouts()
        self._wire: Wire | None = None
        self._transaction: Transaction | None = None
        self._named: tuple[Addressed, Envelope | Verdict] | None = None
        self.capabilities = Capabilities()

    @property
    def usable(self) -> bool:
        """Whether the next message may go over this connection."""
        return self._transaction is not None and self._transaction.usable

    @property
    def dot_sent(self) -> bool:
        """Whether the final dot of the latest message may have left; what follows is then uncertain."""
        return self._wire is not None and self._wire.dot_sent

    @property
    def sender_taken(self) -> bool:
        """Whether the relay has taken mail from a sender of ours over this connection."""
        return self._transaction is not None and self._transaction.sender_taken

    def opening(self, context: ssl.SSLContext | None = None) -> Opening:
        """How this session would be opened; `context` is for TLS other than the relay's settings say."""
        return Opening(self._relay, self._password, self._hostname, self._timeouts, context=context)

    async def open(self, opening: Opening | None = None) -> None:
        """Connect, secure, greet and log in. Raises SessionFailure."""
        self._wire, self.capabilities = await (opening or self.opening()).run()
        self._transaction = Transaction(self._wire, self.capabilities, self._timeouts)

    async def deliver(
        self,
        sender: str,
        recipient: str,
        message: bytes | Sequence[bytes],
        hand_over: Callable[[], Awaitable[bool]],
        *,
        signature: Awaitable[bytes] | None = None,
        smtputf8: bool = False,
        envelope_id: str = "",
        following: Callable[[], Addressed | None] = nobody,
    ) -> Verdict:
        """Hand one message over to the relay; the verdict says what became of it.

        `message` is in wire form: CRLF, no line that begins with a dot. `hand_over` runs beside the
        envelope; its True is awaited before the body leaves, on False nothing does. When it raises, or the
        caller is cancelled, the connection ends where it is; `dot_sent` tells whether that was too late.
        `signature` is a field that stands in front of the message, and may still be in the making.

        A relay with PIPELINING is asked for the message that `following` names while it takes this one; then
        that one must be the next to be delivered, or the session must end.
        """
        if self._wire is None or self._transaction is None:
            raise RuntimeError("deliver before open")
        chunks = (message,) if isinstance(message, bytes) else message
        if not chunks[-1].endswith(b"\r\n"):
            raise ValueError("a message ends with CRLF")
        self._wire.begin()
        size, signed = sum(map(len, chunks)), signature is not None
        envelope = self._envelope(Addressed(sender, recipient, size, smtputf8, envelope_id, signed))
        if isinstance(envelope, Verdict):
            return envelope

        def next_envelope() -> Envelope | None:
            addressed = following()
            found = self._envelope(addressed) if addressed else None
            return found if isinstance(found, Envelope) else None

        return await self._transaction.run(envelope, chunks, hand_over, next_envelope, signature)

    async def quit(self) -> None:
        """Say goodbye and close. Never fails: how a relay leaves changes nothing of what it answered."""
        wire = self._wire
        if wire is None:
            return
        try:
            if wire.usable:
                wire.send(b"QUIT\r\n", 1)
                await wire.reply(self._timeouts.quit)
        except ConnectionEnded:
            pass
        finally:
            await wire.close(min(self._timeouts.quit, _FAREWELL_TAKES))

    def _envelope(self, to: Addressed) -> Envelope | Verdict:
        """The command lines, or why this copy cannot be offered to this relay.

        Who was named behind the last dot is asked for again when their turn comes.
        """
        if self._named is None or self._named[0] != to:
            self._named = (to, self._made(to))
        return self._named[1]

    def _made(self, to: Addressed) -> Envelope | Verdict:
        offers = self.capabilities
        if to.smtputf8 and not offers.smtputf8:
            return _refusal(State.SKIPPED, Step.MAIL, "the relay does not offer SMTPUTF8")
        size = to.size + (LONGEST_SIGNATURE if to.signed else 0)
        if offers.size is not None and size > offers.size:
            detail = f"the message has {size} octets, the relay takes {offers.size}"
            return _refusal(State.FAILED, Step.MAIL, detail)
        for step, address in ((Step.MAIL, to.sender), (Step.RCPT, to.recipient)):
            if not _stands_in_command(address, to.smtputf8):
                detail = f"{printable(address)} cannot stand in an SMTP command"
                return _refusal(State.FAILED, step, detail)
        options = " SMTPUTF8" if to.smtputf8 else ""
        if offers.dsn and to.envelope_id.isalnum():
            options += f" RET=HDRS ENVID={to.envelope_id}"
        return Envelope(
            f"MAIL FROM:<{to.sender}>{options}\r\n".encode(), f"RCPT TO:<{to.recipient}>\r\n".encode()
        )


def _stands_in_command(address: str, smtputf8: bool) -> bool:
    """Whether an address is safe between angle brackets: no blank, control or bracket, no lone surrogate."""
    if _UNSAFE.search(address):
        return False
    return address.isascii() or (smtputf8 and address.isprintable())


def _refusal(state: State, step: Step, detail: str) -> Verdict:
    return Verdict(scope=Scope.RECIPIENT, state=state, step=step, detail=detail, uses_attempt=True)
