"""What `check` does: the verdict in words, as JSON, SARIF or for GitHub; and what a rule says of itself."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from dispatch import __version__
from dispatch.check.census import Lines, ListFacts
from dispatch.check.place import lines_in_words
from dispatch.check.registry import BY_ID, FAMILIES, RULES, unknown
from dispatch.check.rule import Rule, Severity
from dispatch.check.sarif import sarif, workflow_commands
from dispatch.check.verdict import Finding, Selection, Verdict
from dispatch.cli.call import Call
from dispatch.cli.choice import chosen_issue
from dispatch.cli.console import Console
from dispatch.cli.verdict import STOPPED, STYLES, print_finding, summary
from dispatch.errors import UsageError
from dispatch.wiring.books import ledger_if_any
from dispatch.wiring.checking import Reach, Wish, examine
from dispatch.wiring.project import Project, find_project

_HINT = "all rules: dispatch check --explain all"


class Format(Enum):
    """How findings are printed."""

    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"
    GITHUB = "github"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What was asked of `check`."""

    as_whom: str | None = None
    everyone: bool = False
    select: Sequence[str] = ()
    ignore: Sequence[str] = ()
    online: bool = False
    strict: bool = False
    format: Format | None = None


def check_issue(call: Call, name: str | None, asked: Asked) -> int:
    """Check an issue and print what is wrong. The answer is the exit code. Raises UsageError."""
    selection = _selection(asked)
    project = find_project(call.options.config)
    path = chosen_issue(call.console, project, name)
    verdict = _examined(call.console, project, path, asked, selection)
    form = asked.format or (Format.JSON if call.console.json else Format.TEXT)
    _print(call.console, verdict, form, everyone=asked.everyone)
    return STOPPED if verdict.errors or (asked.strict and verdict.warnings) else 0


def _examined(console: Console, project: Project, path: Path, asked: Asked, selection: Selection) -> Verdict:
    reach = Reach.ALL if asked.everyone else Reach.ONE if asked.as_whom else Reach.FIRST
    with ledger_if_any(project) as ledger, console.progress("reading the list", None) as bar:
        wish = Wish(selection=selection, as_whom=asked.as_whom, reach=reach, progress=bar.at)
        return examine(project, path, wish, ledger=ledger)


def read_format(text: str | None) -> Format | None:
    """The format of --format. Raises UsageError."""
    try:
        return Format(text) if text is not None else None
    except ValueError as error:
        known = ", ".join(form.value for form in Format)
        raise UsageError(f"--format: {text} is none of {known}", hint="dispatch check --help") from error


def _selection(asked: Asked) -> Selection:
    select, ignore = _names(asked.select), _names(asked.ignore)
    if asked.as_whom and asked.everyone:
        raise UsageError("either --as or --all, not both", hint="dispatch check --help")
    if name := unknown((*select, *ignore)):
        raise UsageError(f"there is no rule or family {name}", hint=_HINT)
    return Selection(select=select or None, ignore=ignore, online=asked.online)


def _names(given: Sequence[str]) -> tuple[str, ...]:
    return tuple(name.strip() for one in given for name in one.split(",") if name.strip())


def _print(console: Console, verdict: Verdict, form: Format, *, everyone: bool) -> None:
    people = verdict.people if everyone else None
    if form is Format.JSON:
        listed = {"list": _list_object(people)} if people else {}
        console.object(verdict_object(verdict) | listed)
    elif form is Format.SARIF:
        console.raw(json.dumps(sarif(verdict, version=__version__), indent=2, ensure_ascii=False) + "\n")
    elif form is Format.GITHUB:
        console.raw("".join(f"{line}\n" for line in workflow_commands(verdict)))
    else:
        if people and not console.quiet:
            _print_list(console, people)
        _print_words(console, verdict)


