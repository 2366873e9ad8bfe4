"""What `why` answers: everything known of one person, event by event."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from dispatch.cli.call import Call
from dispatch.cli.console import Console
from dispatch.cli.events import iso
from dispatch.cli.knowing import STYLES
from dispatch.errors import InputMissing, UsageError
from dispatch.ledger.choosing import Choice
from dispatch.ledger.story import Story
from dispatch.ledger.suppression import Suppression
from dispatch.model.address import AddressInvalid, parse_address
from dispatch.model.delivery import State
from dispatch.wiring.books import ledger_if_any
from dispatch.wiring.clock import now
from dispatch.wiring.glance import slug_of
from dispatch.wiring.project import find_project


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
        wishes = _Wishes(
            suppression=ledger.suppression_of(key),
            choice=ledger.choice_of(key),
            paused_until=ledger.absent_until(key, now=now()),
        )
        if not stories and wishes == _Wishes():
            raise InputMissing(_unknown(address, slug), hint=_unknown_hint(name))
    if call.console.json:
        about = wishes.object()
        for story in stories:
            call.console.object({**_story_object(story), **about})
        if not stories:
            call.console.object({"email": address, "issue": None, **about})
        return
    for story in stories:
        _show_story(call.console, story, project.zone)
    _show_wishes(call.console, address, wishes, project.zone)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wishes:
    """What holds for a person whatever the list and the issue say."""

    suppression: Suppression | None = None
    choice: Choice | None = None
    paused_until: datetime | None = None

    def object(self) -> Mapping[str, Any]:
        """For --json."""
        entry, choice = self.suppression, self.choice
        return {
            "suppression": entry and suppression_object(entry),
            "paused_until": iso(self.paused_until),
            "choices": choice and {"tags": dict(choice.tags), "at": iso(choice.at)},
        }


def _show_wishes(console: Console, address: str, wishes: _Wishes, zone: ZoneInfo) -> None:
    if choice := wishes.choice:
        reads = [tag for tag, wanted in choice.tags.items() if wanted]
        others = [tag for tag, wanted in choice.tags.items() if not wanted]
        said = f"reads {', '.join(reads) or 'none'}" + (f"; not {', '.join(others)}" if others else "")
        at = f"  ({choice.at.astimezone(zone):%Y-%m-%d %H:%M:%S})"
        console.result((address, "bold"), "  of the offered tags ", (said, "yellow"), (at, "dim"))
    if wishes.paused_until:
        until = f"{wishes.paused_until.astimezone(zone):%Y-%m-%d}"
        console.result((address, "bold"), "  wants no mail before ", (until, "yellow"))
    if wishes.suppression is not None:
        _show_suppression(console, address, wishes.suppression, zone)


def _show_suppression(console: Console, address: str, entry: Suppression, zone: ZoneInfo) -> None:
    """Why they get no mail whatever the list says."""
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
