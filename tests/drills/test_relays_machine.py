"""D21: any order of plan, claim, crash, answer, lease expiry, suppression, resume and decision.

The moves and what must hold at every moment come from tests/ledger/test_machine.py. Here the ledger is the
durable one, the program itself judges each answer, and a power cut takes the files as they lie.
"""

from __future__ import annotations

import shutil
import tempfile
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule, run_state_machine_as_test
from sqlalchemy import and_, bindparam, update

from dispatch.ledger import leases
from dispatch.ledger.connect import open_ledger
from dispatch.ledger.given import Statement
from dispatch.ledger.ledger import Ledger
from dispatch.ledger.schema import delivery
from dispatch.ledger.suppression import Suppression
from dispatch.mail.reply import Reply, Step, Verdict, judge, judge_loss, read_reply
from dispatch.model.delivery import Claim, State
from dispatch.model.settings import OnUncertain
from dispatch.send.conclude import Policy, conclude
from tests.ledger.people import URL
from tests.ledger.test_machine import AFTER, Run

REFUSALS = [
    read_reply(550, ["5.1.1 no such user"]),
    read_reply(552, ["5.2.2 mailbox full"]),
    read_reply(554, ["5.7.1 blocked"]),
    read_reply(450, ["4.2.0 greylisted"]),
    read_reply(421, ["4.7.0 too many connections"]),
    None,  # the connection is lost
]


@cache
def _empty() -> Path:
    """A folder with an empty ledger, to be copied: bringing one up to date takes longer than a step."""
    folder = Path(tempfile.mkdtemp(prefix="dispatch-machine-"))
    open_ledger(URL, root=folder).close()
    return folder


class Drill(Run):
    """The machine on a ledger that survives a power cut, with answers as relays give them."""

    def opened(self) -> Ledger:
        if not (self.folder / ".dispatch").exists():
            shutil.copytree(_empty(), self.folder, dirs_exist_ok=True)
        return open_ledger(URL, root=self.folder)

    @precondition(lambda self: self.held)
    @rule(refusal=st.sampled_from(REFUSALS), step=st.sampled_from([Step.RCPT, Step.DATA]))
    def answered_before_the_dot(self, refusal: Reply | None, step: Step) -> None:
        one = self.held.pop()
        self._conclude(one, judge(step, refusal) if refusal else judge_loss(step, False, "gone"))

    @precondition(lambda self: self.handed_over)
    @rule(refusal=st.sampled_from(REFUSALS), policy=st.sampled_from(OnUncertain))
    def answered_after_the_dot(self, refusal: Reply | None, policy: OnUncertain) -> None:
        one = self.handed_over.pop()
        accepted = (one.delivery_id, one.lease_token) in self.accepted
        reply = read_reply(250, ["2.0.0 taken"]) if accepted and refusal else refusal
        verdict = judge(Step.DOT, reply) if reply else judge_loss(Step.DOT, True, "gone")
        self._conclude(one, verdict, policy)

    @rule(days=st.sampled_from([-1, 1]))
    def the_clock_was_set(self, days: int) -> None:
        self.now += timedelta(days=days)

    @rule()
    def a_lease_runs_out(self) -> None:
        self.now += timedelta(hours=2)

    @rule(policy=st.sampled_from(OnUncertain))
    def power_cut_and_resumed(self, policy: OnUncertain) -> None:
        """The files are taken as they lie, the write-ahead log and all, and another run begins with them."""
        there = Path(tempfile.mkdtemp())
        shutil.copytree(self.folder, there, dirs_exist_ok=True)
        self.ledger.close()
        shutil.rmtree(self.folder)
        self.folder = there
        self.ledger = self.opened()
        self.lost += self._in_flight()
        self.held, self.handed_over = [], []
        self.ledger.recover(self.issue.id, now=self.now, policy=policy, uncertain_after=AFTER)
        assert self.ledger.tally(self.issue.id).states[State.SENDING] == 0

    def _conclude(
        self, one: Claim, verdict: Verdict | None, policy: OnUncertain = OnUncertain.RESEND
    ) -> None:
        assert verdict is not None
        outcome = conclude(
            one,
            verdict,
            relay="mx.example.com:25",
            losses=0,
            now=self.now,
            jitter=0.5,
            policy=Policy(max_age=timedelta(hours=24), on_uncertain=policy, uncertain_after=AFTER),
        )
        assert self.ledger.record([outcome], now=self.now) == set()
        if outcome.suppress:
            entry = Suppression(key=one.key, reason=outcome.reason, kind="hard", source=one.message_id)
            self.ledger.suppress(entry, now=self.now)


def _play(examples: int, steps: int, **more: Any) -> None:
    rules = settings(max_examples=examples, stateful_step_count=steps, deadline=None, database=None, **more)
    run_state_machine_as_test(Drill, settings=rules)


def test_d21_whatever_the_order_the_ledger_adds_up() -> None:
    """Listed is the sum of the states, the history replays to them, and nobody is handed over twice.

    Guards ledger/leases.py, hand_over: what a relay may have accepted is marked before it can.
    """
    _play(8, 30)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_d21_in_full() -> None:
    """10,000 steps."""
    _play(200, 50)


def _held_by_anybody() -> Any:
    return and_(delivery.c.id == leases._claims.c.held_id, delivery.c.state == "sending")


@pytest.mark.parametrize(
    ("where", "marks"),
    [(leases._held(leases._claims), {}), (_held_by_anybody(), {"handed_over_at": bindparam("new_at")})],
    ids=["no mark before the dot", "no comparison of the lease"],
)
def test_d21_twins(monkeypatch: pytest.MonkeyPatch, where: Any, marks: dict[str, Any]) -> None:
    """Without the mark, or without the token in the hand-over's condition, the machine finds the fault."""
    careless = update(delivery).where(where).values(updated_at=bindparam("new_at"), **marks)
    monkeypatch.setattr(leases, "_hand_over", Statement(careless))
    with pytest.raises(AssertionError):
        _play(100, 30, phases=[Phase.generate], derandomize=True)
