"""Rates hold in every window, whatever the rhythm of those who ask, over restarts and clocks that jump."""

from __future__ import annotations

import json
from bisect import bisect_left

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.model.pace import Rate, parse_rate
from dispatch.send.throttle import Past, Throttle, believed, read_past, write_past

NOW = 1_790_000_000.0
DAY = 86400
rates = st.builds(Rate, st.integers(1, 2000), st.sampled_from([1, 60, 3600, DAY]))


def throttle(*texts: str) -> Throttle:
    """A throttle of rates as people write them."""
    return Throttle([parse_rate(text) for text in texts])


def send_times(kept: Throttle, gaps: list[float], late: float = 0.0) -> list[float]:
    """When messages leave if each sender asks after its gap, waits as told, and its timer rings `late`.

    What is known of the past is written down and read again each time, as if another process went on.
    """
    now, past, times = NOW, Past(), []
    for gap in gaps:
        now += gap
        while (pause := kept.wait(past, now)) > 0:
            now += pause + late
        past = read_past(write_past(kept.take(past, now)))
        times.append(now)
    return times


def most_in_window(times: list[float], seconds: float) -> int:
    """The largest number of messages in any half-open window of `seconds`."""
    return max(bisect_left(times, start + seconds) - number for number, start in enumerate(times))


@given(rates, st.lists(st.floats(0, 3), min_size=1, max_size=200))
def test_no_window_holds_more_than_its_rate(rate: Rate, gaps: list[float]) -> None:
    """In one period of the rate at most its count leaves, and the forgiven 20 ms beside."""
    times = send_times(Throttle([rate]), gaps)
    spare = 0 if rate.is_quota else 0.02 * rate.count / rate.seconds + 1
    assert most_in_window(times, rate.seconds) <= rate.count + spare


@given(st.lists(rates, max_size=3), st.floats(0, 1e10), st.floats(-1e6, 1e6))
def test_asking_changes_nothing_and_a_wait_is_enough(several: list[Rate], now: float, jump: float) -> None:
    """Only a message that leaves is counted; whatever the clock did, nobody waits for ever."""
    kept = Throttle(several)
    past = believed(kept.take(Past(), now), now + jump)
    pause = kept.wait(past, now + jump)
    assert pause == kept.wait(past, now + jump) >= 0
    assert pause <= 2 * max((rate.seconds for rate in several), default=0)
    assert kept.wait(past, now + jump + pause + 0.001) == 0


@pytest.mark.parametrize("late", [0.0, 0.001, 0.019])
def test_fifty_a_second_is_kept_and_reached(late: float) -> None:
    """Over any two seconds 50/s stays within 5 %, with timers that ring up to 20 ms late."""
    times = send_times(throttle("50/s"), [0.0] * 1000, late)
    assert most_in_window(times, 2.0) <= 101
    full = [start for start in times if start + 2.0 < times[-1]]
    assert min(bisect_left(times, start + 2.0) - number for number, start in enumerate(full)) >= 96


@pytest.mark.parametrize("text", ["1/s", "5/s", "14/s", "20/s", "100/s", "1000/s"])
def test_every_pace_is_within_five_percent_over_two_seconds(text: str) -> None:
    """And a slow one never has one message too many."""
    times = send_times(throttle(text), [0.0] * 300)
    assert most_in_window(times, 2.0) <= max(2 * parse_rate(text).count * 1.05, 2)


def test_several_rates_hold_at_once() -> None:
    """The slowest rate of the moment decides; of two by the second the slower one."""
    times = send_times(throttle("10/s", "120/m", "20/s"), [0.0] * 200)
    assert most_in_window(times, 1.0) <= 3
    assert most_in_window(times, 60.0) <= 122
    assert most_in_window(send_times(throttle("5/s", "50/s"), [0.0] * 50), 1.0) <= 5


def test_idle_time_saves_up_nothing() -> None:
    """After a pause of an hour the pace is what it was: no burst."""
    assert most_in_window(send_times(throttle("10/s"), [3600.0] + [0.0] * 50), 1.0) <= 10


def test_without_rates_nobody_waits() -> None:
    """No promise, no pause."""
    assert Throttle([]).wait(Throttle([]).take(Past(), NOW), NOW) == 0.0


def test_a_quota_by_the_day_paces_nothing() -> None:
    """A list of 2,000 with 2,000 a day leaves at once; the one after the quota waits for a whole day."""
    kept, past = throttle("2000/d"), Past()
    for _ in range(2000):
        assert kept.wait(past, NOW) == 0
        past = kept.take(past, NOW)
    assert DAY <= kept.wait(past, NOW) <= DAY * 1.01


def test_a_smaller_quota_counts_what_the_larger_one_let_through() -> None:
    """Changing 100/d to 50/d in the middle of the day gives nobody 50 more."""
    past = Past()
    for number in range(100):
        past = throttle("100/d").take(past, NOW + number * 600)
    later = NOW + 100 * 600
    pause = throttle("50/d").wait(past, later)
    assert NOW + 50 * 600 + DAY <= later + pause <= NOW + 52 * 600 + DAY


def test_a_throttle_keeps_what_it_does_not_know() -> None:
    """A run with another set of rates forgets no quota."""
    past = throttle("100/d").take(Past(), NOW)
    assert throttle("5/s").take(past, NOW).taken == past.taken


def test_a_clock_set_back_stops_nothing_and_forgets_no_quota() -> None:
    """A day back: the pace goes on at once, and a used up quota waits for a window, not for two."""
    kept = throttle("50/s", "3/d")
    past = Past()
    for _ in range(3):
        past = kept.take(past, NOW)
    back = NOW - DAY
    past = believed(past, back)
    assert throttle("50/s").wait(past, back) == 0.0
    assert DAY <= kept.wait(past, back) <= DAY * 1.01
    assert kept.wait(past, back + DAY * 1.01) == 0.0


@given(st.lists(st.floats(0, 90000), max_size=300))
def test_the_past_stays_small(gaps: list[float]) -> None:
    """Whatever happened, it fits into a few kilobytes."""
    kept, past, now = throttle("50/s", "2000/h", "50000/d"), Past(), NOW
    for gap in gaps:
        now += gap
        past = kept.take(past, now)
    assert len(write_past(past)) < 12_000


@given(st.text() | st.recursive(st.none() | st.floats() | st.text(), st.lists).map(json.dumps))
def test_what_is_no_past_is_a_value_error(text: str) -> None:
    """A damaged file raises nothing else."""
    with pytest.raises(ValueError, match="no record of a pace"):
        read_past(text)


@pytest.mark.parametrize(
    "text",
    [
        '{"v": 1, "due": {"1": NaN}, "taken": {}}',
        '{"v": 1, "due": {"1": 1e999}, "taken": {}}',
        '{"v": 1, "due": {"one": 1}, "taken": {}}',
        '{"v": 1, "due": {"1": true}, "taken": {}}',
        '{"v": 1, "due": {}, "taken": {"86400": [[1, -5]]}}',
        '{"v": 1, "due": {}, "taken": {"86400": [[1]]}}',
        '{"v": 1, "due": {}}',
        '{"v": 2, "due": {}, "taken": {}}',
        "[" * 100_000,
        '{"v": 1, "due": {"1": ' + "9" * 400 + '}, "taken": {}}',
    ],
    ids=["nan", "infinite", "unit", "bool", "count", "step", "half", "version", "deep", "huge"],
)
def test_a_past_that_means_nothing_is_a_value_error(text: str) -> None:
    """Each wrong part is found."""
    with pytest.raises(ValueError, match="no record of a pace"):
        read_past(text)
