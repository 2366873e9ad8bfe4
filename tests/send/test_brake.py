"""When a send that goes badly stops by itself."""

from __future__ import annotations

import pytest

from dispatch.model.delivery import State
from dispatch.send.brake import ENOUGH, Brake, Limit


def _brake(text: str, **counts: int) -> Brake:
    brake = Brake(limits=[Limit.read(text)])
    for name, count in counts.items():
        for _ in range(count):
            brake.count(State(name))
    return brake


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("failed>3%", "failed>3%"),
        (" FAILED > 30 ", "failed>30"),
        ("deferred>0.5%", "deferred>0.5%"),
        ("uncertain>0", "uncertain>0"),
    ],
)
def test_a_limit_is_read_as_it_is_written(text: str, written: str) -> None:
    """With or without blanks, in any case."""
    assert str(Limit.read(text)) == written


@pytest.mark.parametrize(
    "text",
    [
        "",
        "failed",
        "failed>",
        "failed>%",
        "sent>3%",
        "failed<3%",
        "failed>3.5",
        "failed>100%",
        "failed>-1",
        "failed>3%%",
    ],
)
def test_other_words_are_no_limit(text: str) -> None:
    """Half a copy, or more than all of them, is a mistake that is told."""
    with pytest.raises(ValueError, match=r"limit|share"):
        Limit.read(text)


def test_a_count_is_passed_by_the_next_one() -> None:
    """Thirty are allowed, the thirty-first is not."""
    assert _brake("failed>30", failed=30).passed(at_a_stop=True) is None
    assert _brake("failed>30", failed=31).passed(at_a_stop=False) == "failed>30: 31 of 31 failed"


def test_a_share_needs_enough_copies_or_a_stop() -> None:
    """One refusal among the first ten people stops no send under way, but it does after a stage."""
    few = _brake("failed>3%", failed=1, sent=9)
    assert few.passed(at_a_stop=False) is None
    assert few.passed(at_a_stop=True) == "failed>3%: 1 of 10 failed (10.0%)"
    assert _brake("failed>3%", failed=4, sent=ENOUGH - 4).passed(at_a_stop=False) is not None
    assert _brake("failed>3%", failed=3, sent=ENOUGH - 3).passed(at_a_stop=True) is None


def test_a_copy_back_in_the_line_counts_for_nothing() -> None:
    """It was not tried to its end."""
    assert _brake("failed>3%", failed=1, queued=99).tried == 1
    assert Brake().passed(at_a_stop=True) is None
