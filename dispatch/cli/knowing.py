"""What `status` answers: read from the ledger alone, so that it is quick."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from dispatch.cli.call import Call
from dispatch.cli.console import Console
from dispatch.cli.events import iso
from dispatch.errors import DispatchError, InputMissing
from dispatch.ledger.questions import Outlook, Questions
from dispatch.ledger.rows import IssueRecord
from dispatch.model.delivery import State, Tally
from dispatch.wiring.glance import glance_at, slug_of
from dispatch.wiring.project import Project, find_project

_WATCH_SECONDS = 1.0
_ROWS_NAMED = 10
STYLES = {
    State.SENT: "green",
    State.FAILED: "red",
    State.BOUNCED: "red",
    State.COMPLAINED: "red",
    State.UNCERTAIN: "yellow",
    State.DEFERRED: "yellow",
}
MEANINGS = {
    State.QUEUED: "still to be sent",
    State.SENDING: "on its way",
    State.SENT: "accepted by the relay",
    State.DEFERRED: "refused for now, tried again later",
    State.FAILED: "refused for good",
    State.UNCERTAIN: "the connection broke before the answer",
    State.BOUNCED: "came back afterwards",
    State.COMPLAINED: "called it spam",
    State.SUPPRESSED: "on the suppression list",
    State.SKIPPED: "duplicate, invalid or excluded",
}


def show_status(call: Call, name: str | None, *, watch: bool) -> None:
    """Print the tally of one issue; without a name that of the newest, or as JSON of all of them."""
    project = find_project(call.options.config)
    with glance_at(project) as ledger:
        if ledger is None or not ledger.issues():
            _nothing_yet(call.console, name)
            return
        if name is None and call.console.json:
            call.console.object({"issues": [status_object(ledger, record) for record in ledger.issues()]})
            return
        record = _record(project, ledger, name)
        _show_until_finished(call.console, ledger, record, project, watch=watch)
        if name is None:
            _show_others(call.console, ledger, record)


def _nothing_yet(console: Console, name: str | None) -> None:
    if name is not None:
        raise InputMissing(f"{name} has not been planned or sent", hint=f"dispatch plan {name}")
    if console.json:
        console.object({"issues": []})
    else:
        console.result("nothing has been sent yet")
        console.talk("next: dispatch plan")


def _record(project: Project, ledger: Questions, name: str | None) -> IssueRecord:
    if name is None:
        unfinished = ledger.unfinished_issues()
        return unfinished[0] if unfinished else ledger.issues()[0]
    record = ledger.issue(slug_of(project, name, ledger))
    if record is None:
        raise InputMissing(f"{name} has not been planned or sent", hint=f"dispatch plan {name}")
    return record


def _show_until_finished(
    console: Console, ledger: Questions, record: IssueRecord, project: Project, *, watch: bool
) -> None:
    while True:
        now = ledger.issue(record.slug) or record
        tally = ledger.tally(now.id)
        if console.json:
            console.object(status_object(ledger, now))
        else:
            show_tally(console, now.slug, tally, ledger.outlook(now.id), project.zone)
        refuse_breach(ledger, now, tally)
        if not watch or tally.unfinished == 0:
            return
        time.sleep(_WATCH_SECONDS)


def refuse_breach(ledger: Questions, record: IssueRecord, tally: Tally) -> None:
    """Raises DispatchError, with the rows named, when the states do not sum up to the rows listed."""
    if tally.balanced:
        return
    rows = ledger.audit(record.id)
    named = "; ".join(rows[:_ROWS_NAMED]) or "the history names no row"
    raise DispatchError(
        f"the ledger does not add up: {tally.listed} listed, {sum(tally.states.values())} counted: {named}",
        hint="keep .dispatch/ as it is, and look at all of it with: dispatch doctor --ledger",
    )


def _show_others(console: Console, ledger: Questions, shown: IssueRecord) -> None:
    for record in ledger.issues():
        if record.id == shown.id or console.json:
            continue
        tally = ledger.tally(record.id)
        console.result(f"{record.slug}: {tally.states[State.SENT]:,} of {tally.listed:,} sent")


def show_tally(console: Console, slug: str, tally: Tally, ahead: Outlook, zone: ZoneInfo) -> None:
    """The tally as a small table: the states that somebody is in, the sum, and what is still to come."""
    console.result((slug, "bold"))
    for state in State:
        if count := tally.states[state]:
            style = STYLES.get(state, "")
            console.result("  ", (f"{count:>9,}  {state.value:<10}", style), "  ", (MEANINGS[state], "dim"))
    sign = "adds up" if tally.balanced else "DOES NOT ADD UP"
    console.result(f"  {tally.listed:>9,}  listed      ", (sign, "dim" if tally.balanced else "bold red"))
    for line in _to_come(ahead, zone):
        console.result("  ", line)


def _to_come(ahead: Outlook, zone: ZoneInfo) -> Iterator[str]:
    """What the unfinished copies wait for, a line for each kind."""
    if ahead.deferred_at:
        at = f"{ahead.deferred_at.astimezone(zone):%Y-%m-%d %H:%M:%S %Z}"
        yield f"{ahead.deferred:,} deferred: next attempt at {at}"
    if ahead.resent_at:
        at = f"{ahead.resent_at.astimezone(zone):%Y-%m-%d %H:%M:%S %Z}"
        yield f"{ahead.resent:,} uncertain: sent once more from {at} on"
    if ahead.held:
        yield f"{ahead.held:,} uncertain and held until you decide: dispatch resolve"


def status_object(ledger: Questions, record: IssueRecord) -> Mapping[str, Any]:
    """The tally of one issue for --json."""
    tally = ledger.tally(record.id)
    return {
        "issue": record.slug,
        "listed": tally.listed,
        "states": {state.value: tally.states[state] for state in State},
        "balanced": tally.balanced,
        "next_attempt_at": iso(ledger.outlook(record.id).next_at),
        "started_at": iso(record.started_at),
        "finished_at": iso(record.finished_at),
    }
