"""The life of a copy: which moves are legal, and when the ledger adds up."""

from __future__ import annotations

import pytest

from dispatch.model.delivery import MOVES, UNFINISHED, State, Tally

LEGAL = [
    ("queued", "sending"),
    ("queued", "suppressed"),
    ("queued", "skipped"),
    ("sending", "sent"),
    ("sending", "deferred"),
    ("sending", "failed"),
    ("sending", "uncertain"),
    ("sending", "queued"),
    ("sending", "skipped"),
    ("sent", "bounced"),
    ("sent", "complained"),
    ("deferred", "sending"),
    ("deferred", "failed"),
    ("deferred", "suppressed"),
    ("uncertain", "queued"),
    ("uncertain", "sent"),
    ("uncertain", "bounced"),
    ("uncertain", "complained"),
    ("failed", "queued"),
]


@pytest.mark.parametrize(("before", "after"), LEGAL)
def test_a_legal_move(before: str, after: str) -> None:
    """Each of these stands in the table."""
    assert State(after) in MOVES[State(before)]


def test_every_other_move_is_illegal() -> None:
    """The table has these moves and no other, and every state has its row."""
    assert {(before.value, after.value) for before in MOVES for after in MOVES[before]} == set(LEGAL)
    assert set(MOVES) == set(State)


def test_nothing_leads_back_from_an_end() -> None:
    """What bounced, or is complained of, suppressed or skipped, stays so."""
    assert {state for state in State if not MOVES[state]} == {
        State.BOUNCED,
        State.COMPLAINED,
        State.SUPPRESSED,
        State.SKIPPED,
    }


def test_a_copy_that_was_sent_is_never_sent_again() -> None:
    """No chain of moves leads from sent back to sending."""
    reached = {State.SENT}
    for _ in State:
        reached |= {after for before in reached for after in MOVES[before]}

    assert State.SENDING not in reached


def test_only_an_unfinished_copy_can_still_be_sent() -> None:
    """What can reach sending is unfinished, but for refused copies: only the owner puts those back."""
    can_send = {State.SENDING}
    for _ in State:
        can_send |= {before for before in State if MOVES[before] & can_send}

    assert can_send == UNFINISHED | {State.FAILED}


@pytest.mark.parametrize(
    ("listed", "states", "balanced", "unfinished"),
    [
        pytest.param(0, {}, True, 0, id="nobody"),
        pytest.param(3, {State.SENT: 2, State.QUEUED: 1}, True, 1, id="adds up"),
        pytest.param(3, {State.SENT: 2}, False, 0, id="one is lost"),
        pytest.param(
            4,
            {State.SENDING: 1, State.DEFERRED: 1, State.UNCERTAIN: 1, State.SKIPPED: 1},
            True,
            3,
            id="three to finish",
        ),
    ],
)
def test_the_tally(listed: int, states: dict[State, int], balanced: bool, unfinished: int) -> None:
    """Listed equals the sum of the states, or the ledger has lost somebody."""
    tally = Tally(listed=listed, states=states)

    assert (tally.balanced, tally.unfinished) == (balanced, unfinished)
