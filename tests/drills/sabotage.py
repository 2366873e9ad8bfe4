"""dispatch with protections removed, or ended at an exact point: what the twins of the drills run.

    python -m tests.drills.sabotage no-hand-over send news --yes
    python -m tests.drills.sabotage no-hand-over,dot-sent@2 send news --yes

A word is a protection to remove, a way to go, or a point; `point@2` is the second time that the program comes
by. At a point the process ends itself by SIGKILL, as a power cut would.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import wraps
from itertools import count
from pathlib import Path
from typing import Any, TypeAlias

from dispatch.cli import sending
from dispatch.cli.app import run
from dispatch.errors import LedgerUnavailable
from dispatch.feedback.imap import ImapMailbox
from dispatch.feedback.maildir import Maildir
from dispatch.feedback.rounds import Reader
from dispatch.ledger import feedback, leases, recovery
from dispatch.ledger.commits import Commits, Work
from dispatch.ledger.ledger import Ledger
from dispatch.ledger.planning import Extension, Planning
from dispatch.ledger.recovery import Recovery
from dispatch.send import campaign
from dispatch.send.campaign import Campaign
from dispatch.send.clerk import Clerk
from dispatch.send.run import Run
from dispatch.send.supply import Supply
from dispatch.send.transaction import Transaction
from dispatch.send.wire import Wire
from dispatch.send.writing import Submit
from dispatch.wiring import scribe
from dispatch.wiring.attendance import Attendance
from dispatch.wiring.project import Project

Bomb: TypeAlias = Callable[[], None]


def _replace(owner: object, name: str, other: object) -> None:
    getattr(owner, name)  # a protection that has moved is not removed by this
    setattr(owner, name, other)


# -- protections removed


def no_hand_over() -> None:
    """The dot leaves without a durable mark that it may."""

    async def always(_self: Clerk, _claim: object) -> bool:
        return True

    _replace(Clerk, "hand_over", always)


def no_recovery() -> None:
    """What a dead run had claimed stays as it is."""
    nothing = Recovery(requeued=0, uncertain=0, resent=0, assumed_sent=0)
    _replace(Ledger, "recover", lambda *_arguments, **_options: nothing)


def late_records() -> None:
    """Outcomes are written a second later, while the session goes on."""
    record = Clerk.record

    def later(self: Clerk, outcome: Any, told: Any) -> None:
        asyncio.get_running_loop().call_later(1.0, record, self, outcome, told)

    _replace(Clerk, "record", later)


def plan_in_pieces() -> None:
    """Every batch of the plan is committed as it comes."""
    add = Planning.add

    def add_and_commit(self: Planning, rows: Any) -> Any:
        stored = add(self, rows)
        self._connection.exec_driver_sql("COMMIT")
        self._connection.exec_driver_sql("BEGIN IMMEDIATE")
        return stored

    _replace(Planning, "add", add_and_commit)


def deaf() -> None:
    """SIGTERM does what it does to any program."""

    @contextmanager
    def nobody_listens(_receive: object) -> Iterator[None]:
        yield

    _replace(campaign, "signals_to", nobody_listens)


def no_abort() -> None:
    """A second signal changes nothing."""
    _replace(Run, "abort", lambda _self: None)


def reckless() -> None:
    """A ledger that has failed stops nobody."""
    hand_over, stop_for = Clerk.hand_over, Run._stop_for

    async def whatever(self: Clerk, claim: Any) -> bool:
        try:
            return await hand_over(self, claim)
        except LedgerUnavailable:
            return True

    def only_for_others(self: Run, cause: Any) -> None:
        if not isinstance(cause, LedgerUnavailable):
            stop_for(self, cause)

    _replace(Clerk, "hand_over", whatever)
    _replace(Run, "_stop_for", only_for_others)


def no_lock() -> None:
    """Everybody gets the lock of an issue."""

    @contextmanager
    def open_door(_project: Project, _slug: str, _wait: float = 0.0) -> Iterator[None]:
        yield

    _replace(sending, "only_run", open_door)


def blind() -> None:
    """Every other run is taken for dead."""
    _replace(Attendance, "is_elsewhere", lambda _self, _owner: False)


def greedy() -> None:
    """A run claims all there is at once."""
    begin = Supply.__init__

    def without_measure(self: Supply, *given: Any, block: int, **more: Any) -> None:
        begin(self, *given, block=block * 10**6, **more)

    _replace(Supply, "__init__", without_measure)


def plans_anew() -> None:
    """A run that goes on reads and renders the whole list first."""
    begin = Campaign.begin

    def read_everything(self: Campaign) -> Recovery:
        self.rehearse(None, lambda _: None)
        return begin(self)

    _replace(Campaign, "begin", read_everything)


def put_away_first() -> None:
    """Reports leave the mailbox before they are written down."""
    handle = Reader.handle
    put_away = Maildir.put_away

    def hurry(self: Reader, batch: Any) -> Any:
        for arrival in batch:
            put_away(Maildir(Path(sys.argv[sys.argv.index("--maildir") + 1])), arrival)
        return handle(self, batch)

    _replace(Reader, "handle", hurry)


# -- ways that are taken by other numbers or on other machines


def scribe_at_once() -> None:
    """Another process writes the ledger from the first claim on."""
    begin = scribe._Desk.open

    async def begin_when_ready(self: scribe._Desk, ledger: Ledger) -> Submit:
        submit = await begin(self, ledger)
        await self._change
        return submit

    _replace(scribe, "_ALONE", 0)
    _replace(scribe, "idle_cores", lambda: 1)
    _replace(scribe._Desk, "open", begin_when_ready)


# -- points at which the process ends


def _before(owner: object, name: str) -> Callable[[Bomb], None]:
    """A point where `owner.name` is called."""

    def arm(bomb: Bomb) -> None:
        original = getattr(owner, name)

        @wraps(original)
        def call(*arguments: Any, **options: Any) -> Any:
            bomb()
            return original(*arguments, **options)

        _replace(owner, name, call)

    return arm


def _after(owner: object, name: str) -> Callable[[Bomb], None]:
    """A point where `owner.name` has done its work, inside of the transaction that it works in."""

    def arm(bomb: Bomb) -> None:
        original = getattr(owner, name)

        @wraps(original)
        def call(*arguments: Any, **options: Any) -> Any:
            answer = original(*arguments, **options)
            bomb()
            return answer

        _replace(owner, name, call)

    return arm


def _after_commit(kind: str) -> Callable[[Bomb], None]:
    """A point where the writer has committed work of this kind, and nobody has heard of it."""

    def arm(bomb: Bomb) -> None:
        make = Commits.make

        def commit(self: Commits, work: Sequence[Work], now: datetime) -> list[object]:
            done = make(self, work, now)
            for one, _ in work:
                if one.name == kind:
                    bomb()
            return done

        _replace(Commits, "make", commit)

    return arm


def _after_plan(bomb: Bomb) -> None:
    planning = Ledger.planning

    @contextmanager
    def plan(self: Ledger, *arguments: Any, **options: Any) -> Iterator[Planning]:
        with planning(self, *arguments, **options) as written:
            yield written
        if self.database.place.endswith("ledger.db"):  # and not the scratch ledger of a rehearsal
            bomb()

    _replace(Ledger, "planning", plan)


def _envelope_only(bomb: Bomb) -> None:
    """The envelope is accepted while the commit of the hand-over is still to come."""
    offer = Transaction._offer
    begun = count(1)

    async def never(_self: Clerk, _claim: object) -> bool:
        await asyncio.sleep(3600)
        return False

    async def offer_and_die(self: Transaction, envelope: Any) -> Any:
        verdict = await offer(self, envelope)
        bomb()
        return verdict

    hand_over = Clerk.hand_over

    def wait_for_the_bomb(self: Clerk, claim: Any) -> Awaitable[bool]:
        return never(self, claim) if next(begun) == 1 else hand_over(self, claim)

    _replace(Transaction, "_offer", offer_and_die)
    _replace(Clerk, "hand_over", wait_for_the_bomb)


def _half_a_body(bomb: Bomb) -> None:
    send_body = Wire.send_body

    async def send_half(self: Wire, message: Sequence[bytes], seconds: float) -> None:
        whole = b"".join(message)
        self._transport.write(whole[: len(whole) // 2])
        bomb()
        await send_body(self, [whole[len(whole) // 2 :]], seconds)

    _replace(Wire, "send_body", send_half)


def _dot_sent(bomb: Bomb) -> None:
    send_body = Wire.send_body

    async def send_and_die(self: Wire, message: Sequence[bytes], seconds: float) -> None:
        await send_body(self, message, seconds)
        bomb()

    _replace(Wire, "send_body", send_and_die)


REMOVALS: dict[str, Callable[[], None]] = {
    "no-hand-over": no_hand_over,
    "no-recovery": no_recovery,
    "late-records": late_records,
    "plan-in-pieces": plan_in_pieces,
    "deaf": deaf,
    "no-abort": no_abort,
    "reckless": reckless,
    "no-lock": no_lock,
    "blind": blind,
    "greedy": greedy,
    "plans-anew": plans_anew,
    "put-away-first": put_away_first,
}
WAYS: dict[str, Callable[[], None]] = {
    "scribe-at-once": scribe_at_once,
}
POINTS: dict[str, Callable[[Bomb], None]] = {
    "planning": _after(Planning, "add"),
    "planned": _after_plan,
    "claiming": _before(Clerk, "claim"),
    "claimed": _after_commit("CLAIM"),
    "handing-over": _after(leases, "hand_over"),
    "handed-over": _after_commit("HAND_OVER"),
    "envelope": _envelope_only,
    "body": _half_a_body,
    "dot-sent": _dot_sent,
    "recording": _after(leases, "record"),
    "recorded": _after_commit("RECORD"),
    "recovering": _after(recovery, "recover"),
    "recovered": _after(Campaign, "begin"),
    "extending": _after(Extension, "finish"),
    "concluding": _before(Ledger, "mark_finished"),
    "report-writing": _after(feedback, "write"),
    "reports-written": _after(Ledger, "write_feedback"),
    "report-put-away": _after(Maildir, "put_away"),
    "report-moved": _after(ImapMailbox, "put_away"),
}


def _bomb(wanted: int) -> Bomb:
    passes = count(1)

    def pass_by() -> None:
        if next(passes) == wanted:
            os.kill(os.getpid(), signal.SIGKILL)

    return pass_by


def main() -> None:
    """Spoil the program as the first argument says, and run it with the rest."""
    for word in sys.argv[1].split(","):
        name, _, number = word.partition("@")
        if spoil := REMOVALS.get(name) or WAYS.get(name):
            spoil()
        else:
            POINTS[name](_bomb(int(number or 1)))
    sys.exit(run(sys.argv[2:]))


if __name__ == "__main__":
    main()
