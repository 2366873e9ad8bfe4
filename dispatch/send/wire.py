"""One SMTP connection after login, as bytes and replies: who owes what, how long one waits, when it is over.

Which command comes next is the business of transaction.py. Nothing is guessed here: a reply that nobody asked
for, an unreadable one and a late one all end the connection.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from math import inf

from dispatch.mail.reply import Reply, ReplyParser, ReplyUnreadable

_BLOCK = 262_144  # octets written at a time: nearly every letter at once
_ABORT_TAKES = 1.0  # seconds at most until the loop has told that an aborted connection is gone


class ConnectionEnded(Exception):
    """No more replies will come; the message says why."""


class Wire(asyncio.Protocol):
    """Takes `transport` over from whoever opened it."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._loop = asyncio.get_running_loop()
        self._transport = transport
        self._parser = ReplyParser()
        self._replies: deque[Reply] = deque()
        self._owed = 0
        self._waiter: asyncio.Future[None] | None = None
        self._gone: asyncio.Future[None] = self._loop.create_future()
        self._paused = False
        self._dot_waits = False
        self._deadline = inf
        self._patience = inf
        self._alarm: asyncio.TimerHandle | None = None
        self._alarm_at = inf
        self.dot_sent = False
        self.ended: str | None = None  # why, once it is over
        self.farewell: Reply | None = None  # a 421 that came between two messages
        # Told of every octet that the kernel has not taken, so that an unsent dot is known to be so. Under
        # TLS up to 64 KB stay out of sight below; there a dot counts as sent early, and doubt stays doubt.
        self._tls = transport.get_extra_info("ssl_object") is not None
        transport.set_write_buffer_limits(high=1, low=0)
        transport.set_protocol(self)

    @property
    def usable(self) -> bool:
        """Whether a command may be written: alive, and not a word of the relay's is outstanding."""
        idle = self._owed == 0 and not self._replies and not self._parser.pending
        return idle and self.ended is None and not self._transport.is_closing()

    def send(self, commands: bytes, replies: int) -> None:
        """Write whole command lines that `replies` replies will answer."""
        if self.ended is None:
            self._owed += replies
            self._transport.write(commands)

    async def send_body(self, message: Sequence[bytes], seconds: float) -> None:
        """Write `message` and the final dot, waiting at most `seconds` until the relay takes each block.

        The reply is owed from the moment the dot has left, not before. Raises ConnectionEnded.
        """
        rest = await self._send_blocks(message, seconds)
        self._go_on()
        if self._tls:
            # In one piece, because each would be a record of its own. And the layer below holds a dot back,
            # visibly, only when it stands behind a block that is stuck.
            self._transport.write(b"".join(rest))
            rest = ()
        self._dot_waits = True
        self._transport.writelines([*rest, b".\r\n"])
        if not self._paused:
            self._dot_left()
        while self._dot_waits:
            await self._wait(seconds)

    async def _send_blocks(self, message: Sequence[bytes], seconds: float) -> Sequence[bytes]:
        """Write a big message but for its last block, which is returned: of most letters the whole."""
        if sum(map(len, message)) <= _BLOCK:
            return message
        whole, start = b"".join(message), 0
        while len(whole) - start > _BLOCK:
            self._go_on()
            self._transport.write(whole[start : start + _BLOCK])
            start += _BLOCK
            while self._paused:
                await self._wait(seconds)
        return (whole[start:],)

    async def reply(self, seconds: float) -> Reply:
        """The next reply, within `seconds` from now however slowly it drips in. Raises ConnectionEnded."""
        while not self._replies:
            await self._wait(seconds)
        return self._replies.popleft()

    async def all_here(self, codes: Sequence[int], seconds: float) -> bool:
        """Wait for a reply as `reply` does; take all of them when they are here and have these codes."""
        if not self._replies:
            await self._wait(seconds)
        if [reply.code for reply in self._replies] != codes:
            return False
        self._replies.clear()
        return True

    def begin(self) -> None:
        """A new message: its dot has not been sent."""
        self.dot_sent = False

    def drop(self, why: str) -> None:
        """End the connection now; what the kernel has not taken yet never leaves."""
        if self.ended is None:
            self.ended = why
        self._transport.abort()
        self._wake()

    async def close(self, seconds: float) -> None:
        """End the connection politely if that takes at most `seconds`, and wait until it is over."""
        self.ended = self.ended or "closed"
        self._transport.close()
        try:
            await asyncio.wait({self._gone}, timeout=seconds)
        finally:
            self._transport.abort()
        await asyncio.wait({self._gone}, timeout=_ABORT_TAKES)

    # What the event loop calls

    def data_received(self, data: bytes) -> None:
        try:
            for reply in self._parser.feed(data):
                self._take(reply)
        except ReplyUnreadable as error:
            self.drop(str(error))

    def _take(self, reply: Reply) -> None:
        if self._owed:
            self._owed -= 1
            self._replies.append(reply)
            self._wake()
        elif self.ended is None:
            self.farewell = reply if reply.code == 421 else None
            self.drop(f"a reply that nobody asked for: {reply}")

    def eof_received(self) -> bool:
        # Left to itself the transport would first flush its buffer, a dot perhaps, to a leaving relay.
        self.drop("the relay closed the connection")
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        if self.ended is None:
            self.ended = f"the connection broke: {exc}" if exc else "the relay closed the connection"
        if self._alarm is not None:
            self._alarm.cancel()
        self._transport.abort()  # a TLS transport counts as unclosed until it is told
        self._wake()
        if not self._gone.done():
            self._gone.set_result(None)

    def pause_writing(self) -> None:
        self._paused = True

    def resume_writing(self) -> None:
        self._paused = False
        if self._dot_waits:
            self._dot_left()
        self._wake()

    def _dot_left(self) -> None:
        self._dot_waits = False
        self.dot_sent = True
        self._owed += 1

    # Waiting: one alarm for a connection, moved only when it would ring too late

    async def _wait(self, seconds: float) -> None:
        self._go_on()
        self._set_alarm(seconds)
        self._waiter = self._loop.create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None
            self._deadline = inf

    def _go_on(self) -> None:
        if self.ended is not None:
            raise ConnectionEnded(self.ended)

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def _set_alarm(self, seconds: float) -> None:
        self._patience = seconds
        self._deadline = self._loop.time() + seconds
        self._arm()

    def _arm(self) -> None:
        if self._alarm_at > self._deadline:
            if self._alarm is not None:
                self._alarm.cancel()
            self._alarm_at = self._deadline
            self._alarm = self._loop.call_at(self._deadline, self._ring)

    def _ring(self) -> None:
        self._alarm, self._alarm_at = None, inf
        if self._deadline == inf:
            return
        if self._deadline > self._loop.time():
            self._arm()
        else:
            self.drop(f"nothing for {self._patience:g} s")
