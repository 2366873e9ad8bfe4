"""Rates hold in every window, whatever the rhythm of those who ask."""

from __future__ import annotations

from bisect import bisect_left

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.model.pace import Rate, parse_rate
from dispatch.send.throttle import Throttle

rates = st.builds(Rate, st.integers(1, 2000), st.sampled_from([1, 60, 3600, 86400]))


def send_times(throttle: Throttle, gaps: list[float], late: float = 0.0) -> list[float]:
    """When messages leave if each sender asks after its gap, waits as told, and its timer rings `late`."""
    now, times = 1000.0, []
    for gap in gaps:
        now += gap
        while (pause := throttle.wait(now)) > 0:
            now += pause + late
        throttle.take(now)
        times.append(now)
    return times


def most_in_window(times: list[float], seconds: float) -> int:
    """The largest number of messages in any half-open window of `seconds`."""
    return max(bisect_left(times, start + seconds) - number for number, start in enumerate(times))


@given(rates, st.lists(st.floats(0, 3), min_size=1, max_size=300))
def test_no_window_holds_more_than_its_rate(rate: Rate, gaps: list[float]) -> None:
    """In one period of the rate at most its count leaves, and 5 % of a second's worth beside."""
    times = send_times(Throttle([rate]), gaps)
    spare = 0.05 * rate.count / rate.seconds
    assert most_in_window(times, rate.seconds) <= rate.count + spare + 1.001


@given(st.lists(rates, max_size=3), st.floats(0, 1e6))
def test_asking_changes_nothing(several: list[Rate], now: float) -> None:
    """Only a message that leaves is counted."""
    throttle = Throttle(several)
    throttle.take(now)
    assert throttle.wait(now) == throttle.wait(now) >= 0


@pytest.mark.parametrize("late", [0.0, 0.001, 0.02])
def test_fifty_a_second_is_kept_and_reached(late: float) -> None:
    """Over any two seconds 50/s stays within 5 %, with timers that ring up to 20 ms late."""
    times = send_times(Throttle([parse_rate("50/s")]), [0.0] * 1000, late)
    assert most_in_window(times, 2.0) <= 105
    full = [start for start in times if start + 2.0 < times[-1]]
    assert min(bisect_left(times, start + 2.0) - number for number, start in enumerate(full)) >= 95


def test_several_rates_hold_at_once() -> None:
    """The slowest rate of the moment decides."""
    times = send_times(Throttle([parse_rate("10/s"), parse_rate("120/m")]), [0.0] * 200)
    assert most_in_window(times, 1.0) <= 3
    assert most_in_window(times, 60.0) <= 122


def test_idle_time_saves_up_nothing() -> None:
    """After a pause of an hour the pace is what it was: no burst."""
    throttle = Throttle([parse_rate("10/s")])
    throttle.take(0.0)
    assert most_in_window(send_times(throttle, [3600.0] + [0.0] * 50), 1.0) <= 12


def test_without_rates_nobody_waits() -> None:
    """No promise, no pause."""
    throttle = Throttle([])
    throttle.take(1.0)
    assert throttle.wait(1.0) == 0.0


def test_a_quota_by_the_day_paces_nothing() -> None:
    """A list of 2,000 with 50,000 a day leaves at once; the one after the quota waits for a whole day."""
    throttle = Throttle([parse_rate("2000/d")])
    times = send_times(throttle, [0.0] * 2000)
    assert times[-1] == times[0]
    assert 86400 <= throttle.wait(times[-1]) <= 86400 * 1.002
