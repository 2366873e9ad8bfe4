"""The rehearsal of a long list in other processes: the same answers as from this one."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Sequence
from functools import partial

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
    monkeypatch.setattr(rehearsing, "idle_cores", lambda: 1)


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
    begin, elsewhere = rehearsing._Cast.begin, []

    def when_awake(cast: rehearsing._Cast, readers: Sequence[Fields]) -> Callable[[], Sequence[Rehearsed]]:
        answer = begin(cast, readers)
        if cast.understudies:
            _awake(cast)
        elsewhere.append(_is_elsewhere(answer))
        return answer

    monkeypatch.setattr(rehearsing._Cast, "begin", when_awake)
    together = _plan(project)
    assert elsewhere.count(True) >= 3
    monkeypatch.setattr(rehearsing, "idle_cores", lambda: 0)
    assert together == _plan(project)
    assert together.skipped["header"] == 3
    assert together.listed == COUNT


def test_an_understudy_answers_as_this_process_does(project: TestProject) -> None:
    """Sizes, what no header can hold and what fails, in order; a Ctrl-C is not for it."""
    project.issue.write_text(
        project.issue.read_text().replace("News for you", "For {{ subscriber.name }}")
        + "\n{{ 'x' * (subscriber.name | length - 3) }}\n{{ 6 // (subscriber.name | length - 1) }}\n"
    )
    found = find_project(project.configuration)
    campaign = open_campaign(found, project.issue, list_file=None, ledger=None)
    readers = [{"name": name, "email": "a@example.com"} for name in ("Ann", "a\rb", "x", "Robert")]
    understudy = rehearsing._Understudy(found, project.issue, ["email", "name"])
    assert understudy._pipe.poll(60)
    assert understudy.process.pid is not None
    os.kill(understudy.process.pid, signal.SIGINT)
    assert understudy.begin(readers)
    answers = understudy.answer()
    understudy.dismiss()
    assert answers is not None
    assert [type(one) for one in answers] == [int, str, IssueInvalid, int]
    alone = rehearse_each(campaign.letters.rehearsal(), readers)
    assert [str(one) for one in answers] == [str(one) for one in alone]


@pytest.mark.timeout(60)
def test_an_understudy_that_has_much_to_say_does_not_block(project: TestProject) -> None:
    """Every copy of every batch fails: the questions go through all the same, and each is answered."""
    project.issue.write_text(project.issue.read_text() + "\n{{ 6 // (subscriber.name | length - 1000) }}\n")
    found = find_project(project.configuration)
    understudy = rehearsing._Understudy(found, project.issue, ["email", "name"])
    assert understudy._pipe.poll(60)
    readers = [{"name": "x" * 1000, "email": f"a{number}@example.com"} for number in range(3000)]
    assert all(understudy.begin(readers) for _ in range(6))
    answers = [understudy.answer() or [] for _ in range(6)]
    understudy.dismiss()
    assert [len(one) for one in answers] == [3000] * 6
    assert {type(failure) for one in answers for failure in one} == {IssueInvalid}


def test_an_error_of_somebody_far_down_is_named(project: TestProject) -> None:
    """With the person and the line of the list, whichever process has met it."""
    project.people(COUNT)
    project.issue.write_text(project.issue.read_text() + "\n{{ 6 // (subscriber.name | length - 11) }}\n")
    with pytest.raises(IssueInvalid, match=r"for reader1000@example.com, subscribers.csv:1002"):
        _plan(project)


@pytest.mark.parametrize("asked_before", [False, True])
def test_an_understudy_that_is_ended_is_done_without(project: TestProject, asked_before: bool) -> None:
    """What was asked of it, before or after, is done here."""
    found = find_project(project.configuration)
    campaign = open_campaign(found, project.issue, list_file=None, ledger=None)
    readers = [{"name": "Ann", "email": "a@example.com"}] * 600
    cast = rehearsing._Cast(
        1, partial(rehearsing._Understudy, found, project.issue, ["email", "name"]), campaign.letters
    )
    first = cast.begin(readers)
    assert not _is_elsewhere(first)
    _awake(cast)
    asked = cast.begin(readers) if asked_before else first
    assert _is_elsewhere(asked) == asked_before
    process = cast.understudies[0].process
    process.kill()
    process.join()
    answers = [asked(), cast.begin(readers)(), cast.begin(readers)()]
    cast.dismiss()
    assert [list(one) for one in answers] == [rehearse_each(campaign.letters.rehearsal(), readers)] * 3


def _awake(cast: rehearsing._Cast) -> None:
    """Wait until an understudy could be asked."""
    understudy = cast.understudies[0]
    assert understudy._is_awake or understudy._pipe.poll(60)


def _is_elsewhere(answer: object) -> bool:
    return getattr(answer, "func", None) is rehearsing._answered
