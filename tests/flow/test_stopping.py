"""What stops a send before its end, and what stays to finish it: pause, --abort-if, --wait, stages."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import time

import pytest

from tests.project import TestProject, kill
from tests.servers.scripted import KEPT_AND_CUT, Act, ScriptedServer, running, say

SLOW = Act(b"250 ok\r\n", delay=0.1)


def _until(condition: object) -> None:
    deadline = time.monotonic() + 30
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < deadline
        time.sleep(0.02)


def _refusing_a_tenth(line: str) -> Act:
    return say("550 5.1.1 no such user") if line.partition("@")[0].endswith("0") else say("250 ok")


def test_a_running_send_is_paused_from_another_terminal(project: TestProject) -> None:
    """The copies in flight are finished, the run ends with 75, the rest stays queued, and resume goes on."""
    project.people(60)
    with running(ScriptedServer({"DOT": SLOW})) as server:
        project.relay(server.port, "[sending]\nsessions = 2\n")
        with (project.root / "events").open("w") as events:
            run = subprocess.Popen(
                project._command(["send", "news", "--yes", "--json"]), cwd=project.root, stdout=events
            )
            _until(lambda: server.accepted)
            paused = project.here("pause", "news", "--json").object
            assert run.wait(30) == 75
        taken = len(server.accepted)
        assert (paused["was_running"], paused["stopped"]) == (True, True)
        assert (paused["states"]["sent"], paused["states"]["queued"]) == (taken, 60 - taken)
        assert 0 < taken < 60
        told = [json.loads(line) for line in (project.root / "events").read_text().splitlines()]
        assert [one["event"] for one in told if one.get("event") in {"pause", "end"}] == ["pause", "end"]
        assert told[-1]["error"]["code"] == 75
        assert "dispatch resume" in told[-1]["error"]["hint"]
        project.relay(server.port, "[sending]\nsessions = 20\n")
        assert project.here("resume").code == 0
        assert len(server.accepted) == 60


def test_a_request_to_pause_outlives_no_run(project: TestProject) -> None:
    """Where nothing is sent it does nothing; a note left by a crash is cleared by the next run, aloud."""
    project.here("send", "news", "--yes", "--limit", "1")
    assert project.here("pause", "news").out == "news: nothing is being sent\n"
    assert project.here("pause", "nwes").code == 66
    note = project.root / ".dispatch" / "pauses" / "news"
    note.parent.mkdir()
    note.touch()
    answer = project.here("resume", "news")
    assert (answer.code, "request to pause" in answer.err) == (0, True)
    assert not note.exists()


def test_pausing_a_run_that_is_killed_leaves_nothing_behind(project: TestProject) -> None:
    """The one who asked sees that the run is gone, and takes the note away."""
    project.people(30)
    with running(ScriptedServer({"DOT": Act(b"250 ok\r\n", delay=3.0)})) as server:
        project.relay(server.port, "[sending]\nsessions = 1\n")
        run = project.start("send", "news", "--yes")
        _until(lambda: server.accepted)
        asking = project.start("pause", "news")
        note = project.root / ".dispatch" / "pauses" / "news"
        _until(note.exists)
        kill(run)
        assert asking.wait(30) == 0
        assert not note.exists()


def test_stages_stop_when_too_many_are_refused(project: TestProject) -> None:
    """After the first stage, with the figure, exit 75, and the rest queued."""
    project.people(200)
    with running(ScriptedServer({"RCPT": _refusing_a_tenth})) as server:
        project.relay(server.port)
        terms = ("--stages", "5%,100%", "--hold", "1s", "--abort-if", "failed>3%")
        answer = project.here("send", "news", "--yes", *terms)
        assert answer.code == 75
        assert "failed>3%: 1 of 10 failed (10.0%)" in answer.err
        assert "dispatch report" in answer.err
    states = project.status()["states"]
    assert (states["sent"], states["failed"], states["queued"]) == (9, 1, 190)


@pytest.mark.parametrize(("limit", "least"), [("failed>3%", 100), ("failed>5", 50)])
def test_a_plain_run_stops_on_its_way(project: TestProject, limit: str, least: int) -> None:
    """A share once a hundred were tried, a count as soon as it is passed; copies in flight are finished."""
    project.people(600)
    with running(ScriptedServer({"RCPT": _refusing_a_tenth})) as server:
        project.relay(server.port)
        answer = project.here("send", "news", "--yes", "--abort-if", limit)
    assert answer.code == 75
    assert f"stopped by --abort-if {limit}" in answer.err
    states = project.status()["states"]
    assert least <= states["sent"] + states["failed"] <= least + 30
    assert states["queued"] == 600 - states["sent"] - states["failed"]


def test_wait_stays_until_deferred_and_uncertain_ones_are_done(project: TestProject) -> None:
    """It sleeps until the next attempt, goes on, and ends with 0."""
    project.people(4)
    acts = {"reader1@example.com": KEPT_AND_CUT}

    def rcpt(line: str) -> Act:
        return acts.pop("greylisted", say("250 ok")) if "reader2@" in line else say("250 ok")

    acts["greylisted"] = say("450 4.2.0 greylisted")
    script = {"RCPT": rcpt, "DOT": lambda who: acts.pop(who, say("250 ok"))}
    with running(ScriptedServer(script)) as server:
        project.relay(server.port, '[sending]\nuncertain_after = "2s"\n')
        assert project.here("send", "news", "--yes").code == 75
        book = sqlite3.connect(project.root / ".dispatch" / "ledger.db")
        with book:  # five minutes later
            soon = int(time.time() * 1000) + 2000
            book.execute("UPDATE delivery SET next_attempt_at = ? WHERE state = 'deferred'", (soon,))
        book.close()
        answer = project.here("send", "news", "--yes", "--wait")
        assert answer.code == 0, answer.err
        assert "waiting until" in answer.err
        assert len(server.accepted) == 5
    assert project.status()["states"]["sent"] == 4


def test_wait_ends_when_somebody_must_decide_or_says_stop(project: TestProject) -> None:
    """Held copies are not waited for; Ctrl-C during the wait ends with 130 and says what is left."""
    project.people(1)
    with running(ScriptedServer({"DOT": KEPT_AND_CUT})) as server:
        project.relay(server.port, '[sending]\non_uncertain = "hold"\n')
        answer = project.here("send", "news", "--yes", "--wait")
        assert (answer.code, "dispatch resolve" in answer.err) == (75, True)
        project.relay(server.port, '[sending]\nuncertain_after = "1h"\n')
        waiting = project.start("send", "news", "--yes", "--wait")
        _until(lambda: project.status()["next_attempt_at"])
        time.sleep(1.0)
        waiting.send_signal(signal.SIGINT)
        assert waiting.wait(20) == 130
    assert project.here("send", "news", "--wait", "--limit", "1", "--yes").code == 2


def test_wait_outlasts_a_relay_that_comes_back(project: TestProject) -> None:
    """A relay that is away for now is asked again, more and more seldom; without --wait the run ends."""
    project.people(3)
    away = say("421 4.3.2 not now", cut=True)
    with running(ScriptedServer({"GREETING": [away, away, away, away, say("220 here again")]})) as server:
        project.relay(server.port)
        answer = project.here("send", "news", "--yes", "--wait")
        assert (answer.code, len(server.accepted)) == (0, 3), answer.err
        assert "421 4.3.2 not now" in answer.err
    with running(ScriptedServer({"GREETING": away})) as server:
        project.relay(server.port)
        project.people(4)
        answer = project.here("send", "news", "--yes", "--new")
        assert (answer.code, "waiting until" in answer.err) == (69, False)


def test_wait_does_not_outlast_a_refusal(project: TestProject) -> None:
    """Where somebody must change something first, staying would help nobody."""
    with running(ScriptedServer({"GREETING": say("554 5.7.1 not you", cut=True)})) as server:
        project.relay(server.port)
        answer = project.here("send", "news", "--yes", "--wait")
    assert (answer.code, "waiting until" in answer.err) == (69, False)
    assert project.status()["states"]["queued"] == 2


def test_a_relay_that_was_away_costs_no_stage(project: TestProject) -> None:
    """With --wait the stages go on as they were asked for, with the look and the hold after each."""
    project.people(10)
    away = say("421 4.3.2 not now", cut=True)
    with running(ScriptedServer({"GREETING": [away, away, away, say("220 here again")]})) as server:
        project.relay(server.port, "[sending]\nsessions = 1\n")
        answer = project.here("send", "news", "--yes", "--wait", "--stages", "2,4,100%", "--hold", "1s")
        assert (answer.code, len(server.accepted)) == (0, 10), answer.err
    told = [line for line in answer.err.splitlines() if "waiting" in line or "is sent" in line]
    assert ["421" in told[0], *told[1:]] == [
        True,
        "stage 1 is sent; going on in 0:00:01",
        "stage 2 is sent; going on in 0:00:01",
    ]


def test_a_run_leaves_nobody_queued_that_it_had_not_sent(project: TestProject) -> None:
    """A doubtful copy that is due when the run ends stays uncertain, and the next run takes it up."""
    project.people(3)
    acts = [say("250 ok"), KEPT_AND_CUT, say("250 ok")]
    with running(ScriptedServer({"DOT": acts})) as server:
        project.relay(server.port, '[sending]\nsessions = 1\nuncertain_after = "0s"\n')
        answer = project.here("send", "news", "--yes")
        assert answer.code == 75
        assert "1 uncertain: sent once more from" in answer.out
        assert project.status()["states"]["queued"] == 0
        assert project.here("resume").code == 0
    assert project.status()["states"]["sent"] == 3


def test_one_stopped_issue_does_not_hold_up_the_others(project: TestProject) -> None:
    """`resume` without a name gives each unfinished issue its turn."""
    second = project.root / "issues" / "second.md"
    second.write_text(project.issue.read_text())
    for name in ("news", "second"):
        assert project.here("send", name, "--yes", "--limit", "1").code == 75
    project.issue.write_text(project.issue.read_text().replace("This is", "That was"))
    answer = project.here("resume")
    assert (answer.code, "the issue has changed" in answer.err) == (65, True)
    assert project.status("second")["states"]["sent"] == 2
    assert project.status("news")["states"]["queued"] == 1
