"""D02: kill -9 at exact points. The state after recovery is the one in the table of the delivery manual.

Three people, one session, policy `hold`; the program ends itself at the point, mostly while it is busy with
the second of them. What the next run's recovery makes of that is looked at, then the issue is finished.

Guards: the plan is one transaction (ledger/ledger.py, planning), a claim without a hand-over comes back and
one with it is in doubt (ledger/recovery.py, recover), the hand-over is durable before the body leaves
(send/transaction.py, Transaction.run), changes of a plan are one transaction (ledger/ledger.py, extending).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from dispatch.model.delivery import State
from dispatch.model.settings import OnUncertain
from tests.drills.drill import Drill, shell_code
from tests.project import ISSUE, TestProject
from tests.servers.bookkeeper import Bookkeeper, keeping_books

KILLED = 137
SEND = ("send", "news", "--yes")
RESUME = ("resume", "--yes")
ACCEPT = ("send", "news", "--yes", "--accept-changes")
NEW = ("send", "news", "--yes", "--new")


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A place to die, the states after recovery, and what each of the three people has in the end."""

    recovered: dict[str, int]
    accepted: int  # messages that the relay had taken by then
    in_the_end: dict[str, int]


ALL_SENT = {"sent": 3}
ONE_IN_DOUBT = {"sent": 2, "uncertain": 1}
POINTS = {
    "planning": Point(recovered={}, accepted=0, in_the_end=ALL_SENT),
    "planned": Point(recovered={"queued": 3}, accepted=0, in_the_end=ALL_SENT),
    "claiming": Point(recovered={"queued": 3}, accepted=0, in_the_end=ALL_SENT),
    "claimed": Point(recovered={"queued": 3}, accepted=0, in_the_end=ALL_SENT),
    "handing-over": Point(recovered={"queued": 3}, accepted=0, in_the_end=ALL_SENT),
    "envelope": Point(recovered={"queued": 3}, accepted=0, in_the_end=ALL_SENT),
    "handed-over@2": Point(
        recovered={"sent": 1, "uncertain": 1, "queued": 1}, accepted=1, in_the_end=ONE_IN_DOUBT
    ),
    "body@2": Point(recovered={"sent": 1, "uncertain": 1, "queued": 1}, accepted=1, in_the_end=ONE_IN_DOUBT),
    "dot-sent@2": Point(
        recovered={"sent": 1, "uncertain": 1, "queued": 1}, accepted=2, in_the_end=ONE_IN_DOUBT
    ),
    "recording@2": Point(
        recovered={"sent": 1, "uncertain": 1, "queued": 1}, accepted=2, in_the_end=ONE_IN_DOUBT
    ),
    "recorded@3": Point(recovered={"sent": 3}, accepted=3, in_the_end=ALL_SENT),
    "concluding": Point(recovered={"sent": 3}, accepted=3, in_the_end=ALL_SENT),
}
TELLING = "dot-sent@2"  # for every day


@pytest.fixture
def server(project: TestProject, tmp_path: Path) -> Iterator[Bookkeeper]:
    """A relay that keeps books, and three people to write to over one session."""
    with keeping_books(tmp_path) as running:
        project.people(3)
        project.relay(running.port, '[sending]\nsessions = 1\non_uncertain = "hold"\n')
        yield running


def recovered(drill: Drill) -> dict[str, int]:
    """What recovery makes of the ledger as the killed run left it. The test's own process is the next run."""
    now = datetime.now(UTC)
    with drill.ledger() as ledger:
        issue = ledger.issue("news")
        if issue is None:
            return {}
        ledger.recover(issue.id, now=now, policy=OnUncertain.HOLD, uncertain_after=timedelta())
        findings = ledger.audit(issue.id)
        tally = ledger.tally(issue.id)
    counts = {state.value: tally.states[state] for state in State if tally.states[state]}
    return {**counts, **dict.fromkeys(findings, 1)}


def die(drill: Drill, point: str, arguments: tuple[str, ...] = SEND) -> None:
    """Run until the point."""
    assert shell_code(drill.start_with(point, arguments=arguments)) == KILLED


