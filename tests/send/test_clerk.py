"""The clerk: what the sessions ask of the ledger, and what they hear."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from dispatch.errors import DispatchError
from dispatch.ledger.ledger import Ledger
from dispatch.model.delivery import Outcome, State
from dispatch.send.clerk import Clerk
from dispatch.send.writing import in_a_thread
from tests.ledger.people import NOW, accepted, claim, counts, outcome, people, plan, scratch_ledger


def test_an_illegal_outcome_is_refused_at_the_door(tmp_path: Path) -> None:
    """The session at fault hears of it, and the others' commit is not touched."""

    async def go(ledger: Ledger) -> list[Outcome]:
        first, second = claim(ledger, plan(ledger, people(2)).id)
        told: list[Outcome] = []
        async with in_a_thread(ledger, lambda: NOW) as submit:
            clerk = Clerk(submit)
            clerk.record(accepted(first), lambda one, _: told.append(one))
            with pytest.raises(DispatchError, match="cannot go from sending to bounced"):
                clerk.record(outcome(second, State.BOUNCED), lambda one, _: told.append(one))
            await clerk.release([second])
        assert told == [accepted(first)]
        return told

    with scratch_ledger(tmp_path / "ledger.db") as ledger:
        told = asyncio.run(go(ledger))
        assert [one.state for one in told] == [State.SENT]
        assert counts(ledger, 1) == {"sent": 1, "queued": 1}
