"""The end of a send: whether the ledger adds up, who is where, when it goes on, and the exit code."""

from __future__ import annotations

from dispatch.cli.console import Console
from dispatch.cli.events import iso, tell_event
from dispatch.cli.knowing import refuse_breach, show_tally
from dispatch.cli.rounds import Rounds
from dispatch.errors import Paused
from dispatch.ledger.questions import Outlook
from dispatch.model.delivery import State, Tally
from dispatch.send.run import Ending
from dispatch.wiring.project import Project, shown


def report_end(rounds: Rounds, ending: Ending, tally: Tally) -> int:
    """Print the end and give the exit code. Raises what stopped the run, and DispatchError for a breach."""
    console, project, campaign, ledger = rounds.console, rounds.project, rounds.campaign, rounds.ledger
    record = campaign.record
    if record is None:
        raise RuntimeError(f"{campaign.issue.slug} is not planned")
    ahead = ledger.outlook(record.id)
    slug = campaign.issue.slug
    if isinstance(ending.cause, Paused):
        tell_event(console, slug, "pause", reason=ending.cause.message)
    tell_event(
        console,
        slug,
        "end",
        states=states_object(tally),
        balanced=tally.balanced,
        next_attempt_at=iso(ahead.next_at),
        held=ahead.held,
    )
    if not console.json and not (console.quiet and tally.unfinished == 0):
        show_tally(console, slug, tally, ahead, project.zone)
    refuse_breach(ledger, record, tally)
    if ending.cause:
        raise ending.cause
    _say_what_is_next(console, project, campaign.issue.file, tally, ahead)
    if ending.signal:
        return 128 + ending.signal
    if tally.unfinished:
        return 75
    return 3 if ending.outcomes[State.FAILED] else 0


def states_object(tally: Tally) -> dict[str, int]:
    """The tally by state, for JSON."""
    return {state.value: tally.states.get(state, 0) for state in State}


def _say_what_is_next(console: Console, project: Project, file: str, tally: Tally, ahead: Outlook) -> None:
    if not project.settings.relay:
        outbox = shown(project.outbox)
        console.talk(
            f"no relay is configured: the mail was caught in {outbox} (Maildir), try: mutt -f {outbox}"
        )
    if ahead.held and ahead.next_at is None and not tally.states[State.QUEUED]:
        console.talk(f"next: decide with dispatch resolve {file}")
    elif tally.states[State.QUEUED]:
        console.talk(f"next: dispatch resume {file}")
    elif ahead.next_at:
        when = f"{ahead.next_at.astimezone(project.zone):%H:%M}"
        console.talk(
            f"next: dispatch resume {file}, from {when} on; or stay with dispatch send {file} --wait"
        )
    elif tally.states[State.FAILED]:
        console.talk(f"who and why: dispatch report {file}")
    else:
        console.talk(f"one person's story: dispatch why ADDRESS {file}")
