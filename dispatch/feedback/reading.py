"""One message to its meaning, within bounds of size, depth and time; what exceeds them is poison."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from types import FrameType

from dispatch.feedback.mailbox import MAX_SIZE, Arrival
from dispatch.mail.feedback import Feedback, Kind
from dispatch.mail.parts import TooDeep, take_apart
from dispatch.mail.report import read_report
from dispatch.mail.trace import Verify

_SECONDS = 5.0
Opinion = Callable[[bytes], tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Poison:
    """Why a message cannot be read."""

    reason: str


class _TooLong(Exception):
    """The time for one message is over."""


def read_message(arrival: Arrival, verify: Verify, opinion: Opinion | None = None) -> Feedback | Poison:
    """What a message means. `opinion` is asked for a recipient when the message names none. Never raises."""
    if arrival.fault:
        return Poison(arrival.fault)
    if arrival.size > MAX_SIZE:
        return Poison(f"larger than {MAX_SIZE >> 20} MB")
    try:
        with _at_most(_SECONDS):
            feedback = read_report(take_apart(arrival.raw), verify)
            if opinion and feedback.kind is Kind.BOUNCE and not feedback.recipients:
                feedback = replace(feedback, recipients=opinion(arrival.raw))
            return feedback
    except TooDeep as error:
        return Poison(str(error))
    except _TooLong:
        return Poison(f"it takes more than {_SECONDS:g} s to read")
    except Exception as error:  # noqa: BLE001 - whoever writes to the bounce address must not stop the reader
        return Poison(f"it cannot be read: {type(error).__name__}: {error}"[:300])


@contextmanager
def _at_most(seconds: float) -> Iterator[None]:
    """Interrupt what takes too long, where the system can: in the main thread, with timers by signal."""
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return

    def ring(_signal: int, _frame: FrameType | None) -> None:
        raise _TooLong

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
