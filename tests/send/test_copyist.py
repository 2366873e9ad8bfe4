"""The copyist writes ahead, and what it wrote is what would have been written."""

from __future__ import annotations

import pytest

from dispatch.mail.header import HeaderUnsafe
from dispatch.mail.letter import Letter
from dispatch.model.address import parse_address
from dispatch.model.delivery import Claim
from dispatch.send.copyist import Copyist
from tests.send.test_conclude import CLAIM

ANN = parse_address("ann@example.com")


class Desk:
    """Composes letters that say for whom they are, and remembers which it was asked for."""

    def __init__(self, *ids: int) -> None:
        self.claims = [CLAIM._replace(delivery_id=one) for one in ids]
        self.asked: list[int] = []
        self.copyist = Copyist(self.compose, lambda count: iter(self.claims[:count]))

    def compose(self, claim: Claim, *, marked: bool) -> Letter:
        self.asked.append(claim.delivery_id)
        if claim.delivery_id < 0:
            raise HeaderUnsafe("To", "a line end")
        return Letter(ANN, [b"%d" % claim.delivery_id], envelope_id="mark" if marked else "")

    def next(self, *, marked: bool = False) -> Letter:
        return self.copyist.letter(self.claims.pop(0), marked=marked)


def test_everybody_gets_their_own_letter_written_once() -> None:
    """Whoever asks first has the next ones written too."""
    desk = Desk(*range(1, 101))
    assert [desk.next().message for _ in range(100)] == [b"%d" % one for one in range(1, 101)]
    assert sorted(desk.asked) == list(range(1, 101))
    first = Desk(*range(1, 101))
    first.next()
    assert len(first.asked) == 17


def test_a_letter_that_cannot_be_written_is_told_in_its_own_turn() -> None:
    """The copies before and behind it are not touched."""
    desk = Desk(1, -2, 3)
    assert desk.next().message == b"1"
    with pytest.raises(HeaderUnsafe):
        desk.next()
    assert desk.next().message == b"3"


def test_a_relay_that_carries_marks_gets_one() -> None:
    """Also on a letter that was written ahead beside a relay that carries none."""
    desk = Desk(1, 2, 3)
    assert desk.next().envelope_id == ""
    assert [desk.next(marked=True).envelope_id for _ in range(2)] == ["mark", "mark"]


def test_what_is_never_asked_for_does_not_stay() -> None:
    """Copies that are set aside for hours do not have their letters kept all the while."""
    desk = Desk()
    for start in range(0, 3200, 16):
        desk.claims = [CLAIM._replace(delivery_id=start + one) for one in range(16)]
        desk.next()
        desk.claims = []
    assert len(desk.copyist._written) < 100
