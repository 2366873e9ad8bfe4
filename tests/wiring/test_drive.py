"""Where coroutines run."""

from __future__ import annotations

import gc

from dispatch.wiring.drive import drive


def test_the_collector_is_as_before_afterwards() -> None:
    """It looks seldom while something runs, and as often as ever when it has ended."""
    before = gc.get_threshold()

    async def look() -> tuple[int, int, int]:
        return gc.get_threshold()

    assert drive(look())[0] > 10_000
    assert gc.get_threshold() == before
