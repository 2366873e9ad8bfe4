"""What runs leave behind: unfinished issues, marks of the killed, and damage, each with the next command."""

from __future__ import annotations

import sqlite3

from filelock import FileLock

from dispatch.doctor.books import look_at_ledger, look_at_runs
from dispatch.model.note import Grade
from dispatch.wiring.project import find_project
from tests.project import TestProject
from tests.servers.scripted import ScriptedServer, running, say


def _runs(project: TestProject) -> list[tuple[Grade, str, str]]:
    return [(note.grade, note.seen, note.mend) for note in look_at_runs(find_project(project.configuration))]


def _set_states(project: TestProject, state: str) -> None:
    with sqlite3.connect(project.root / ".dispatch" / "ledger.db") as book:
        book.execute("UPDATE delivery SET state = ?", (state,))
        book.execute("UPDATE issue SET finished_at = NULL")
    book.close()


def test_nothing_is_left_undone(project: TestProject) -> None:
    """Before the first run and after a whole one."""
    quiet = [(Grade.OK, "none is going on, and none has left anything undone", "")]
    assert _runs(project) == quiet
    project.here("send", "news", "--yes")
    assert _runs(project) == quiet


def test_deferred_copies_are_told_with_the_command_that_goes_on(project: TestProject) -> None:
    """A relay that said later."""
    script = {"RCPT": say("451 4.3.0 later")}
    with running(ScriptedServer(script)) as server:
        project.relay(server.port)
        project.here("send", "news", "--yes")
    ((grade, seen, mend),) = _runs(project)
    assert (grade, seen, mend) == (
        Grade.WARN,
        "news: 2 deferred, and no run is going on",
        "dispatch resume news",
    )


def test_copies_in_doubt_are_told_with_both_ways_out(project: TestProject) -> None:
    """To resume, or to decide."""
    project.here("send", "news", "--yes")
    _set_states(project, "uncertain")
    ((grade, seen, mend),) = _runs(project)
    assert (grade, seen) == (Grade.WARN, "news: 2 uncertain")
    assert mend == "dispatch resume news, or decide: dispatch resolve news"


def test_a_run_that_goes_on_is_no_fault(project: TestProject) -> None:
    """It holds the lock of the issue and a mark of its own."""
    project.here("send", "news", "--yes")
    _set_states(project, "queued")
    state = project.root / ".dispatch"
    mark = state / "runs" / "process-1-0123456789ab.lock"
    with FileLock(state / "locks" / "news.lock"), FileLock(mark):
        notes = _runs(project)
    assert {grade for grade, *_ in notes} == {Grade.OK}
    assert [seen for _, seen, _ in notes] == [
        "1 going on at this moment",
        "news: 2 queued; it is being sent",
    ]


def test_the_marks_of_the_killed_are_told(project: TestProject) -> None:
    """They do no harm."""
    runs = project.root / ".dispatch" / "runs"
    runs.mkdir(parents=True)
    (runs / "process-1-0123456789ab.lock").touch()
    assert _runs(project) == [(Grade.OK, "the marks of 1 killed run, which the next one clears away", "")]


def test_every_fault_of_a_ledger_is_a_line(project: TestProject) -> None:
    """And nothing is put right by looking."""
    project.here("send", "news", "--yes")
    found = find_project(project.configuration)
    (sound,) = look_at_ledger(found)
    assert (sound.grade, "1 issue, 2 rows" in sound.seen) == (Grade.OK, True)
    _set_states(project, "failed")
    (note,) = look_at_ledger(found)
    assert (note.grade, len(note.details)) == (Grade.FAIL, 2)
    assert "back it up" in note.mend or "a copy" in note.mend
