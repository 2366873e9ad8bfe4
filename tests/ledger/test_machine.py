"""Any order of plan, claim, hand-over, reply, crash, recovery and suppression: the ledger adds up.

Hypothesis plays the run, the relay and the power cut. Beside the ledger it keeps what the relay really
accepted, so that a lost or a needless second copy is seen too.
"""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from datetime import timedelta
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import select

from dispatch.ledger.ledger import Ledger
from dispatch.ledger.rows import Delivery, delivery_record
from dispatch.ledger.schema import delivery
from dispatch.ledger.suppression import Suppression
from dispatch.model.delivery import Claim, State
from dispatch.model.settings import OnUncertain
from tests.ledger.people import NOW, accepted, bad_row, claim, outcome, people, person, plan, scratch_ledger

AFTER = timedelta(minutes=10)
REFUSALS = [State.DEFERRED, State.FAILED, State.QUEUED, State.SKIPPED]
BY_REPORT = [State.BOUNCED, State.COMPLAINED, State.SKIPPED, State.FAILED, State.SENT, State.QUEUED]


class Run(RuleBasedStateMachine):
    """One issue, one run at a time, and a relay that accepts what is handed over, or does not."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.ledger = self.opened()
        self.now = NOW
        self.held: list[Claim] = []  # claims of the run that goes on
        self.handed_over: list[Claim] = []  # those whose dot may leave
        self.lost: list[Claim] = []  # claims of runs that ended
        self.accepted: set[tuple[int, int]] = set()  # delivery id and lease token

    def opened(self) -> Ledger:
        """The ledger in the folder; a quick one here, a durable one in the drill that inherits this."""
        return scratch_ledger(self.folder / "ledger.db")

    def teardown(self) -> None:
        self.ledger.close()
        shutil.rmtree(self.folder)

    @initialize(count=st.integers(1, 8), twice=st.integers(0, 8))
    def planned(self, count: int, twice: int) -> None:
        self.issue = plan(self.ledger, [*people(count), person(twice, line=50), bad_row(51)])

    @rule(minutes=st.sampled_from([1, 5, 10, 60]))
    def time_passes(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @rule(limit=st.integers(1, 5))
    def claimed(self, limit: int) -> None:
        taken = claim(self.ledger, self.issue.id, limit=limit, now=self.now)
        assert not {one.delivery_id for one in taken} & {one.delivery_id for one in self._in_flight()}
        self.held += taken

    @precondition(lambda self: self.held)
    @rule(data=st.data(), reaches_the_relay=st.booleans())
    def handed_over_one(self, data: st.DataObject, reaches_the_relay: bool) -> None:
        one = self.held.pop(data.draw(st.integers(0, len(self.held) - 1)))
        assert self.ledger.hand_over([one], now=self.now) == set()
        self.handed_over.append(one)
        if reaches_the_relay:
            self.accepted.add((one.delivery_id, one.lease_token))

    @precondition(lambda self: self.handed_over)
    @rule(data=st.data(), reply_is_lost=st.booleans(), refusal=st.sampled_from(REFUSALS))
    def replied(self, data: st.DataObject, reply_is_lost: bool, refusal: State) -> None:
        one = self.handed_over.pop(data.draw(st.integers(0, len(self.handed_over) - 1)))
        due = self.now + AFTER
        if reply_is_lost:
            said = outcome(one, State.UNCERTAIN, next_attempt_at=due)
        elif (one.delivery_id, one.lease_token) in self.accepted:
            said = accepted(one)
        else:
            said = outcome(one, refusal, next_attempt_at=due)
        assert self.ledger.record([said], now=self.now) == set()

    @precondition(lambda self: self.held)
    @rule(refusal=st.sampled_from(REFUSALS), gives_back=st.booleans())
    def refused_before_the_dot(self, refusal: State, gives_back: bool) -> None:
        one = self.held.pop()
        if gives_back:
            assert self.ledger.release([one], now=self.now) == set()
        else:
            said = outcome(one, refusal, next_attempt_at=self.now + AFTER)
            assert self.ledger.record([said], now=self.now) == set()

    @rule(policy=st.sampled_from([OnUncertain.RESEND, OnUncertain.RESEND, OnUncertain.HOLD]))
    def crashed_and_recovered(self, policy: OnUncertain) -> None:
        self.lost += self._in_flight()
        self.held, self.handed_over = [], []
        self.ledger.recover(self.issue.id, now=self.now, policy=policy, uncertain_after=AFTER)
        assert self.ledger.tally(self.issue.id).states[State.SENDING] == 0

    @precondition(lambda self: self.lost)
    @rule(data=st.data())
    def a_ghost_speaks(self, data: st.DataObject) -> None:
        one = data.draw(st.sampled_from(self.lost))
        assert self.ledger.hand_over([one], now=self.now) == {one.delivery_id}
        assert self.ledger.record([accepted(one)], now=self.now) == {one.delivery_id}

    @rule(number=st.integers(0, 8), joins=st.booleans())
    def suppression_changed(self, number: int, joins: bool) -> None:
        key = f"reader{number}@example.com"
        if joins:
            self.ledger.suppress(Suppression(key=key, reason="left", kind="x", source="y"), now=self.now)
        else:
            self.ledger.unsuppress(key)

    @rule(delivery_id=st.integers(1, 12), state=st.sampled_from(BY_REPORT))
    def reported_or_decided(self, delivery_id: int, state: State) -> None:
        self.ledger.move([delivery_id], to=state, detail="somebody said so", now=self.now)

    @rule(count=st.integers(1, 10))
    def people_joined(self, count: int) -> None:
        with self.ledger.extending(self.issue, now=self.now, message_date=self.now) as extension:
            extension.add([*people(count), bad_row(60)])
            extension.finish(list_hash="l2")
        renewed = self.ledger.issue("one")
        assert renewed is not None
        self.issue = renewed

    @invariant()
    def the_ledger_adds_up(self) -> None:
        tally = self.ledger.tally(self.issue.id)
        assert tally.balanced
        assert tally.listed == self.issue.listed
        assert self.ledger.audit(self.issue.id) == []

    @invariant()
    def every_row_makes_sense(self) -> None:
        copies = Counter(delivery_id for delivery_id, _ in self.accepted)
        for row in self._rows():
            # Nobody has a copy that could have been avoided, and nobody with a copy is taken for unsent.
            assert copies[row.id] <= 1 + row.resends
            if row.state in {State.QUEUED, State.DEFERRED}:
                assert copies[row.id] <= row.resends
            if row.state is State.DEFERRED:
                assert row.next_attempt_at is not None

    def _in_flight(self) -> list[Claim]:
        return [*self.held, *self.handed_over]

    def _rows(self) -> list[Delivery]:
        with self.ledger.database.reading() as connection:
            return [delivery_record(row) for row in connection.execute(select(delivery))]


Run.TestCase.settings = settings(max_examples=20, stateful_step_count=25, deadline=None)
TestRun = Run.TestCase
