"""How fast, through which relay: rates as a server sees them, slow domains, quotas, relays that die."""

from __future__ import annotations

import json
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable

import pytest

from tests.project import TestProject, kill
from tests.servers.programs import free_port
from tests.servers.scripted import Accepted, Act, ScriptedServer, running, say


def _times(accepted: Iterable[Accepted], domain: str = "") -> list[float]:
    return sorted(one.at for one in accepted if one.recipients[0].endswith(domain))


def _most(times: list[float], seconds: float) -> int:
    """The largest number in any window of `seconds`."""
    return max(bisect_left(times, start + seconds) - number for number, start in enumerate(times))


def _two_domains(project: TestProject, slow: int, others: int) -> None:
    rows = [f"one{number}@slow.example,One\n" for number in range(slow)]
    rows += [f"two{number}@quick.example,Two\n" for number in range(others)]
    project.list.write_text("email,name\n" + "".join(rows))


def test_a_rate_holds_at_the_server(project: TestProject) -> None:
    """50/s over any two seconds within 5 %, over several connections; and it is nearly reached."""
    project.people(200)
    with running(ScriptedServer()) as server:
        project.relay(server.port, 'rate = "50/s"\n')
        assert project.run("send", "news", "--yes").code == 0
        times = _times(server.accepted)
    assert len(times) == 200
    assert _most(times, 2.0) <= 105
    assert _most(times, 2.0) >= 70


@pytest.mark.slow
def test_two_processes_share_a_rate(project: TestProject) -> None:
    """Two issues at once through one relay leave together as fast as one alone."""
    project.people(200)
    second = project.root / "issues" / "second.md"
    second.write_text(project.issue.read_text())
    with running(ScriptedServer()) as server:
        project.relay(server.port, 'rate = "50/s"\n')
        runs = [project.start("send", name, "--yes") for name in ("news", "second")]
        assert [run.wait(60) for run in runs] == [0, 0]
        times = _times(server.accepted)
    assert len(times) == 400
    assert _most(times, 2.0) <= 105
    assert times[-1] - times[0] >= 400 / 50 * 0.95


def test_a_domains_rate_slows_that_domain_alone(project: TestProject) -> None:
    """The slow ones stand first in the list, and the others have all been sent long before them."""
    _two_domains(project, slow=60, others=300)
    with running(ScriptedServer()) as server:
        project.relay(server.port, '[sending]\ndomain_rate = { "slow.example" = "20/s" }\n')
        assert project.run("send", "news", "--yes").code == 0
        slow, quick = _times(server.accepted, "@slow.example"), _times(server.accepted, "@quick.example")
    assert (len(slow), len(quick)) == (60, 300)
    assert _most(slow, 2.0) <= 42
    assert slow[-1] - slow[0] >= 59 / 20 * 0.95
    assert quick[-1] < slow[-1] - 0.5


@pytest.mark.slow
@pytest.mark.slow
def test_a_days_quota_survives_a_kill(project: TestProject) -> None:
    """What was sent before kill -9 counts; when the quota is used up the run ends with 75, nobody failed."""
    project.people(60)
    acts = Act(b"250 ok\r\n", delay=0.02)
    with running(ScriptedServer({"DOT": acts})) as server:
        project.relay(server.port, 'rate = ["50/d", "1000/s"]\n[sending]\non_uncertain = "hold"\n')
        process = project.start("send", "news", "--yes")
        while len(server.accepted) < 20:
            assert process.poll() is None
        kill(process)
        answer = project.run("resume", "--yes")
        assert answer.code == 75
        assert "quota" in answer.err
        again = project.run("resume", "--yes")
        assert again.code == 75
        # Four sessions: so many may have been counted and killed before they reached the server.
        assert 46 <= len(server.accepted) <= 50
    states = project.status()["states"]
    assert states["failed"] == 0
    assert states["queued"] >= 10


def test_a_damaged_pace_is_a_fresh_start(project: TestProject) -> None:
    """It is said with -v, and nobody goes without mail for it."""
    with running(ScriptedServer()) as server:
        project.relay(server.port, 'rate = ["50/s", "50000/d"]\n')
        assert project.run("send", "news", "--yes").code == 0
        (file,) = (project.root / ".dispatch" / "pace").glob("*.json")
        assert json.loads(file.read_text())["taken"]["86400"][-1][1] == 2
        file.write_bytes(b'{"v": 1, "due": \xff')
        project.people(4)
        answer = project.run("-v", "send", "news", "--yes", "--new")
        assert len(server.accepted) == 4
    assert answer.code == 0
    assert "begins anew" in answer.err


