"""`resolve` and `retry`: the owner decides over doubtful and refused copies, and the ledger says who did."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.project import TestProject
from tests.servers.scripted import KEPT_AND_CUT, Act, ScriptedServer, running, say

HOLD = '[sending]\nsessions = 1\non_uncertain = "hold"\n'


def _states(project: TestProject) -> dict[str, int]:
    return {state: count for state, count in project.status()["states"].items() if count}


def _events(project: TestProject, email: str) -> list[tuple[str, str]]:
    story = project.here("why", email, "news", "--json").object
    return [(event["to"], event["detail"]) for event in story["events"]]


def test_held_copies_are_listed_and_settled(project: TestProject) -> None:
    """Each as it was decided: one is counted as sent, one goes out once more with the same Message-ID."""
    project.people(4)
    cut = {"reader1@example.com", "reader2@example.com"}

    def dot(recipient: str) -> Act:
        again = recipient in cut
        cut.discard(recipient)
        return KEPT_AND_CUT if again else say("250 ok")

    with running(ScriptedServer({"DOT": dot})) as server:
        project.relay(server.port, HOLD)
        sent = project.here("send", "news", "--yes")
        assert sent.code == 75
        assert "dispatch resolve" in sent.err
        listed = project.here("resolve", "news")
        assert "subscribers.csv:3" in listed.out
        assert f"127.0.0.1:{server.port}" in listed.out
        uncertain = project.here("resolve", "news", "--json").object["uncertain"]
        assert [(one["line"], one["email"]) for one in uncertain] == [
            (3, "reader1@example.com"),
            (4, "reader2@example.com"),
        ]
        assert project.here("resolve", "news", "READER1@example.com", "--assume-sent").code == 0
        assert _states(project) == {"sent": 3, "uncertain": 1}
        resolved = project.here("resolve", "news", "--resend", "--json").object
        assert (resolved["resolved"], resolved["to"]) == (1, "queued")
        assert project.here("resume").code == 0
        got = Counter(message.recipients[0] for message in server.accepted)
        ids = {m.message_id for m in server.accepted if m.recipients == ("reader2@example.com",)}
    assert got["reader2@example.com"] == 2
    assert sum(got.values()) == 5
    assert len(ids) == 1
    assert "decided: counted as sent" in _events(project, "reader1@example.com")[-1][1]
    assert any(
        "decided: to be sent once more" in detail for _, detail in _events(project, "reader2@example.com")
    )
    assert project.here("doctor", "--ledger").code == 0


def test_what_is_not_uncertain_cannot_be_resolved(project: TestProject) -> None:
    """Nobody who has the mail gets it again by a slip of the keyboard."""
    assert project.here("resolve", "news").code == 66
    project.here("send", "news", "--yes")
    assert project.here("resolve", "news").out == "news: nobody is uncertain\n"
    answer = project.here("resolve", "news", "reader0@example.com", "--resend")
    assert (answer.code, "is sent, not uncertain" in answer.err) == (66, True)
    assert project.here("resolve", "news", "stranger@example.com", "--resend").code == 66
    assert project.here("resolve", "news", "nonsense", "--resend").code == 2
    assert project.here("resolve", "news", "--resend", "--assume-sent").code == 2
    assert len(project.outbox()) == 2


def _refusing(project: TestProject) -> dict[str, Act]:
    project.people(5)
    return {
        "reader0": say("550 5.1.1 no such user"),
        "reader1": say("552 5.2.2 mailbox full"),
        "reader2": say("550 5.7.1 blocked by policy"),
        "reader3": say("552 5.2.2 mailbox full"),
    }


@pytest.mark.parametrize(
    ("failed", "count", "freed"), [("hard", 1, 1), ("soft", 2, 0), ("552", 2, 0), ("5.7.1", 1, 0)]
)
def test_refused_copies_are_sent_again_by_class_or_code(
    project: TestProject, failed: str, count: int, freed: int
) -> None:
    """Those that are meant and no others; only a hard refusal had suppressed its address."""
    refusing = _refusing(project)
    with running(ScriptedServer({"RCPT": lambda line: refusing.get(line[9:16], say("250 ok"))})) as server:
        project.relay(server.port)
        assert project.here("send", "news", "--yes").code == 3
        refusing.clear()
        answer = project.here("retry", "news", "--failed", failed, "--yes", "--json")
        assert answer.code == 0
        assert answer.events[0]["put_back"] == count
        assert answer.events[0]["unsuppressed"] == freed
        got = Counter(message.recipients[0] for message in server.accepted)
    assert _states(project) == {"sent": 1 + count, "failed": 4 - count}
    assert (len(got), max(got.values())) == (1 + count, 1)
    assert project.here("doctor", "--ledger").code == 0


def test_retry_asks_and_says_when_nobody_is_meant(project: TestProject) -> None:
    """Without --yes and without a terminal nothing moves; another class moves nobody; nonsense is told."""
    with running(ScriptedServer({"RCPT": say("552 5.2.2 mailbox full")})) as server:
        project.relay(server.port)
        assert project.here("retry", "news", "--failed", "soft", "--yes").code == 66
        assert project.here("send", "news", "--yes").code == 3
        asked = project.here("retry", "news", "--failed", "soft")
        assert (asked.code, "552 5.2.2 mailbox full" in asked.err) == (5, True)
        nobody = project.here("retry", "news", "--failed", "hard", "--yes")
        assert (nobody.code, nobody.out) == (0, "news: nobody failed with hard\n")
        assert project.here("retry", "news", "--failed", "sometimes", "--yes").code == 2
        assert project.here("retry", "news", "--failed", "552", "--yes").code == 3
    assert _states(project) == {"failed": 2}
    assert [state for state, _ in _events(project, "reader0@example.com")] == [
        "queued",
        "sending",
        "failed",
        "queued",
        "sending",
        "failed",
    ]