def _print_list(console: Console, people: ListFacts) -> None:
    """What was seen of everybody: how many, the longest copy, and who has no value where one is used."""
    rows = [("list", f"{people.file}: {people.rows:,} rows")]
    if people.largest_html:
        reader = f"{people.largest_reader} ({people.file}:{people.largest_line})"
        rows.append(("largest", f"{people.largest_html:,} bytes of HTML, for {reader}"))
    for label, columns in (("empty", people.empty), ("unsafe", people.unsafe)):
        for name, lines in columns.items():
            if lines.count:
                rows.append((label, f"{name}: {lines.count:,} ({lines_in_words(lines.lines)})"))
    for label, words in rows:
        console.result((f"{label:>7}", "dim"), "  ", words)


def _list_object(people: ListFacts) -> dict[str, object]:
    return {
        "file": people.file,
        "rows": people.rows,
        "largest_html_bytes": people.largest_html,
        "largest": {"email": people.largest_reader, "line": people.largest_line},
        "empty": {name: _lines_object(lines) for name, lines in people.empty.items()},
        "unsafe": {name: _lines_object(lines) for name, lines in people.unsafe.items()},
    }


def _lines_object(lines: Lines) -> dict[str, object]:
    return {"count": lines.count, "lines": lines.lines}


def _print_words(console: Console, verdict: Verdict) -> None:
    for finding in verdict.findings:
        if finding.severity is not Severity.INFO or console.verbose:
            print_finding(console, finding)
    if not console.quiet:
        console.result(*summary(verdict))
    if verdict.errors or verdict.warnings:
        first = next(one for one in verdict.findings if one.severity is not Severity.INFO)
        console.talk(f"why, and what is good instead: dispatch check --explain {first.rule}")


def verdict_object(verdict: Verdict) -> dict[str, object]:
    """The verdict for --json."""
    return {
        "errors": verdict.errors,
        "warnings": verdict.warnings,
        "findings": [_finding_object(finding) for finding in verdict.findings],
        "ignored": [_finding_object(finding) for finding in verdict.ignored],
    }


def _finding_object(finding: Finding) -> dict[str, object]:
    told: dict[str, object] = {
        "rule": finding.rule,
        "severity": finding.severity.value,
        "file": finding.place.file,
        "line": finding.place.line,
        "message": finding.message,
    }
    return told | {"lines": list(finding.lines)} if finding.lines else told


def explain_rule(call: Call, name: str) -> None:
    """Print what a rule says of itself, or a line for each of a family or of all. Raises UsageError."""
    console, wanted = call.console, name.upper()
    if wanted in BY_ID:
        _explain_one(console, BY_ID[wanted])
        return
    rules = [rule for rule in RULES if wanted in {"ALL", rule.family}]
    if not rules:
        raise UsageError(f"there is no rule {name}", hint=_HINT)
    if console.json:
        console.object({"rules": [_rule_object(rule) for rule in rules]})
        return
    family = ""
    for rule in rules:
        if rule.family != family:
            family = rule.family
            console.result((f"{family}  {FAMILIES[family]}", "bold"))
        console.result((f"  {rule.id}  {rule.severity.value:<8}", STYLES[rule.severity]), rule.why)


def _explain_one(console: Console, rule: Rule) -> None:
    if console.json:
        console.object(_rule_object(rule))
        return
    online = ", looked at with --online" if rule.network else ""
    console.result((rule.id, "bold"), f"  {rule.severity.value}{online}")
    console.result(rule.why)
    console.result(("source  ", "dim"), rule.source)
    for label, sample, style in (("bad", rule.bad, "red"), ("good", rule.good, "green")):
        console.result((f"{label} ({rule.kind.value})", style))
        lines = sample.strip("\n").split("\n")
        for line in lines[:12]:
            console.result("    ", line[:300])
        if len(lines) > 12:
            console.result(("    ", "dim"), (f"and {len(lines) - 12:,} lines more", "dim"))
    console.result(
        ("ignore it  ", "dim"), f"checks: {{ignore: [{rule.id}]}} in an issue, [check] ignore for all"
    )


def _rule_object(rule: Rule) -> dict[str, object]:
    return {
        "rule": rule.id,
        "severity": rule.severity.value,
        "network": rule.network,
        "why": rule.why,
        "source": rule.source,
        "bad": rule.bad,
        "good": rule.good,
    }
