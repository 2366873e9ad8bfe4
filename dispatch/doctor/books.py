"""The ledger: whether it is sound, and what runs have left undone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dispatch.ledger.decisions import damage
from dispatch.ledger.ledger import Ledger
from dispatch.ledger.rows import IssueRecord
from dispatch.model.delivery import UNFINISHED, State
from dispatch.model.note import Grade, Note, ok, warn
from dispatch.wiring.attendance import attendants
from dispatch.wiring.books import ledger_if_any
from dispatch.wiring.locks import is_running
from dispatch.wiring.project import Project


def look_at_ledger(project: Project) -> Sequence[Note]:
    """SQLite's own examination, then the history of every issue replayed."""
    with ledger_if_any(project) as ledger:
        if ledger is None:
            return [ok("ledger", "none yet; the first plan makes it")]
        faults = damage(ledger)
        issues = [] if faults else ledger.issues()
        for record in issues:
            faults += [f"{record.slug}: {fault}" for fault in ledger.audit(record.id)]
        rows = sum(record.listed for record in issues)
        place = ledger.database.place
    if faults:
        mend = "keep a copy of the file, then put it back from a backup, or report what is written here"
        seen = f"{place} does not add up"
        return [Note(name="ledger", grade=Grade.FAIL, seen=seen, mend=mend, details=tuple(faults))]
    return [
        ok(
            "ledger",
            f"{place}: {len(issues)} issue{'s' * (len(issues) != 1)}, {rows:,} rows, every history replayed",
        )
    ]


def look_at_runs(project: Project) -> Sequence[Note]:
    """Which runs go on, and what is unfinished although none does."""
    notes = list(_marks(project))
    with ledger_if_any(project) as ledger:
        if ledger is not None:
            notes += [_unfinished(project, ledger, record) for record in ledger.unfinished_issues()]
    return notes or [ok("runs", "none is going on, and none has left anything undone")]


def _marks(project: Project) -> Iterator[Note]:
    alive, killed = attendants(project)
    if alive:
        yield ok("runs", f"{alive} going on at this moment", "watch with: dispatch status --watch")
    if killed:
        yield ok(
            "runs", f"the marks of {killed} killed run{'s' * (killed > 1)}, which the next one clears away"
        )


def _unfinished(project: Project, ledger: Ledger, record: IssueRecord) -> Note:
    states = ledger.tally(record.id).states
    counted = ", ".join(
        f"{states[state]:,} {state}" for state in State if state in UNFINISHED and states[state]
    )
    seen = f"{record.slug}: {counted or 'everything is settled but its end'}"
    if is_running(project, record.slug):
        return ok("runs", f"{seen}; it is being sent", f"dispatch status {record.slug} --watch")
    if states[State.UNCERTAIN]:
        return warn("runs", seen, f"dispatch resume {record.slug}, or decide: dispatch resolve {record.slug}")
    return warn("runs", f"{seen}, and no run is going on", f"dispatch resume {record.slug}")
