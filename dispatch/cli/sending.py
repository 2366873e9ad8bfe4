"""What `plan`, `send` and `resume` do, as a careful person would: look, ask, write down, send, count."""

from __future__ import annotations

import asyncio
import json
import os
import time
from dataclasses import replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from dispatch.cli.call import Call
from dispatch.cli.choice import chosen_issue
from dispatch.cli.console import Console, Progress
from dispatch.cli.drive import drive
from dispatch.cli.knowing import show_tally
from dispatch.cli.plan_screen import plan_object, show_plan_screen
from dispatch.cli.terms import Terms, read_time
from dispatch.errors import InputMissing
from dispatch.ledger.ledger import Ledger
from dispatch.model.delivery import Outcome, State, Tally
from dispatch.send.campaign import Campaign, Wanted
from dispatch.send.plan import Plan
from dispatch.send.run import Ending
from dispatch.wiring.books import ledger_if_any, ledger_of, now, path_of
from dispatch.wiring.campaigns import open_campaign
from dispatch.wiring.project import Project, find_project, shown
from dispatch.wiring.relays import open_outlets

_TYPE_THE_NUMBER_ABOVE = 20


def show_plan(call: Call, name: str | None, terms: Terms, out: Path | None) -> None:
    """Count who would get the issue and print it; `out` gets it as JSON."""
    project = find_project(call.options.config)
    path = chosen_issue(call.console, project, name)
    with ledger_if_any(project) as ledger:
        campaign = open_campaign(project, path, list_file=terms.list_file, ledger=ledger)
        plan, list_hash = _rehearse(call.console, campaign, terms)
    facts = plan_object(project, campaign, plan, list_hash, terms)
    if out is not None:
        out.write_text(json.dumps({"v": 1, **facts}, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    if call.console.json:
        call.console.object(facts)
        return
    show_plan_screen(call.console, project, campaign, plan, terms)
    call.console.talk(f"next: dispatch send {shown(path)}")


def send_issue(call: Call, name: str, terms: Terms) -> int:
    """Make true that everyone of the list has the issue. The answer is the exit code."""
    project = find_project(call.options.config)
    path = project.find_issue(name)
    slug = project.read_issue(path).slug
    with project.lock(slug, terms.lock_wait.total_seconds()), ledger_of(project) as ledger:
        campaign = open_campaign(project, path, list_file=terms.list_file, ledger=ledger)
        return _Sending(call.console, project, campaign, ledger, terms).go()


def resume_issues(call: Call, name: str | None, terms: Terms) -> int:
    """Go on with one issue, or with every unfinished one. The answer is the gravest exit code."""
    project = find_project(call.options.config)
    with ledger_if_any(project) as ledger:
        if ledger is None:
            raise InputMissing("nothing has been sent yet", hint="dispatch send ISSUE")
        if name is not None:
            paths = [project.find_issue(name)]
        else:
            paths = [path_of(project, record) for record in reversed(ledger.unfinished_issues())]
    if not paths:
        call.console.talk("nothing is unfinished")
    terms = replace(terms, yes=True)
    return max((send_issue(call, str(path), terms) for path in paths), default=0)


class _Sending:
    """One `send`, while the lock of its issue is held."""

    def __init__(
        self, console: Console, project: Project, campaign: Campaign, ledger: Ledger, terms: Terms
    ) -> None:
        self._console = console
        self._project = project
        self._campaign = campaign
        self._ledger = ledger
        self._terms = terms
        self._zone = ZoneInfo(project.settings.newsletter.timezone)
        self._at = read_time(terms.at, "--at", now=now(), zone=self._zone)
        self._until = read_time(terms.until, "--until", now=self._at or now(), zone=self._zone)

    def go(self) -> int:
        ready = self._plan() if self._campaign.record is None else self._continue()
        if not ready:
            return 0
        self._wait_for_the_hour()
        ending, tally = self._send()
        return self._report(ending, tally)

    def _plan(self) -> bool:
        """Plan an issue that is new; False when there is nothing more to do (--dry-run)."""
        console, terms = self._console, self._terms
        if terms.dry_run or not terms.yes:
            plan, _ = _rehearse(console, self._campaign, terms)
            show_plan_screen(console, self._project, self._campaign, plan, terms)
            if terms.dry_run:
                console.talk("a dry run: nothing was planned or sent")
                return False
            self._confirm(_wanted(plan.to_send, terms))
        where = self._campaign.segment(terms.where)
        with console.progress("planning", None) as bar:
            plan = self._campaign.plan(where, bar.at)
        if terms.yes:
            show_plan_screen(console, self._project, self._campaign, plan, terms)
        return True

    def _continue(self) -> bool:
        """Take up an issue that is planned; False when everyone has it."""
        console, terms, campaign = self._console, self._terms, self._campaign
        tally = self._tally()
        if tally.unfinished or terms.new:
            if terms.accept_changes:
                campaign.accept_changes(lambda _: None)
            campaign.refuse_changes()
        if terms.new and not terms.dry_run:
            where = self._campaign.segment(terms.where)
            with console.progress("planning", None) as bar:
                plan = campaign.extend(where, bar.at)
            console.talk(f"{plan.to_send:,} new on the list since the plan")
            tally = self._tally()
        if tally.unfinished == 0:
            self._say_already_sent(tally)
            return False
        left = tally.states[State.QUEUED] + tally.states[State.DEFERRED] + tally.states[State.SENDING]
        console.talk(
            f"going on with {campaign.issue.slug}: {tally.unfinished:,} of {tally.listed:,} unfinished"
        )
        if terms.dry_run:
            return False
        if not terms.yes and left:
            self._confirm(_wanted(left, terms))
        return True

    def _say_already_sent(self, tally: Tally) -> None:
        slug = self._campaign.issue.slug
        self._event("end", states=_states(tally), already_sent=True)
        if not self._console.json:
            self._console.result(f"{slug}: already sent to all {tally.states[State.SENT]:,} who can have it")
        self._console.talk("people who joined since: dispatch send --new")

    def _confirm(self, count: int) -> None:
        hint = f"to send without being asked: dispatch send {self._campaign.issue.file} --yes"
        if count > _TYPE_THE_NUMBER_ABOVE:
            self._console.confirm(f"Type {count} to send to {count:,} people:", str(count), hint=hint)
        else:
            self._console.confirm(f"Send to {count} {_people(count)}? Type yes:", "yes", hint=hint)

    def _wait_for_the_hour(self) -> None:
        at = self._at
        if at is None or at <= now():
            return
        self._console.talk(f"waiting until {at:%Y-%m-%d %H:%M %Z}; Ctrl-C stops, nothing is sent before")
        while (left := (at - now()).total_seconds()) > 0:
            time.sleep(min(left, 1.0))

    def _send(self) -> tuple[Ending, Tally]:
        campaign, terms = self._campaign, self._terms
        campaign.begin()
        tally = self._tally()
        due = tally.states[State.QUEUED] + tally.states[State.DEFERRED]
        self._event("start", listed=tally.listed, queued=tally.states[State.QUEUED])
        with self._console.progress("sending", _wanted(due, terms)) as bar:
            ending = drive(self._stages(bar, tally))
        return ending, campaign.conclude()

    async def _stages(self, bar: Progress, tally: Tally) -> Ending:
        """Run once, or once for each stage with a pause between them."""
        terms = self._terms
        teller = _Teller(self._console, bar)
        reachable = tally.listed - tally.states[State.SKIPPED] - tally.states[State.SUPPRESSED]
        done = reachable - tally.unfinished
        ending = Ending()
        async with open_outlets(self._project, sessions=terms.sessions, rates=terms.rates) as outlets:
            for number, stage in enumerate(terms.stages or (1.0,)):
                upto = round(stage * reachable) if isinstance(stage, float) else stage
                limit = terms.limit if not terms.stages else max(0, upto - done - teller.count)
                if number and terms.hold:
                    self._event("pause", seconds=terms.hold.total_seconds())
                    self._console.talk(f"stage {number} is sent; going on in {terms.hold}")
                    await asyncio.sleep(terms.hold.total_seconds())
                ending = await self._campaign.run(self._wanted(limit), outlets, teller.tell)
                if ending.cause or ending.signal:
                    break
        return ending

    def _wanted(self, limit: int | None) -> Wanted:
        only = self._campaign.choose(self._terms.sample) if self._terms.sample else None
        return Wanted(owner=f"process {os.getpid()}", limit=limit, only=only, until=self._until)

    def _report(self, ending: Ending, tally: Tally) -> int:
        campaign, console = self._campaign, self._console
        record = campaign.record
        next_attempt = self._ledger.next_attempt_at(record.id) if record else None
        self._event("end", states=_states(tally), balanced=tally.balanced, next_attempt_at=next_attempt)
        if not console.json and not (console.quiet and tally.unfinished == 0):
            show_tally(console, campaign.issue.slug, tally, next_attempt, self._zone)
        if ending.cause:
            raise ending.cause
        self._say_what_is_next(tally)
        if ending.signal:
            return 128 + ending.signal
        if tally.unfinished:
            return 75
        return 3 if ending.outcomes[State.FAILED] else 0

    def _say_what_is_next(self, tally: Tally) -> None:
        file = self._campaign.issue.file
        if not self._project.settings.relay:
            outbox = shown(self._project.outbox)
            self._console.talk(
                f"no relay is configured: the mail was caught in {outbox} (Maildir), try: mutt -f {outbox}"
            )
        if tally.unfinished:
            self._console.talk(f"next: dispatch resume {file}")
        elif tally.states[State.FAILED]:
            self._console.talk(f"who and why: dispatch why ADDRESS {file}")
        else:
            self._console.talk(f"one person's story: dispatch why ADDRESS {file}")

    def _tally(self) -> Tally:
        record = self._campaign.record
        return self._ledger.tally(record.id) if record else Tally(listed=0, states={})

    def _event(self, event: str, **facts: Any) -> None:
        if self._console.json:
            at = now().isoformat(timespec="milliseconds")
            self._console.object({"event": event, "issue": self._campaign.issue.slug, **facts, "at": at})


class _Teller:
    """Tells of each outcome as it is recorded: an event a line, or the progress bar."""

    def __init__(self, console: Console, bar: Progress) -> None:
        self._console = console
        self._bar = bar
        self._refused = 0
        self.count = 0

    def tell(self, outcome: Outcome) -> None:
        self.count += outcome.state is not State.QUEUED
        self._refused += outcome.state is State.FAILED
        self._bar.at(self.count, f"{self._refused:,} refused" if self._refused else "")
        if self._console.json:
            self._console.object(
                {
                    "event": outcome.state.value,
                    "email": outcome.claim.email,
                    "code": outcome.code,
                    "enhanced": outcome.enhanced,
                    "reply": outcome.reply or outcome.reason,
                    "at": now().isoformat(timespec="milliseconds"),
                }
            )


def _rehearse(console: Console, campaign: Campaign, terms: Terms) -> tuple[Plan, str]:
    where = campaign.segment(terms.where)
    with console.progress("reading the list", None) as bar:
        plan, list_hash = campaign.rehearse(where, bar.at)
    return plan, list_hash


def _wanted(count: int, terms: Terms) -> int:
    return min(count, terms.limit or count, terms.sample or count)


def _people(count: int) -> str:
    return "person" if count == 1 else "people"


def _states(tally: Tally) -> dict[str, int]:
    return {state.value: tally.states[state] for state in State}
