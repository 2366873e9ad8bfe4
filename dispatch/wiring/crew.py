"""Several processes that send one issue, for the day when this machine and not the relay is the limit.

The process that leads holds the lock of the issue, tells what happens and concludes. The hands it has started
do nothing but carry: each claims from the same ledger under a name of its own, over its share of the
connections; the rates hold over all of them, in the files of pace.py. A hand whose leader has died stops.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial

from dispatch.errors import DispatchError, Paused
from dispatch.model.delivery import Outcome
from dispatch.send.campaign import Campaign, Wanted
from dispatch.send.outlet import Outlet
from dispatch.send.pace import Tell
from dispatch.send.rest import signals_to
from dispatch.send.run import Ending
from dispatch.wiring.beside import start_beside
from dispatch.wiring.hand import End, Shift, carry

_GLANCE = 0.25


def shares(whole: int, parts: int) -> list[int]:
    """`whole` dealt out evenly: the first ones get what is left over."""
    return [whole // parts + (number < whole % parts) for number in range(parts)]


class Crew:
    """`size` processes, this one among them, with as many connections to each relay as one would have."""

    def __init__(self, shift: Shift, size: int) -> None:
        self._shift = shift
        self._sessions = shares(shift.sessions, size)

    @property
    def own_sessions(self) -> int:
        """This process's share of the connections."""
        return self._sessions[0]

    async def run(
        self,
        campaign: Campaign,
        want: Wanted,
        outlets: Sequence[Outlet],
        on_outcome: Callable[[Outcome], None],
        notice: Tell,
    ) -> Ending:
        """As Campaign.run, by all of them. A hand that dies leaves its copies to this process."""
        size = len(self._sessions)
        limits = [None] * size if want.limit is None else shares(want.limit, size)
        parts = [None] * size if want.only is None else [tuple(want.only[at::size]) for at in range(size)]
        watch = _Watch(on_outcome, notice)
        for sessions, limit, only in zip(self._sessions[1:], limits[1:], parts[1:], strict=True):
            if limit != 0:
                watch.start(replace(self._shift, sessions=sessions, limit=limit, only=only, until=want.until))

        def stop_when() -> DispatchError | None:
            cause = watch.trouble or want.stop_when()
            if cause:
                watch.stop()
            return cause

        own = replace(
            want,
            expected=want.expected if size == 1 else 0,  # the others have the cores
            limit=limits[0],
            only=parts[0],
            stop_when=stop_when,
        )
        try:
            ending = await campaign.run(own, outlets, watch.tell, notice, watch.signal)
            ends = await watch.ends(ending, stop_when)
            if watch.deaths and not (ending.cause or ending.signal or want.limit):
                campaign.begin()
                ending = await campaign.run(own, outlets, watch.tell, notice, watch.signal)
        finally:
            await watch.dismiss()
        watch.raise_unheard()
        for end in ends:
            ending.outcomes += end.outcomes
        if ending.cause is None and campaign.unfinished:  # else the others have done what a hand could not
            ending.cause = next((end.cause for end in ends if end.cause), None)
        return ending


class _Hand:
    """A process that carries, and what comes out of its pipe."""

    def __init__(self, shift: Shift) -> None:
        self.pipe, self.process = start_beside(carry, shift)

    def listen(self, hear: Callable[[str | list[Outcome]], None]) -> End | None:
        """Hand on what is said until the last word, and end with it; None when it died without one.

        Runs in a thread of its own. `hear` must not raise.
        """
        end = None
        with suppress(EOFError, OSError):
            while True:
                said = self.pipe.recv()
                if isinstance(said, End):
                    end = said
                else:
                    hear(said)
        self.process.join()
        self.pipe.close()
        return end


class _Watch:
    """Listens to the hands from the event loop, and passes on what they are to hear."""

    def __init__(self, on_outcome: Callable[[Outcome], None], notice: Tell) -> None:
        self._loop = asyncio.get_running_loop()
        self._on_outcome = on_outcome
        self._notice = notice
        self._hands: dict[_Hand, asyncio.Task[End | None]] = {}
        self._unheard: OSError | None = None
        self._stopped = False
        self.trouble: DispatchError | None = None
        self.deaths = 0

    def start(self, shift: Shift) -> None:
        """One more hand."""
        hand = _Hand(shift)

        def hear(said: str | list[Outcome]) -> None:
            self._loop.call_soon_threadsafe(self._hear, said)

        self._hands[hand] = asyncio.create_task(asyncio.to_thread(hand.listen, hear))
        self._hands[hand].add_done_callback(partial(self._left, hand))

    def stop(self) -> None:
        """Let the hands finish what is in flight."""
        if not self._stopped:
            self.signal(signal.SIGTERM)

    def signal(self, number: int) -> None:
        """Pass a signal on: the first one stops a hand, the second has it abort."""
        self._stopped = True
        for hand in self._hands:
            if hand.process.is_alive() and hand.process.pid is not None:
                os.kill(hand.process.pid, number)

    def tell(self, outcome: Outcome) -> None:
        """An outcome of this process; raises when whoever listens has heard enough."""
        try:
            self._on_outcome(outcome)
        except DispatchError as error:
            self.trouble = self.trouble or error
            self.stop()
            raise

    async def ends(self, ending: Ending, stop_when: Callable[[], DispatchError | None]) -> list[End]:
        """Wait for all of them; what comes in between stands in `ending`."""

        def heard(number: int) -> None:
            ending.signal = ending.signal or number
            self.signal(number)

        with signals_to(heard):
            while await self._anyone_left():
                ending.cause = ending.cause or stop_when()
        ends = [task.result() for task in self._hands.values()]
        return [end for end in ends if end is not None]

    async def dismiss(self) -> None:
        """Stop whoever is still there, and wait for them."""
        if any(not task.done() for task in self._hands.values()):
            self.stop()
            await asyncio.gather(*self._hands.values())

    def raise_unheard(self) -> None:
        """Raise what was in the way of telling."""
        if self._unheard:
            raise self._unheard

    async def _anyone_left(self) -> bool:
        waiting = [task for task in self._hands.values() if not task.done()]
        if waiting:
            await asyncio.wait(waiting, timeout=_GLANCE)
        return bool(waiting)

    def _hear(self, said: str | list[Outcome]) -> None:
        if isinstance(said, str):
            self._notice(said)
        else:
            self._pass_on(said)

    def _pass_on(self, outcomes: list[Outcome]) -> None:
        for outcome in outcomes:
            try:
                self.tell(outcome)
            except DispatchError:
                continue  # it is known, and what has happened is told all the same
            except OSError as error:  # whoever listens has gone
                self._unheard = error
                self.trouble = self.trouble or Paused("nobody listens any more")

    def _left(self, hand: _Hand, task: asyncio.Task[End | None]) -> None:
        if task.result() is None and not self._stopped:
            self.deaths += 1
            self._notice(f"one of the processes has died ({hand.process.exitcode}); the others go on")
