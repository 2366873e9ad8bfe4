"""The rounds of one send: its stages with a look between them, and with --wait one after each due time."""

from __future__ import annotations

import math
import time
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from dispatch.cli.console import Console, Progress
from dispatch.cli.events import iso, tell_event
from dispatch.cli.terms import Terms, read_time
from dispatch.errors import DispatchError, Paused, QuotaUsedUp, RelayAway, RunLocked
from dispatch.ledger.ledger import Ledger
from dispatch.model.delivery import Outcome, State, Tally
from dispatch.send.brake import Brake
from dispatch.send.campaign import Campaign, Wanted
from dispatch.send.outlet import Outlet
from dispatch.send.rest import rest
from dispatch.send.retry import relay_pause
from dispatch.send.run import Ending
from dispatch.wiring.clock import now
from dispatch.wiring.crew import Crew
from dispatch.wiring.drive import drive
from dispatch.wiring.hand import Shift
from dispatch.wiring.pauses import PauseNote
from dispatch.wiring.project import Project
from dispatch.wiring.relays import open_outlets

_WHOLE = (1.0,)
# Between two rounds of --wait at least, so that a copy that stays due never makes a tight loop.
_BREATH = timedelta(seconds=1)
_LAST_LETTERS = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class _Pause:
    """A rest between two rounds of --wait."""

    until: datetime
    reason: str


class Rounds:
    """Sends what is due, again and again as the terms say. The lock of the issue is held all the time."""

    def __init__(  # noqa: PLR0917 - the parts that a send is made of, all different
        self,
        console: Console,
        project: Project,
        campaign: Campaign,
        ledger: Ledger,
        terms: Terms,
        note: PauseNote,
    ) -> None:
        self.console = console
        self.project = project
        self.campaign = campaign
        self.ledger = ledger
        self.terms = terms
        self._note = note
        self._at = read_time(terms.at, "--at", now=now(), zone=project.zone)
        self._until = read_time(terms.until, "--until", now=self._at or now(), zone=project.zone)
        self._outcomes: Counter[State] = Counter()
        self._failures = 0  # rounds in a row that sent nothing, because no relay took anything

    def wait_for_the_hour(self) -> Ending:
        """Sleep until --at."""
        if self._at is None or self._at <= now():
            return Ending()
        self.console.talk(f"waiting until {self._at:%Y-%m-%d %H:%M %Z}; Ctrl-C stops, nothing is sent before")
        return drive(self._wait(self._at))

    def go(self) -> tuple[Ending, Tally]:
        """Every round; how the last one ended, with the outcomes of all of them, and the tally."""
        self._begin()
        before = self._tally()
        self._event("start", listed=before.listed, queued=before.states[State.QUEUED])
        stages = self.terms.stages or _WHOLE
        ending, tally = self._round(stages, before)
        while pause := self._pause_after(ending, tally):
            if ending.cause is None:
                stages = _WHOLE
            ending = drive(self._wait_until(pause.until, pause.reason))
            if not (ending.cause or ending.signal):
                self._begin()
                ending, tally = self._round(stages, self._tally())
        ending.outcomes = self._outcomes
        return ending, tally

    def _begin(self) -> None:
        """Take the issue up. Processes whose leader was killed are given the time to finish a letter."""
        deadline = now() + _LAST_LETTERS
        while True:
            try:
                self.campaign.begin()
            except RunLocked:
                if now() >= deadline:
                    raise
                time.sleep(0.2)
            else:
                return

    async def _wait(self, until: datetime) -> Ending:
        """Sleep until then; the ending has a signal or a cause when something came in between."""
        interruption = await rest(until, clock=now, stop_when=self._reason_to_stop)
        if interruption is None:
            return Ending()
        return Ending(signal=interruption.signal, cause=interruption.cause)

    def _round(self, stages: tuple[float | int, ...], before: Tally) -> tuple[Ending, Tally]:
        terms = self.terms
        due = before.states[State.QUEUED] + before.states[State.DEFERRED]
        wanted = min(due, terms.limit or due, terms.sample or due)
        with self.console.progress("sending", wanted) as bar:
            teller = _Teller(self.console, bar, Brake(limits=terms.abort_if), self._look_hint)
            ending = drive(self._stages(stages, teller, before, wanted))
        self._outcomes += teller.brake.outcomes
        return ending, self.campaign.conclude()

    async def _stages(
        self, stages: tuple[float | int, ...], teller: _Teller, before: Tally, wanted: int
    ) -> Ending:
        """Run once, or once for each stage with a look and a pause between them."""
        terms = self.terms
        crew = self._crew(wanted)
        reachable = before.listed - before.states[State.SKIPPED] - before.states[State.SUPPRESSED]
        done = reachable - before.unfinished
        ending = Ending()
        async with open_outlets(
            self.project, sessions=crew.own_sessions, rates=terms.rates, tell=self.console.detail
        ) as outlets:
            for number, stage in enumerate(stages, start=1):
                teller.is_last = number == len(stages)
                upto = math.ceil(round(stage * reachable, 6)) if isinstance(stage, float) else stage
                limit = max(0, upto - done - teller.count) if stages is not _WHOLE else terms.limit
                if limit == 0 and not teller.is_last:  # an earlier run has done this stage, and held after it
                    continue
                ending = await self._stage(limit, wanted, crew, outlets, teller)
                if not (ending.cause or ending.signal or teller.is_last):
                    ending = await self._look(number, teller)
                if ending.cause or ending.signal:
                    break
        return ending

    def _crew(self, wanted: int) -> Crew:
        """Who sends: never more processes than connections or copies, and the sandbox has only one."""
        terms, project = self.terms, self.project
        sessions = terms.sessions or project.settings.sending.sessions
        most = min(sessions, max(1, wanted)) if project.settings.relay else 1
        shift = Shift(
            project=project,
            issue=project.root / self.campaign.issue_file,
            list_file=terms.list_file,
            rates=terms.rates,
            sessions=sessions,
        )
        return Crew(shift, min(terms.processes, most))

    async def _stage(
        self, limit: int | None, wanted: int, crew: Crew, outlets: list[Outlet], teller: _Teller
    ) -> Ending:
        only = self.campaign.choose(self.terms.sample) if self.terms.sample else None
        want = Wanted(
            expected=wanted if limit is None else limit,
            limit=limit,
            only=only,
            until=self._until,
            stop_when=self._asked_to_pause,
        )
        return await crew.run(self.campaign, want, outlets, teller.tell, self.console.detail)

    async def _look(self, number: int, teller: _Teller) -> Ending:
        """After a stage: stop when too much went wrong, else hold."""
        figure = teller.brake.passed(at_a_stop=True)
        if figure:
            return Ending(cause=teller.too_much(figure))
        hold = self.terms.hold
        if not hold:
            return Ending()
        self._event("pause", reason=f"stage {number} is sent", seconds=hold.total_seconds())
        self.console.talk(f"stage {number} is sent; going on in {hold}")
        return await self._wait(now() + hold)

    def _pause_after(self, ending: Ending, tally: Tally) -> _Pause | None:
        """With --wait, until when to wait before the next round; None when nothing goes on by itself."""
        record = self.campaign.record
        if not self.terms.wait or ending.signal or not tally.unfinished or record is None:
            return None
        if ending.cause is None:
            self._failures = 0
            due = self.ledger.outlook(record.id).next_at
            return _Pause(max(due, now() + _BREATH), "the next attempt") if due else None
        if not isinstance(ending.cause, RelayAway | QuotaUsedUp):
            return None
        self._failures = 1 if ending.outcomes[State.SENT] else self._failures + 1
        return _Pause(now() + timedelta(seconds=relay_pause(self._failures)), ending.cause.message)

    async def _wait_until(self, until: datetime, reason: str) -> Ending:
        self._event("pause", reason=f"waiting: {reason}", until=iso(until))
        when = f"{until.astimezone(self.project.zone):%Y-%m-%d %H:%M:%S %Z}"
        self.console.talk(f"waiting until {when} ({reason}); Ctrl-C stops")
        return await self._wait(until)

    def _reason_to_stop(self) -> DispatchError | None:
        if self._until and now() >= self._until:
            return Paused(f"the window closed at {self._until:%H:%M}", hint=self._hint)
        return self._asked_to_pause()

    def _asked_to_pause(self) -> DispatchError | None:
        if not self._note.lies_there:
            return None
        return Paused("paused, as dispatch pause asked", hint=self._hint)

    @property
    def _hint(self) -> str:
        return f"go on with: dispatch resume {self.campaign.issue.file}"

    @property
    def _look_hint(self) -> str:
        file = self.campaign.issue.file
        return f"who and why: dispatch report {file}; then go on with: dispatch resume {file}"

    def _tally(self) -> Tally:
        record = self.campaign.record
        return self.ledger.tally(record.id) if record else Tally(listed=0, states={})

    def _event(self, event: str, **facts: object) -> None:
        tell_event(self.console, self.campaign.issue.slug, event, **facts)


