"""What `pause` does: leave a note for the run that is going, and wait until it has stopped."""

from __future__ import annotations

import time

from dispatch.cli.call import Call
from dispatch.cli.ending import states_object
from dispatch.ledger.ledger import Ledger
from dispatch.ledger.rows import IssueRecord
from dispatch.model.delivery import State
from dispatch.wiring.books import planned_issue
from dispatch.wiring.locks import is_running
from dispatch.wiring.pauses import PauseNote, pause_note
from dispatch.wiring.project import Project, find_project

# Longer than nearly every answer to a dot; a relay may take ten minutes (RFC 5321 4.5.3.2.6).
_PATIENCE = 60.0
_GLANCE = 0.2


def pause_issue(call: Call, name: str) -> None:
    """Stop the run that is sending this issue, from another terminal; nothing happens where none is."""
    project = find_project(call.options.config)
    console = call.console
    with planned_issue(project, name) as (ledger, record):
        if not is_running(project, record.slug):
            _tell(call, ledger, record, running=False, stopped=True)
            return
        note = pause_note(project, record.slug)
        note.leave()
        console.talk("asked; the copies in flight are finished first")
        stopped = _wait_for_the_end(project, record.slug, note)
        _tell(call, ledger, record, running=True, stopped=stopped)


def _wait_for_the_end(project: Project, slug: str, note: PauseNote) -> bool:
    """Whether the run has ended: it takes the note away, or it died and has no lock any more."""
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        time.sleep(_GLANCE)
        if not note.lies_there:
            return True
        if not is_running(project, slug):
            note.clear()
            return True
    return False


def _tell(call: Call, ledger: Ledger, record: IssueRecord, *, running: bool, stopped: bool) -> None:
    tally = ledger.tally(record.id)
    if call.console.json:
        states = states_object(tally)
        call.console.object(
            {"issue": record.slug, "was_running": running, "stopped": stopped, "states": states}
        )
        return
    if not running:
        call.console.result(f"{record.slug}: nothing is being sent")
    elif stopped:
        call.console.result(f"{record.slug}: paused, {tally.states[State.QUEUED]:,} still queued")
        call.console.talk(f"go on with: dispatch resume {record.issue_file}")
    else:
        call.console.result(f"{record.slug}: will pause when the copies in flight are answered")
