"""The one place where coroutines run."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

# What is made for a letter goes with it, without a cycle. The collector's own thresholds would have it look
# through everything once for each few letters, which takes a tenth of the time.
_SELDOM = (50_000, 20, 50)


def drive(work: Coroutine[Any, Any, T]) -> T:
    """Run to the end, on uvloop where the platform has it."""
    before = gc.get_threshold()
    gc.set_threshold(*_SELDOM)
    try:
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            return runner.run(work)
    finally:
        gc.set_threshold(*before)


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop]:
    try:
        import uvloop  # noqa: PLC0415 - looked for when it is needed
    except ImportError:
        return asyncio.new_event_loop
    return uvloop.new_event_loop