class _Teller:
    """Tells of each outcome as it is recorded, and calls halt when --abort-if says so."""

    def __init__(self, console: Console, bar: Progress, brake: Brake, hint: str) -> None:
        self._console = console
        self._bar = bar
        self._hint = hint
        self.brake = brake
        self.is_last = True

    @property
    def count(self) -> int:
        """The copies that have an outcome."""
        return self.brake.tried

    def tell(self, outcome: Outcome) -> None:
        """Take one outcome. Raises Paused when too much goes wrong in a run that has no stage to end at."""
        self.brake.count(outcome.state)
        refused = self.brake.outcomes[State.FAILED]
        self._bar.at(self.count, f"{refused:,} refused" if refused else "")
        if self._console.json:
            self._console.object(_outcome_object(outcome))
        if self.is_last and (figure := self.brake.passed(at_a_stop=False)):
            raise self.too_much(figure)

    def too_much(self, figure: str) -> Paused:
        """Why the send stops by itself."""
        return Paused(f"stopped by --abort-if {figure}; the rest stays queued", hint=self._hint)


def _outcome_object(outcome: Outcome) -> dict[str, object]:
    return {
        "event": outcome.state.value,
        "email": outcome.claim.email,
        "code": outcome.code,
        "enhanced": outcome.enhanced,
        "reply": outcome.reply or outcome.reason,
        "at": iso(now()),
    }
