"""A verdict for other programs: SARIF 2.1.0 for code scanning, workflow commands for GitHub Actions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from dispatch.check.registry import RULES
from dispatch.check.rule import Severity
from dispatch.check.verdict import Finding, Verdict

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


def sarif(verdict: Verdict, *, version: str) -> dict[str, Any]:
    """The verdict as a SARIF log (OASIS, 2.1.0); ignored findings are there as suppressed ones."""
    used = {finding.rule for finding in (*verdict.findings, *verdict.ignored)}
    rules = [rule for rule in RULES if rule.id in used]
    index = {rule.id: number for number, rule in enumerate(rules)}
    described = [
        {
            "id": rule.id,
            "shortDescription": {"text": rule.why},
            "help": {"text": f"{rule.why} Source: {rule.source}. See: dispatch check --explain {rule.id}"},
            "defaultConfiguration": {"level": _LEVELS[rule.severity]},
        }
        for rule in rules
    ]
    results = [_result(finding, index) for finding in verdict.findings]
    results += [
        _result(finding, index) | {"suppressions": [{"kind": "external"}]} for finding in verdict.ignored
    ]
    driver = {"name": "dispatch", "version": version, "rules": described}
    return {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}],
    }


def _result(finding: Finding, index: dict[str, int]) -> dict[str, Any]:
    place: dict[str, Any] = {"artifactLocation": {"uri": quote(finding.place.file.replace("\\", "/"))}}
    if finding.place.line:
        place["region"] = {"startLine": finding.place.line}
    return {
        "ruleId": finding.rule,
        "ruleIndex": index[finding.rule],
        "level": _LEVELS[finding.severity],
        "message": {"text": finding.message},
        "locations": [{"physicalLocation": place}],
    }


def workflow_commands(verdict: Verdict) -> Iterator[str]:
    """One line for each finding, as GitHub Actions reads them from a step's output."""
    for finding in verdict.findings:
        line = f",line={finding.place.line}" if finding.place.line else ""
        properties = (
            f"file={_property(finding.place.file)}{line},title={_property(f'dispatch {finding.rule}')}"
        )
        yield f"::{_COMMANDS[finding.severity]} {properties}::{_message(finding.message)}"


def _message(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _message(text).replace(":", "%3A").replace(",", "%2C")
