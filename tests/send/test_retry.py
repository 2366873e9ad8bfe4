"""Deferred copies come back at 5, 10, 20, 40, 80 minutes, then every two hours, until they are too old."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.send.retry import next_attempt, relay_pause

NOW = datetime(2025, 6, 1, 12, 0, tzinfo=UTC)
DAY = timedelta(hours=24)


@pytest.mark.parametrize(
    ("attempts", "minutes"),
    [(0, 5), (1, 5), (2, 10), (3, 20), (4, 40), (5, 80), (6, 120), (7, 120), (10**6, 120)],
)
def test_pauses_double_and_then_stay(attempts: int, minutes: int) -> None:
    """The schedule without jitter, for any number of attempts."""
    assert next_attempt(attempts, NOW, NOW, DAY, 0.0) == NOW + timedelta(minutes=minutes)


@pytest.mark.parametrize(("jitter", "minutes"), [(-1.0, 8), (0.5, 11), (1.0, 12)])
def test_jitter_moves_a_pause_by_a_fifth_at_most(jitter: float, minutes: int) -> None:
    """A thousand copies deferred in one minute do not come back in one minute."""
    assert next_attempt(2, NOW, NOW, DAY, jitter) == NOW + timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("age", "due"), [(timedelta(hours=22), True), (timedelta(hours=22, seconds=1), False)]
)
def test_a_copy_expires_instead_of_passing_its_age(age: timedelta, due: bool) -> None:
    """What could only be tried after max_age is not tried again."""
    assert (next_attempt(9, NOW, NOW - age, DAY, 0.0) is not None) == due


@given(st.integers(0, 1000), st.floats(-1, 1), st.timedeltas(timedelta(0), timedelta(days=3)))
def test_the_next_attempt_is_later_and_never_too_late(attempts: int, jitter: float, age: timedelta) -> None:
    """At least four minutes from now, at most max_age from the first attempt."""
    due = next_attempt(attempts, NOW, NOW - age, DAY, jitter)
    if due is not None:
        assert due - NOW >= timedelta(minutes=4)
        assert due - (NOW - age) <= DAY


def test_a_day_has_about_sixteen_attempts() -> None:
    """The whole story of a copy that nobody takes."""
    at, attempts = NOW, 1
    while (due := next_attempt(attempts, at, NOW, DAY, 0.0)) is not None:
        at, attempts = due, attempts + 1
    assert (attempts, at - NOW) == (16, timedelta(hours=22, minutes=35))


def test_a_relay_in_trouble_is_left_alone_for_longer_and_longer() -> None:
    """1, 2, 4 seconds and so on, five minutes at most, however long it lasts."""
    assert [relay_pause(failures) for failures in range(1, 11)] == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300]
    assert (relay_pause(0), relay_pause(10**9)) == (1, 300)
