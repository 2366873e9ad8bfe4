"""What `send` does, as a careful person would: look, ask, write down, send, count."""

from __future__ import annotations

from collections.abc import Callable

from dispatch.cli.asking import confirm_sending
from dispatch.cli.call import Call
from dispatch.cli.ending import report_end, states_object
from dispatch.cli.events import tell_event
from dispatch.cli.plan_file import KeptPlan, read_plan_file
from dispatch.cli.rounds import Rounds
from dispatch.cli.terms import Terms
from dispatch.errors import UsageError
from dispatch.ledger.ledger import Ledger
from dispatch.model.content import in_words
from dispatch.model.delivery import State, Tally
from dispatch.send.campaign import Campaign
from dispatch.wiring.attendance import attending
from dispatch.wiring.books import ledger_of
from dispatch.wiring.campaigns import open_campaign
from dispatch.wiring.locks import only_run
from dispatch.wiring.pauses import pause_note
from dispatch.wiring.project import find_project

# Done first, while the lock is held; False when there is nothing to send for.
Preparation = Callable[[Campaign, Ledger], bool]


def send_issue(call: Call, name: str, terms: Terms, prepare: Preparation = lambda *_: True) -> int:
    """Make true that everyone of the list has the issue. The answer is the exit code."""
    if terms.wait and (terms.limit or terms.sample):
        raise UsageError(
            "--wait finishes everyone, --limit and --sample leave some out: one or the other",
            hint="dispatch send --help",
        )
    project = find_project(call.options.config)
    kept = read_plan_file(terms.plan_file) if terms.plan_file else None
    terms = kept.terms(terms, project) if kept else terms
    path = project.find_issue(name)
    slug = project.read_issue(path).slug
    wait = terms.lock_wait.total_seconds()
    with only_run(project, slug, wait), attending(project) as attendance, ledger_of(project) as ledger:
        note = pause_note(project, slug)
        if note.clear():
            call.console.talk("a request to pause was left behind by an earlier run; it is gone now")
        campaign = open_campaign(
            project,
            path,
            list_file=terms.list_file,
            ledger=ledger,
            attendance=attendance,
            tell=call.console.detail,
        )
        if not prepare(campaign, ledger):
            return 0
        rounds = Rounds(call.console, project, campaign, ledger, terms, note)
        try:
            return _Sending(rounds, kept).go()
        finally:
            note.clear()


class _Sending:
    """One `send`, while the lock of its issue is held."""

    def __init__(self, rounds: Rounds, kept: KeptPlan | None) -> None:
        self._rounds = rounds
        self._kept = kept
        self._console = rounds.console
        self._project = rounds.project
        self._campaign = rounds.campaign
        self._ledger = rounds.ledger
        self._terms = rounds.terms

    def go(self) -> int:
        if self._kept:
            self._kept.hold(self._campaign)
        if not (self._plan() if self._campaign.record is None else self._continue()):
            return 0
        waited = self._rounds.wait_for_the_hour()
        if waited.cause:
            raise waited.cause
        if waited.signal:
            return 128 + waited.signal
        ending, tally = self._rounds.go()
        return report_end(self._rounds, ending, tally)

    def _plan(self) -> bool:
        """Plan an issue that is new; False when there is nothing more to do (--dry-run)."""
        from dispatch.cli.first_time import plan_new

        return plan_new(self._rounds, self._kept)

    def _continue(self) -> bool:
        """Take up an issue that is planned; False when everyone has it."""
        console, terms, campaign = self._console, self._terms, self._campaign
        tally = self._tally()
        if tally.unfinished or terms.new:
            if terms.accept_changes:
                self._accept_changes()
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
            confirm_sending(console, campaign.issue.file, left, terms)
        return True

    def _accept_changes(self) -> None:
        from dispatch.cli.first_time import refuse_unfit

        refuse_unfit(self._rounds)
        if self._terms.dry_run:
            return
        with self._console.progress("planning", None) as bar:
            changed = self._campaign.accept_changes(bar.at)
        self._console.talk(f"{in_words(changed)} since the plan; who is still to get it gets it as it is now")
        tell_event(self._console, self._campaign.issue.slug, "changes", changed=list(changed))

    def _say_already_sent(self, tally: Tally) -> None:
        slug = self._campaign.issue.slug
        tell_event(self._console, slug, "end", states=states_object(tally), already_sent=True)
        if not (self._console.json or self._console.quiet):
            self._console.result(f"{slug}: already sent to all {tally.states[State.SENT]:,} who can have it")
        self._console.talk("people who joined since: dispatch send --new")

    def _tally(self) -> Tally:
        record = self._campaign.record
        return self._ledger.tally(record.id) if record else Tally(listed=0, states={})
