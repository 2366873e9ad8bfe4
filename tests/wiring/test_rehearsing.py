"""The rehearsal of a long list in other processes: the same answers as from this one."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Sequence

import pytest

from dispatch.errors import IssueInvalid
from dispatch.send.plan import Fields, Plan, Rehearsed, rehearse_each
from dispatch.wiring import rehearsing
from dispatch.wiring.campaigns import open_campaign
from dispatch.wiring.project import find_project
from tests.project import TestProject

COUNT = 3000


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few rows are a long list here, and there is always another core."""
    monkeypatch.setattr(rehearsing, "_ALONE", 500)
    monkeypatch.setattr(rehearsing, "_cores", lambda: 2)


def _plan(project: TestProject) -> Plan:
    found = find_project(project.configuration)
    return open_campaign(found, project.issue, list_file=None, ledger=None).rehearse(None, lambda _: None)[0]


def _odd_people(project: TestProject) -> None:
    """Rows that cannot be sent stand among the others, early and late."""
    project.people(COUNT)
    rows = project.list.read_text().splitlines(keepends=True)
    for line in (40, 2000, 2990):
        rows[line] = f'odd{line}@example.com,"a\u2028b"\n'
    rows[2500] = "no address,Nobody\n"
    rows[2600] = rows[7]
    project.list.write_text("".join(rows))
    project.issue.write_text(project.issue.read_text().replace("News for you", "For {{ subscriber.name }}"))


def test_it_finds_what_one_process_finds(project: TestProject, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every row is judged alike, wherever its copy was filled."""
    _odd_people(project)
    begin, elsewhere = rehearsing._Pool.begin, []

    def when_awake(pool: rehearsing._Pool, readers: Sequence[Fields]) -> Callable[[], Sequence[Rehearsed]]:
        if pool._awake is not None:
            pool._awake.result(60)
        answer = begin(pool, readers)
        elsewhere.append(getattr(answer, "func", None) is rehearsing._answered)
        return answer

    monkeypatch.setattr(rehearsing._Pool, "begin", when_awake)
    together = _plan(project)
    monkeypatch.setattr(rehearsing, "_cores", lambda: 1)
    assert together == _plan(project)
    assert elsewhere.count(True) >= 3
    assert together.skipped["header"] == 3
    assert together.listed == COUNT


def test_the_others_answer_as_this_one_does(project: TestProject) -> None:
    """Sizes, what no header can hold and what fails, in order; a Ctrl-C is not for them."""
    project.issue.write_text(
        project.issue.read_text().replace("News for you", "For {{ subscriber.name }}")
        + "\n{{ 'x' * (subscriber.name | length - 3) }}\n{{ 6 // (subscriber.name | length - 1) }}\n"
    )
    found = find_project(project.configuration)
    campaign = open_campaign(found, project.issue, list_file=None, ledger=None)
    readers = [{"name": name, "email": "a@example.com"} for name in ("Ann", "a\rb", "x", "Robert")]
    with rehearsing._others(1, found, project.issue, ["email", "name"]) as others:
        assert others.submit(rehearsing._is_ready).result()
        (process,) = others._processes.values()
        assert process.pid is not None
        os.kill(process.pid, signal.SIGINT)
        answers = others.submit(rehearsing._rehearse, readers).result()
    alone = rehearse_each(campaign.letters.rehearse, readers)
    assert [type(one) for one in answers] == [int, str, IssueInvalid, int]
    assert [str(one) for one in answers] == [str(one) for one in alone]


def test_an_error_of_somebody_far_down_is_named(project: TestProject) -> None:
    """With the person and the line of the list, whichever process has met it."""
    project.people(COUNT)
    project.issue.write_text(project.issue.read_text() + "\n{{ 6 // (subscriber.name | length - 11) }}\n")
    with pytest.raises(IssueInvalid, match=r"for reader1000@example.com, subscribers.csv:1002"):
        _plan(project)


def test_processes_that_are_ended_are_done_without(project: TestProject) -> None:
    """What was asked of them is done here."""
    found = find_project(project.configuration)
    campaign = open_campaign(found, project.issue, list_file=None, ledger=None)
    readers = [{"name": "Ann", "email": "a@example.com"}] * 600
    with rehearsing.rehearsing(found, project.issue, ["email", "name"], campaign.letters) as begin:
        assert begin is not None
        begin(readers)
        pool: rehearsing._Pool = begin.__self__  # type: ignore[attr-defined]
        assert pool._awake is not None
        assert pool._others is not None
        assert pool._awake.result(60)
        for process in pool._others._processes.values():
            process.kill()
        answers = begin(readers)()
        assert begin(readers)() == answers
    assert len(set(answers)) == 1
    assert len(answers) == 600


def test_the_pool_is_used_once_it_is_awake(project: TestProject) -> None:
    """Until then this process goes on alone."""
    found = find_project(project.configuration)
    campaign = open_campaign(found, project.issue, list_file=None, ledger=None)
    readers = [{"name": "Ann", "email": "a@example.com"}] * 600
    with rehearsing.rehearsing(found, project.issue, ["email", "name"], campaign.letters) as begin:
        assert begin is not None
        first = begin(readers)
        pool: rehearsing._Pool = begin.__self__  # type: ignore[attr-defined]
        assert pool._awake is not None
        assert pool._awake.result(60)
        later = begin(readers)
        assert [one.func for one in (first, later)] == [  # type: ignore[attr-defined]
            rehearse_each,
            rehearsing._answered,
        ]
        assert list(first()) == list(later())
