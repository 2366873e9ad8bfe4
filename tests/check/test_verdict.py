"""A verdict for machines: SARIF and GitHub's commands; and refusals by the rule that they break."""

from __future__ import annotations

import re

import pytest

from dispatch.check.place import Place
from dispatch.check.refusal import refused
from dispatch.check.registry import BY_ID, RULES, meant_by, unknown
from dispatch.check.rule import Severity
from dispatch.check.sarif import sarif, workflow_commands
from dispatch.check.verdict import Finding, Verdict
from dispatch.errors import DataError, IssueInvalid, TemplateInvalid, Topic

VERDICT = Verdict(
    findings=(
        Finding(
            rule="LNK001",
            severity=Severity.ERROR,
            place=Place("issues/ä b.md", 7),
            message="100 %\n::error::x",
        ),
        Finding(rule="IMG009", severity=Severity.INFO, place=Place("issues/a,b:c.md"), message="coarse"),
    ),
    ignored=(Finding(rule="LNK005", severity=Severity.WARNING, place=Place("x.md", 1), message="here"),),
)


def test_sarif_has_what_the_standard_requires() -> None:
    """OASIS SARIF 2.1.0: version, driver, message, a level that it knows, a valid URI, lines from 1."""
    log = sarif(VERDICT, version="1.2.3")

    assert (log["version"], len(log["runs"])) == ("2.1.0", 1)
    run = log["runs"][0]
    rules = run["tool"]["driver"]["rules"]
    assert run["tool"]["driver"]["name"] == "dispatch"
    assert [rule["id"] for rule in rules] == sorted({"LNK001", "IMG009", "LNK005"}, key=list(BY_ID).index)
    assert all(rule["shortDescription"]["text"] and rule["help"]["text"] for rule in rules)
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] in {"none", "note", "warning", "error"}
        place = result["locations"][0]["physicalLocation"]
        assert re.fullmatch(r"[A-Za-z0-9._~%/-]+", place["artifactLocation"]["uri"])
        assert place.get("region", {"startLine": 1})["startLine"] >= 1
    assert [result.get("suppressions") for result in run["results"]] == [None, None, [{"kind": "external"}]]


def test_workflow_commands_cannot_be_forged() -> None:
    """A line break or a comma in a message or a name stays inside of its command."""
    assert list(workflow_commands(VERDICT)) == [
        "::error file=issues/ä b.md,line=7,title=dispatch LNK001::100 %25%0A::error::x",
        "::notice file=issues/a%2Cb%3Ac.md,title=dispatch IMG009::coarse",
    ]


def test_a_verdict_counts() -> None:
    """By severity; remarks are neither errors nor warnings."""
    assert (VERDICT.errors, VERDICT.warnings, VERDICT.ignored_errors) == (1, 0, 0)


def test_names_are_ids_and_families_in_any_case() -> None:
    """And what is neither is told."""
    assert meant_by(["lnk", "IMG001"]) == {rule.id for rule in RULES if rule.family == "LNK"} | {"IMG001"}
    assert unknown(["LNK", "img001"]) is None
    assert unknown(["LNK", "NOPE"]) == "NOPE"


@pytest.mark.parametrize(
    ("error", "rule"),
    [
        (IssueInvalid("something nobody thought of", file="a.md", line=2), "ISS001"),
        (IssueInvalid("something nobody thought of", file="a.md", line=20), "HTM002"),
        (IssueInvalid("{{ x }} went wrong", file="a.md", line=2, about=Topic.EXPRESSION), "PER009"),
        (TemplateInvalid("something nobody thought of", file="templates/x", line=2), "HTM002"),
    ],
)
def test_no_refusal_is_lost(error: DataError, rule: str) -> None:
    """One that belongs to no rule is told under the nearest, as an error, at its place."""
    found_rule, found = refused(error, "a.md", body_line=9)

    assert (found_rule, found.severity) == (rule, Severity.ERROR)
    assert str(found.place) == error.where


@pytest.mark.parametrize("topic", Topic)
def test_every_topic_of_a_refusal_has_its_rule(topic: Topic) -> None:
    """Wherever in the issue it stands."""
    rules = {refused(IssueInvalid("no", line=line, about=topic), "a.md", 9)[0] for line in (2, 20)}

    assert len(rules & set(BY_ID)) == 1
