"""One pace for several processes: counted once, never waited for, told when its file is damaged."""

from __future__ import annotations

from pathlib import Path

import pytest
from filelock import FileLock

from dispatch.errors import Temporary
from dispatch.model.pace import parse_rate
from dispatch.send.pace import Pace, enter


class _Clock:
    def __init__(self) -> None:
        self.now = 1_790_000_000.0

    def __call__(self) -> float:
        return self.now


def _paces(file: Path, clock: _Clock, *rates: str, told: list[str] | None = None) -> tuple[Pace, Pace]:
    """Two processes' views of one pace."""
    kept = [parse_rate(rate) for rate in rates]
    tell = (told if told is not None else []).append
    first, second = (Pace("mx:25", kept, file=file, clock=clock, tell=tell) for _ in range(2))
    return first, second


def test_what_one_sends_the_other_waits_for(tmp_path: Path) -> None:
    """And when its turn has come, it is the first one's turn to wait."""
    clock = _Clock()
    one, other = _paces(tmp_path / "pace" / "mx.json", clock, "5/s")
    assert enter([one]) == [0]
    (pause,) = enter([other]) or [0]
    assert pause == pytest.approx(0.2, rel=0.05)
    clock.now += pause
    assert enter([other]) == [0]
    assert enter([one]) != [0]


def test_a_quota_is_shared_and_outlives_its_processes(tmp_path: Path) -> None:
    """Three a day are three, whoever sends them and whenever they began."""
    clock = _Clock()
    sent = 0
    for _ in range(5):
        one, other = _paces(tmp_path / "mx.json", clock, "3/d")
        sent += sum(enter([pace]) == [0] for pace in (one, other))
        clock.now += 3600
    assert sent == 3


def test_all_paces_let_through_or_none_counts(tmp_path: Path) -> None:
    """A domain that waits uses up nothing of the relay's quota."""
    clock = _Clock()
    relay, _ = _paces(tmp_path / "relay.json", clock, "2/d")
    domain, elsewhere = _paces(tmp_path / "domain.json", clock, "1/s")
    assert enter([elsewhere]) == [0]
    for _ in range(5):
        waits = enter([relay, domain])
        assert waits is not None
        assert waits[0] == 0 < waits[1]
    clock.now += 2
    assert enter([relay, domain]) == [0, 0]
    clock.now += 2
    assert enter([relay, domain]) == [0, 0]


def test_nobody_waits_for_the_lock(tmp_path: Path) -> None:
    """While another process is at it, the answer is: come back."""
    file = tmp_path / "mx.json"
    pace, _ = _paces(file, _Clock(), "5/s")
    with FileLock(file.with_suffix(".lock")):
        assert enter([pace]) is None
    assert enter([pace]) == [0]


@pytest.mark.parametrize("content", [b"", b"\xff\x00", b'{"v": 1', b"[]", b"1" * 100_000])
def test_a_damaged_file_is_a_fresh_start_and_told(tmp_path: Path, content: bytes) -> None:
    """Never a reason not to send."""
    told: list[str] = []
    file = tmp_path / "mx.json"
    file.write_bytes(content)
    one, other = _paces(file, _Clock(), "1/s", told=told)
    assert enter([one]) == [0]
    assert enter([other]) != [0]
    assert len(told) == 1
    assert "mx.json is damaged" in told[0]


def test_a_clock_set_back_is_mended_in_the_file(tmp_path: Path) -> None:
    """A day's quota that was used up tomorrow is free tomorrow, not the day after."""
    clock = _Clock()
    one, other = _paces(tmp_path / "mx.json", clock, "1/d")
    assert enter([one]) == [0]
    clock.now -= 86400
    assert enter([other]) != [0]
    clock.now += 87100
    assert enter([_paces(tmp_path / "mx.json", clock, "1/d")[0]]) == [0]


def test_a_pace_that_cannot_be_kept_stops_the_run(tmp_path: Path) -> None:
    """Sending without counting would break the promise."""
    (tmp_path / "pace").write_text("a file where the folder should be")
    pace, _ = _paces(tmp_path / "pace" / "mx.json", _Clock(), "1/s")
    with pytest.raises(Temporary, match="cannot be kept"):
        enter([pace])


def test_without_a_file_it_holds_in_this_process() -> None:
    """Nothing is written."""
    pace = Pace("here", [parse_rate("1/s")], clock=_Clock())
    assert enter([pace]) == [0]
    assert enter([pace]) != [0]
    assert enter([]) == []


def test_a_process_that_waits_forgets_a_future_that_was_undone() -> None:
    """The clock is set back by a day while a quota by the hour is used up: an hour, not 25."""
    clock = _Clock()
    pace = Pace("mx:25", [parse_rate("1/h")], clock=clock)
    assert enter([pace]) == [0]
    clock.now -= 86_400
    assert 0 < pace.wait() < 3700
    clock.now += 3700
    assert pace.wait() == 0