def test_without_rates_there_is_no_pace_to_keep(project: TestProject) -> None:
    """No promise, no file."""
    assert project.run("send", "news", "--yes").code == 0
    assert not (project.root / ".dispatch" / "pace").exists()


@pytest.mark.slow
def test_a_provider_that_complains_is_slowed_alone(project: TestProject) -> None:
    """421 at RCPT for one domain: it is said with -v, and everybody else has their copy."""
    _two_domains(project, slow=20, others=100)

    def rcpt(command: str) -> Act:
        return say("451 4.7.1 too many messages") if "@slow.example" in command else say("250 ok")

    with running(ScriptedServer({"RCPT": rcpt})) as server:
        project.relay(server.port)
        answer = project.run("-v", "send", "news", "--yes")
        assert len(_times(server.accepted, "@quick.example")) == 100
    assert answer.code == 75
    assert "slow.example is slowed to" in answer.err
    assert "quick.example is slowed" not in answer.err
    states = project.status()["states"]
    assert (states["sent"], states["deferred"]) == (100, 20)


def _two_relays(project: TestProject, first: int, second: int, more: str = "") -> None:
    project.relay(first, f'\n[[relay]]\nhost = "127.0.0.1"\nport = {second}\nsecurity = "none"\n{more}')


def test_when_one_relay_dies_the_other_finishes(project: TestProject) -> None:
    """Everybody has one copy, and `why` shows both relays for a person who was tried at both."""
    project.people(300)
    tried: list[str] = []

    def dying(recipient: str) -> Act:
        tried.append(recipient)
        return say("250 ok") if len(tried) <= 40 else Act(cut=True)

    def greeting(_: str) -> Act:
        return say("220 ready") if len(tried) <= 40 else Act(cut=True)

    script = {"RCPT": dying, "GREETING": greeting}
    slowly = Act(b"250 ok\r\n", delay=0.01)
    with (
        running(ScriptedServer(script, offers=())) as one,
        running(ScriptedServer({"DOT": slowly}, offers=())) as other,
    ):
        _two_relays(project, one.port, other.port)
        answer = project.run("-v", "send", "news", "--yes")
        got = Counter(message.recipients[0] for message in (*one.accepted, *other.accepted))
        ports = one.port, other.port
    assert answer.code == 0
    assert (len(got), max(got.values())) == (300, 1)
    assert f"127.0.0.1:{ports[0]} rests" in answer.err
    unlucky = tried[40].partition("<")[2].rstrip(">")
    story = project.run("why", unlucky, "news", "--json").object
    details = " ".join(event["detail"] for event in story["events"])
    assert all(f"127.0.0.1:{port}" in details for port in ports)


@pytest.mark.parametrize(
    "script",
    [{"GREETING": say("554 5.7.1 not you")}, {"MAIL": say("550 5.7.1 not this sender")}, None],
    ids=["greeting", "sender", "nobody there"],
)
def test_a_relay_that_never_works_does_not_stop_the_other(
    project: TestProject, script: dict[str, Act] | None
) -> None:
    """Only the last relay's refusal is the run's."""
    project.people(50)
    with running(ScriptedServer(script or {})) as bad, running(ScriptedServer()) as good:
        _two_relays(project, bad.port if script else free_port(), good.port)
        assert project.run("send", "news", "--yes").code == 0
        assert len(good.accepted) == 50
        assert bad.connections < 5


def test_a_relay_that_takes_few_connections_gets_few(project: TestProject) -> None:
    """A greeting of 421 to the third connection is no failure of the relay: two carry everything."""
    project.people(100)
    server = ScriptedServer({"DOT": Act(b"250 ok\r\n", delay=0.01)})

    def greeting(_: str) -> Act:
        return say("220 ready") if len(server.visits) <= 2 else say("421 4.7.0 too many", cut=True)

    server.script["GREETING"] = greeting
    with running(server):
        project.relay(server.port, "[sending]\nsessions = 6\nmax_messages = 1000\n")
        assert project.run("send", "news", "--yes").code == 0
        assert len(server.accepted) == 100
        assert server.connections < 20
