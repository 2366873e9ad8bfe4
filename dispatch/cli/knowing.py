"""What `status` and `why` answer: read from the ledger alone, so that they are quick."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from dispatch.cli.call import Call
from dispatch.cli.console import Console
from dispatch.cli.events import iso
from dispatch.errors import DispatchError, InputMissing, UsageError
from dispatch.ledger.copies import Outlook, outlook
from dispatch.ledger.ledger import Ledger
from dispatch.ledger.rows import IssueRecord
from dispatch.ledger.story import Story
from dispatch.ledger.suppression import Suppression
from dispatch.model.address import AddressInvalid, parse_address
from dispatch.model.delivery import State, Tally
from dispatch.wiring.books import ledger_if_any, slug_of
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
    with ledger_if_any(project) as ledger:
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


def _record(project: Project, ledger: Ledger, name: str | None) -> IssueRecord:
    if name is None:
        unfinished = ledger.unfinished_issues()
        return unfinished[0] if unfinished else ledger.issues()[0]
    record = ledger.issue(slug_of(project, name, ledger))
    if record is None:
        raise InputMissing(f"{name} has not been planned or sent", hint=f"dispatch plan {name}")
    return record


def _show_until_finished(
    console: Console, ledger: Ledger, record: IssueRecord, project: Project, *, watch: bool
) -> None:
    while True:
        now = ledger.issue(record.slug) or record
        tally = ledger.tally(now.id)
        if console.json:
            console.object(status_object(ledger, now))
        else:
            show_tally(console, now.slug, tally, outlook(ledger, now.id), project.zone)
        refuse_breach(ledger, now, tally)
        if not watch or tally.unfinished == 0:
            return
        time.sleep(_WATCH_SECONDS)


def refuse_breach(ledger: Ledger, record: IssueRecord, tally: Tally) -> None:
    """Raises DispatchError, with the rows named, when the states do not sum up to the rows listed."""
    if tally.balanced:
        return
    rows = ledger.audit(record.id)
    named = "; ".join(rows[:_ROWS_NAMED]) or "the history names no row"
    raise DispatchError(
        f"the ledger does not add up: {tally.listed} listed, {sum(tally.states.values())} counted: {named}",
        hint="keep .dispatch/ as it is, and look at all of it with: dispatch doctor --ledger",
    )


def _show_others(console: Console, ledger: Ledger, shown: IssueRecord) -> None:
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


def status_object(ledger: Ledger, record: IssueRecord) -> Mapping[str, Any]:
    """The tally of one issue for --json."""
    tally = ledger.tally(record.id)
    next_attempt = ledger.next_attempt_at(record.id)
    return {
        "issue": record.slug,
        "listed": tally.listed,
        "states": {state.value: tally.states[state] for state in State},
        "balanced": tally.balanced,
        "next_attempt_at": iso(next_attempt),
        "started_at": iso(record.started_at),
        "finished_at": iso(record.finished_at),
    }


def show_story(call: Call, address: str, name: str | None) -> None:
    """Print what happened to one person."""
    project = find_project(call.options.config)
    try:
        key = parse_address(address).key
    except AddressInvalid as error:
        raise UsageError(f"{address} is not an address: {error}", hint="dispatch why --help") from error
    with ledger_if_any(project) as ledger:
        if ledger is None:
            raise InputMissing("nothing has been sent yet", hint="dispatch send ISSUE")
        slug = slug_of(project, name, ledger) if name else None
        stories = ledger.explain(key, slug)
        entry = ledger.suppression_of(key)
        if not stories and entry is None:
            raise InputMissing(_unknown(address, slug), hint=_unknown_hint(name))
    zone = project.zone
    for story in stories:
        if call.console.json:
            call.console.object({**_story_object(story), "suppression": entry and suppression_object(entry)})
        else:
            _show_story(call.console, story, zone)
    if entry is not None:
        _show_suppression(call.console, address, entry, zone, alone=not stories)


def _show_suppression(
    console: Console, address: str, entry: Suppression, zone: ZoneInfo, *, alone: bool
) -> None:
    """Why they get no mail whatever the list says; `alone` when no issue was ever planned for them."""
    if console.json:
        if alone:
            console.object({"email": address, "issue": None, "suppression": suppression_object(entry)})
        return
    since = f" since {entry.at.astimezone(zone):%Y-%m-%d %H:%M:%S}" if entry.at else ""
    source = f"  ({entry.source})" if entry.source else ""
    console.result(
        (address, "bold"), f"  on the suppression list{since}: ", (entry.reason, "yellow"), (source, "dim")
    )


def suppression_object(entry: Suppression) -> Mapping[str, Any]:
    """An entry of the suppression list for --json."""
    return {"reason": entry.reason, "class": entry.kind, "source": entry.source, "since": iso(entry.at)}


def _unknown(address: str, slug: str | None) -> str:
    return f"{address} is not in the plan of {slug or 'any issue'}"


def _unknown_hint(name: str | None) -> str:
    return f"look at the rows left out with: dispatch plan {name or ''}".rstrip()


def _show_story(console: Console, story: Story, zone: ZoneInfo) -> None:
    copy = story.delivery
    console.result(
        (copy.email, "bold"), f"  {story.issue.slug}  ", (copy.state.value, STYLES.get(copy.state, ""))
    )
    console.result(f"  listed in     {story.issue.list_file}:{copy.line}")
    console.result(f"  Message-ID    {copy.message_id}")
    if copy.reason and copy.state is not State.SENT:
        console.result(f"  reason        {copy.reason}")
    if copy.next_attempt_at:
        console.result(f"  next attempt  {copy.next_attempt_at.astimezone(zone):%Y-%m-%d %H:%M:%S %Z}")
    for event in story.events:
        move = (
            f"{event.from_state.value} → {event.to_state.value}" if event.from_state else event.to_state.value
        )
        when = f"{event.at.astimezone(zone):%Y-%m-%d %H:%M:%S}"
        console.result(f"  {when}  {move:<20}  ", (event.detail, "dim"))
        if event.to_state is State.SENDING and copy.handed_over_at and event is _last_claim(story):
            handed = f"{copy.handed_over_at.astimezone(zone):%Y-%m-%d %H:%M:%S}"
            console.result(f"  {handed}  {'handed over':<20}  ", ("noted before the dot", "dim"))
    told = {event.detail for event in story.events}
    for remark in story.remarks:
        what = f"{remark.failure} {remark.kind}: {remark.detail}".strip()
        if what not in told:
            when = f"{remark.at.astimezone(zone):%Y-%m-%d %H:%M:%S}"
            console.result(f"  {when}  {'came back':<20}  ", (what, "dim"))


def _last_claim(story: Story) -> object:
    claims = [event for event in story.events if event.to_state is State.SENDING]
    return claims[-1] if claims else None


def _story_object(story: Story) -> Mapping[str, Any]:
    copy = story.delivery
    return {
        "email": copy.email,
        "issue": story.issue.slug,
        "state": copy.state.value,
        "reason": copy.reason,
        "line": copy.line,
        "attempts": copy.attempts,
        "message_id": copy.message_id,
        "handed_over_at": iso(copy.handed_over_at),
        "next_attempt_at": iso(copy.next_attempt_at),
        "relay": copy.relay,
        "events": [
            {
                "at": iso(event.at),
                "from": event.from_state.value if event.from_state else None,
                "to": event.to_state.value,
                "detail": event.detail,
            }
            for event in story.events
        ],
        "feedback": [
            {"at": iso(one.at), "kind": one.kind, "class": one.failure or None, "detail": one.detail}
            for one in story.remarks
        ],
    }
