"""Letters behind the pages: sent after the answer, tried again, and never named in the log."""

from __future__ import annotations

import asyncio

import pytest

from dispatch.errors import RelayAway
from dispatch.mail.letter import Letter
from dispatch.mail.reply import Reply, Scope, Step, Verdict
from dispatch.model.address import parse_address
from dispatch.model.delivery import State
from dispatch.web import postbox
from dispatch.web.postbox import Postbox

LETTER = Letter(to=parse_address("ann@example.com"), chunks=[b""])


def _verdict(state: State, code: int) -> Verdict:
    reply = Reply(code, "5.1.1", "<ann@example.com> no such user")
    return Verdict(scope=Scope.RECIPIENT, state=state, step=Step.RCPT, reply=reply)


def _course(monkeypatch: pytest.MonkeyPatch, *answers: Verdict | Exception) -> tuple[int, list[str]]:
    """How often one letter was tried with these answers, and what was told."""
    monkeypatch.setattr(postbox, "_PAUSES", (0.0, 0.0))
    waiting, told = list(answers), list[str]()

    async def deliver(_letter: Letter) -> Verdict:
        answer = waiting.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def course() -> None:
        box = Postbox(deliver, told.append)
        assert box.put(LETTER)
        work = asyncio.create_task(box.work())
        await box._letters.join()
        await box.close()
        work.cancel()

    asyncio.run(course())
    return len(answers) - len(waiting), told


def test_a_letter_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """A relay that is away, or defers, gets another chance."""
    away, later, sent = (
        RelayAway("no relay answers"),
        _verdict(State.DEFERRED, 451),
        _verdict(State.SENT, 250),
    )
    assert _course(monkeypatch, away, later, sent)[0] == 3
    assert _course(monkeypatch, away, away, away, sent)[0] == 3


def test_a_refusal_is_final_and_names_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """The log has the codes; the words of the reply stay out of it."""
    tries, told = _course(monkeypatch, _verdict(State.FAILED, 550), _verdict(State.SENT, 250))
    assert (tries, len(told)) == (1, 1)
    assert "550 5.1.1" in told[0]
    assert "ann" not in told[0]


def test_a_full_box_takes_no_more() -> None:
    """So that nobody fills the memory."""

    async def deliver(_letter: Letter) -> Verdict:
        return _verdict(State.SENT, 250)

    async def fill() -> int:
        box = Postbox(deliver, lambda _words: None)
        return sum(box.put(LETTER) for _ in range(1000))

    assert asyncio.run(fill()) == 200
