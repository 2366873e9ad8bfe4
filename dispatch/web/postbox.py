"""Letters that the pages cause, sent behind the answer: a page is as quick, whether or not one is written."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

from dispatch.errors import DispatchError
from dispatch.mail.letter import Letter
from dispatch.mail.reply import Verdict
from dispatch.model.delivery import State

Deliver = Callable[[Letter], Awaitable[Verdict]]
"""Sends one letter. Raises DispatchError when there is nobody to take it."""

_LARGEST = 200
_PAUSES = (5.0, 60.0)  # seconds before the second try and the third
_END = 20.0  # seconds for what is left at the end


class Postbox:
    """Takes letters at once and sends them one after the other."""

    def __init__(self, deliver: Deliver, tell: Callable[[str], None]) -> None:
        self._deliver = deliver
        self._tell = tell
        self._letters: asyncio.Queue[Letter] = asyncio.Queue(_LARGEST)
        self._closing = asyncio.Event()

    def put(self, letter: Letter) -> bool:
        """Take a letter; False when there are too many already."""
        try:
            self._letters.put_nowait(letter)
        except asyncio.QueueFull:
            return False
        return True

    async def work(self) -> None:
        """Send until `close`."""
        while True:
            letter = await self._letters.get()
            try:
                await self._send(letter)
            finally:
                self._letters.task_done()

    async def close(self) -> None:
        """Send what is left, without long waits."""
        self._closing.set()
        try:
            await asyncio.wait_for(self._letters.join(), _END)
        except TimeoutError:
            self._tell(f"{self._letters.qsize()} letters could not be sent before the end")

    async def _send(self, letter: Letter) -> None:
        for pause in (*_PAUSES, None):
            try:
                verdict = await self._deliver(letter)
            except DispatchError as error:
                trouble, again = str(error), True
            else:
                if verdict.state is State.SENT:
                    return
                trouble, again = _in_short(verdict), verdict.state is not State.FAILED
            self._tell(f"a letter to a reader was not sent: {trouble}")
            if pause is None or not again or self._closing.is_set():
                return
            with suppress(TimeoutError):
                await asyncio.wait_for(self._closing.wait(), pause)


def _in_short(verdict: Verdict) -> str:
    """Without the words of the reply: they may name the reader."""
    reply = verdict.reply
    return (
        f"{verdict.step.value} was answered with {reply.code} {reply.enhanced}".strip()
        if reply
        else "no answer"
    )
