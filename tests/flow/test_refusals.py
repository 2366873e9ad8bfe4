"""Relays that refuse, defer and cut: who is refused for good, who is due again, who is suppressed."""

from __future__ import annotations

import time
from collections import Counter

import pytest

from tests.project import TestProject
from tests.servers.scripted import CUT, KEPT_AND_CUT, Act, Entry, ScriptedServer, running, say


def _by_number(command: str) -> Act:
    """What a recipient gets by the last digit of their number: 0 is unknown, 1 greylisted."""
    digit = command.partition("@")[0][-1]
    return {"0": say("550 5.1.1 no such user"), "1": say("450 4.2.0 greylisted")}.get(digit, say("250 ok"))


def test_the_ledger_equals_the_servers_log(project: TestProject) -> None:
    """Refused, deferred and accepted people are counted apart, and none of them stops the others."""
    project.people(50)
    with running(ScriptedServer({"RCPT": _by_number})) as server:
        project.relay(server.port)
        answer = project.here("send", "news", "--yes")
        got = Counter(message.recipients[0] for message in server.accepted)
    assert answer.code == 75
    status = project.status()
    assert {state: count for state, count in status["states"].items() if count} == {
        "sent": 40,
        "failed": 5,
        "deferred": 5,
    }
    assert status["next_attempt_at"] is not None
    assert (len(got), max(got.values())) == (40, 1)
    story = project.here("why", "reader10@example.com", "news", "--json").object
    assert "550 5.1.1 no such user" in story["events"][-1]["detail"]


def test_an_address_that_does_not_exist_is_not_written_to_again(project: TestProject) -> None:
    """A hard refusal suppresses the address for the next issue."""
    project.people(3)
    with running(ScriptedServer({"RCPT": _by_number})) as server:
        project.relay(server.port)
        assert project.here("send", "news", "--yes").code == 75
    second = project.root / "issues" / "second.md"
    second.write_text(project.issue.read_text())
    assert project.here("plan", "second", "--json").object["suppressed"] == 1


def test_refused_for_good_ends_with_three(project: TestProject) -> None:
    """Finished, and somebody was refused."""
    project.people(1)
    with running(ScriptedServer({"RCPT": say("550 5.1.1 no such user")})) as server:
        project.relay(server.port)
        assert project.here("send", "news", "--yes").code == 3
        assert project.here("send", "news", "--yes").code == 0


@pytest.mark.parametrize(
    ("script", "code"),
    [
        ({"GREETING": say("554 5.7.1 go away")}, 69),
        ({"MAIL": say("550 5.7.1 not your domain")}, 69),
    ],
    ids=["greeting", "sender"],
)
def test_a_relay_that_refuses_us_fails_nobody(
    project: TestProject, script: dict[str, Entry], code: int
) -> None:
    """The run stops after few connections, the cause is named, and everyone is still queued."""
    project.people(30)
    with running(ScriptedServer(script)) as server:
        project.relay(server.port)
        answer = project.here("send", "news", "--yes")
        assert server.connections < 5
    assert answer.code == code
    assert "5.7.1" in answer.err
    assert project.status()["states"]["queued"] == 30


def test_a_refused_login_ends_with_77(project: TestProject) -> None:
    """Nothing was sent, nobody failed, and the password is nowhere in the output."""
    project.people(30)
    with running(ScriptedServer({"AUTH": say("535 5.7.8 no")})) as server:
        project.relay(server.port, 'user = "ann"\npassword = "canary-7319"\n')
        answer = project.here("send", "news", "--yes", "--debug", "-v")
        assert server.connections < 5
    assert answer.code == 77
    assert "canary-7319" not in answer.out + answer.err
    assert project.status()["states"]["queued"] == 30


def test_a_cut_before_the_dot_loses_nobody_and_repeats_nobody(project: TestProject) -> None:
    """Every fifth connection dies at DATA; in the end each person has one copy."""
    project.people(20)
    acts = [say("354 go on")] * 4 + [CUT]
    with running(ScriptedServer({"DATA": [*acts * 4, say("354 go on")]})) as server:
        project.relay(server.port)
        assert project.here("send", "news", "--yes").code == 0
        got = Counter(message.recipients[0] for message in server.accepted)
    assert (len(got), max(got.values())) == (20, 1)


def test_a_cut_after_the_dot_is_uncertain_and_held(project: TestProject) -> None:
    """Nobody knows, so it is said; with `hold` nobody gets it twice."""
    project.people(10)
    acts = [say("250 ok")] * 3 + [KEPT_AND_CUT]
    with running(ScriptedServer({"DOT": [*acts, say("250 ok")]})) as server:
        project.relay(server.port, '[sending]\non_uncertain = "hold"\n')
        assert project.here("send", "news", "--yes").code == 75
        assert project.here("resume", "--yes").code == 75
        got = Counter(message.recipients[0] for message in server.accepted)
    states = project.status()["states"]
    assert (states["sent"], states["uncertain"]) == (9, 1)
    assert (len(got), max(got.values())) == (10, 1)


def test_a_second_run_ends_quietly_while_one_is_going(project: TestProject) -> None:
    """Exit 75, and no mail of its own."""
    project.people(100)
    with running(ScriptedServer({"DOT": Act(b"250 ok\r\n", delay=0.3)})) as server:
        project.relay(server.port, "[sending]\nsessions = 1\n")
        first = project.start("send", "news", "--yes")
        while not server.accepted:
            assert first.poll() is None
            time.sleep(0.01)
        second = project.here("send", "news", "--yes")
        assert second.code == 75
        assert "another run" in second.err
        first.terminate()
        assert first.wait(60) == 143
        got = Counter(message.recipients[0] for message in server.accepted)
    assert max(got.values()) == 1
    assert project.status()["states"]["sent"] == len(got)