@pytest.mark.parametrize(
    "point",
    [pytest.param(point, marks=[] if point == TELLING else [pytest.mark.slow]) for point in POINTS],
)
def test_d02(project: TestProject, server: Bookkeeper, point: str) -> None:
    """The state after recovery is the table's, and the next run finishes what can be finished."""
    drill, expected = Drill(project), POINTS[point]
    die(drill, point)
    assert (recovered(drill), server.count) == (expected.recovered, expected.accepted)
    drill.finish(*SEND)
    books = drill.books(server)
    assert (books.counts, books.duplicates, books.lost) == (expected.in_the_end, 0, set())


@pytest.mark.slow
@pytest.mark.parametrize("point", ["recovering", "recovered"])
def test_d02_while_recovering(project: TestProject, server: Bookkeeper, point: str) -> None:
    """A run that dies while it settles what an earlier one left changes nothing of what comes out."""
    drill = Drill(project)
    die(drill, "dot-sent@2")
    die(drill, point, RESUME)
    assert recovered(drill) == {"sent": 1, "uncertain": 1, "queued": 1}
    drill.finish(*RESUME)
    books = drill.books(server)
    assert (books.counts, books.duplicates, books.lost) == (ONE_IN_DOUBT, 0, set())


@pytest.mark.slow
def test_d02_while_adding_new_people(project: TestProject, server: Bookkeeper) -> None:
    """Killed inside `send --new`, nobody was added; the next one adds and writes to them once."""
    drill = Drill(project)
    drill.finish(*SEND)
    project.people(5)
    die(drill, "extending", NEW)
    assert recovered(drill) == {"sent": 3}
    assert drill.finish(*NEW) == 0
    books = drill.books(server)
    assert (books.counts, books.duplicates, books.findings) == ({"sent": 5}, 0, [])


@pytest.mark.slow
def test_d02_while_accepting_changes(project: TestProject, server: Bookkeeper) -> None:
    """Killed inside `--accept-changes`, the old plan stands and refuses the new text until it is accepted."""
    drill = Drill(project)
    drill.finish(*SEND, "--limit", "1")
    project.issue.write_text(ISSUE.replace("This is the news", "This is the news, mended"))
    die(drill, "extending", ACCEPT)
    assert recovered(drill) == {"sent": 1, "queued": 2}
    assert drill.finish(*SEND) == 65
    assert drill.finish(*ACCEPT) == 0
    books = drill.books(server)
    assert (books.counts, books.duplicates, books.findings) == (ALL_SENT, 0, [])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("point", "removed"),
    [
        pytest.param("planning@2", "plan-in-pieces", id="a plan in pieces"),
        pytest.param("handed-over@2", "no-hand-over", id="no hand-over, before the body"),
        pytest.param("dot-sent@2", "no-hand-over", id="no hand-over, after the dot"),
    ],
)
def test_d02_twin(project: TestProject, server: Bookkeeper, point: str, removed: str) -> None:
    """With the protection removed the state after recovery is another one, or the point is never reached."""
    drill = Drill(project, removed)
    if point.startswith("planning"):
        project.people(600)  # two batches: one is committed, the other is lost
    code = shell_code(drill.start_with(point, arguments=SEND))
    expected = POINTS[point] if point in POINTS else POINTS["planning"]
    assert (code, recovered(drill), server.count) != (KILLED, expected.recovered, expected.accepted)


@pytest.mark.slow
def test_d02_twin_sends_twice(project: TestProject, server: Bookkeeper) -> None:
    """Without the hand-over, a copy that the relay has is taken for unsent, and goes out again."""
    drill = Drill(project, "no-hand-over")
    die(drill, "dot-sent@2")
    drill.finish(*RESUME)
    assert drill.books(server).duplicates > 0


@pytest.mark.slow
@pytest.mark.parametrize("point", ["claimed", "envelope"])
def test_d02_twin_without_recovery(project: TestProject, server: Bookkeeper, point: str) -> None:
    """Without recovery, whoever was claimed by the dead run waits for ever."""
    drill = Drill(project, "no-recovery")
    die(drill, point)
    drill.finish(*RESUME)
    assert drill.books(server).lost
