"""What `zone` says about the sender's domain, as findings of the DNS rules."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from dispatch.check.dns import RULES
from dispatch.check.rule import Rule, Severity
from dispatch.check.verdict import Selection, judged
from dispatch.check.view import View
from dispatch.model.note import DomainNotes, Note, fail, ok, warn
from dispatch.wiring.checking import Wish, gathered
from dispatch.wiring.project import find_project
from dispatch.zone.answer import Answer, Outcome, unanswered
from tests.check.bench import Bench

FAMILIES = ("spf", "dkim", "dmarc", "hosts")
OPEN = unanswered("SPF", "example.com", Answer(outcome=Outcome.FAILED, why="no answer in time"))


@pytest.fixture
def view(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> View:
    """The good newsletter."""
    monkeypatch.chdir(tmp_path)
    Bench(tmp_path).write()
    project = find_project(None)
    return gathered(project, project.find_issue("news"), Wish(), ledger=None)


def found(view: View, about: str, note: Note) -> list[tuple[str, Severity, str]]:
    """What is found when this is all that the DNS said."""
    verdict = judged(
        replace(view, dns=DomainNotes(**{about: (note,)})), Selection(select=["DNS"], online=True)
    )
    return [(one.rule, one.severity, one.message) for one in verdict.findings]


@pytest.mark.parametrize(("about", "rule"), list(zip(FAMILIES, RULES, strict=True)))
def test_each_note_is_found_by_its_rule(view: View, about: str, rule: Rule) -> None:
    """As grave as the rule says, a warning when it only could be better, and nothing when all is well."""
    assert found(view, about, fail("x", "it is wrong", "mend it")) == [
        (rule.id, rule.severity, "it is wrong")
    ]
    assert found(view, about, warn("x", "it is weak", "mend it")) == [
        (rule.id, Severity.WARNING, "it is weak")
    ]
    assert found(view, about, ok("x", "it is well")) == []


@pytest.mark.parametrize("about", FAMILIES)
def test_a_question_without_an_answer_stops_nothing(view: View, about: str) -> None:
    """Nobody knows that anything is wrong."""
    ((_, severity, message),) = found(view, about, OPEN)
    assert (severity, message) == (Severity.WARNING, "example.com: no answer in time")


def test_without_online_the_dns_is_not_heeded(view: View) -> None:
    """Its rules are those of the network."""
    dns = DomainNotes(spf=(fail("SPF", "it is wrong", "mend it"),))
    assert judged(replace(view, dns=dns), Selection(select=["DNS"])).findings == ()
