"""A provider that has too much is slowed, and has its old pace back when it takes mail again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.mail.reply import Reply
from dispatch.send.caution import Caution, strain_of

steps = st.lists(
    st.tuples(st.sampled_from(["left", "accepted", "refused", "strained"]), st.floats(0, 2)), max_size=200
)


def sent_evenly(count: int, gap: float) -> Caution:
    """A provider after so many messages at one pace, the last one at count * gap."""
    caution = Caution()
    for number in range(1, count + 1):
        caution = caution.left(number * gap).accepted()
    return caution


@pytest.mark.parametrize(
    ("reply", "strain"),
    [
        pytest.param(Reply(421, "4.7.28", "unusual rate of unsolicited mail"), 3, id="421 with policy"),
        pytest.param(Reply(421, "", "closing"), 3, id="421"),
        pytest.param(Reply(451, "4.7.1", "try later"), 3, id="policy"),
        pytest.param(Reply(450, "4.2.1", "receiving mail at a rate that"), 3, id="rate in words"),
        pytest.param(Reply(451, "4.3.0", "try later"), 1, id="system"),
        pytest.param(Reply(450, "", "try later"), 1, id="bare"),
        pytest.param(Reply(452, "4.2.2", "mailbox full"), 0, id="full"),
        pytest.param(Reply(450, "4.2.0", "Greylisted for 5 minutes"), 0, id="greylisted"),
        pytest.param(Reply(451, "4.7.1", "gray-listing in action"), 0, id="greylisted by policy"),
        pytest.param(Reply(550, "5.7.1", "too many"), 0, id="for good"),
    ],
)
def test_what_a_refusal_says_about_the_load(reply: Reply, strain: float) -> None:
    """A full mailbox and a first meeting say nothing, 421 says it all."""
    assert strain_of(reply) == strain


def test_the_observed_pace_is_halved() -> None:
    """100 a second are seen, so 50 a second are allowed."""
    caution = sent_evenly(100, 0.01).left(1.01).refused(3, 1.01, 1.02)
    assert caution.rate == pytest.approx(50, rel=0.05)
    assert caution.wait(1.01) == pytest.approx(1 / 50, rel=0.05)


def test_what_was_on_its_way_does_not_halve_again() -> None:
    """Twenty sessions that hear the same refusal are one refusal."""
    caution = sent_evenly(100, 0.01).left(1.01).refused(3, 1.01, 1.02)
    for _ in range(20):
        assert caution.refused(3, 1.01, 1.03) == caution


def test_a_handful_of_messages_has_no_pace() -> None:
    """A provider of few recipients is tried with all of them, whatever it says."""
    caution = Caution()
    for number in range(9):
        caution = caution.left(float(number)).refused(3, float(number), number + 0.5)
    assert caution.rate is None


def test_single_signs_among_accepted_mail_slow_nobody() -> None:
    """Every tenth refused without a clear word is the usual weather."""
    caution = sent_evenly(10, 0.01)
    for number in range(500):
        caution = caution.left(1 + number * 0.01)
        caution = caution.accepted() if number % 10 else caution.refused(1, 9e9, 9e9)
    assert caution.rate is None


def test_it_recovers_by_steps() -> None:
    """Ten accepted messages a step; at the old pace it is free again."""
    caution = sent_evenly(100, 0.01).left(1.01).refused(3, 1.01, 1.02)
    seen = [caution.rate]
    for _ in range(30):
        caution = caution.accepted()
        if caution.rate != seen[-1]:
            seen.append(caution.rate)
    assert seen == [pytest.approx(50, rel=0.05), pytest.approx(75, rel=0.05), None]
    assert caution.wait(1.03) == 0


@given(steps)
def test_it_falls_by_refusals_and_rises_by_successes_only(story: list[tuple[str, float]]) -> None:
    """Whatever happens: the rate stays between an eighth and the whole of the pace it began from."""
    caution, now = Caution(), 0.0
    for step, gap in story:
        now += gap
        before = caution
        match step:
            case "left":
                caution = caution.left(now)
                assert caution.rate == before.rate
            case "accepted":
                caution = caution.accepted()
                assert caution.rate is None or (before.rate is not None and caution.rate >= before.rate)
            case "refused" | "strained":
                caution = caution.refused(3 if step == "strained" else 1, caution.sent_at or 0.0, now)
                assert before.rate is None or (caution.rate is not None and caution.rate <= before.rate)
        assert caution.wait(now) <= 10.001
        if caution.rate is not None:
            assert max(0.1, caution.before / 8) <= caution.rate * 1.0001 < caution.before * 1.0001


@given(steps)
def test_a_provider_that_takes_mail_again_is_free_in_the_end(story: list[tuple[str, float]]) -> None:
    """After enough successes nothing is left of the trouble."""
    caution, now = Caution(), 0.0
    for step, gap in story:
        now += gap
        caution = caution.left(now) if step == "left" else caution.refused(3, now, now)
    for _ in range(200):
        caution = caution.accepted()
    assert (caution.rate, caution.strain) == (None, 0.0)
