"""What `check` does: the verdict in words, as JSON, SARIF or for GitHub; and what a rule says of itself."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from dispatch import __version__
from dispatch.check.registry import BY_ID, FAMILIES, RULES, unknown
from dispatch.check.rule import Rule, Severity
from dispatch.check.sarif import sarif, workflow_commands
from dispatch.check.verdict import Finding, Selection, Verdict
from dispatch.cli.call import Call
from dispatch.cli.choice import chosen_issue
from dispatch.cli.console import Console
from dispatch.errors import CheckFailed, UsageError
from dispatch.ledger.ledger import Ledger
from dispatch.mail.letter import Letters
from dispatch.wiring.books import ledger_if_any
from dispatch.wiring.checking import Reach, Wish, examine
from dispatch.wiring.project import Project, find_project

_STOPPED = 4
_HINT = "all rules: dispatch check --explain all"
_STYLES = {Severity.ERROR: "bold red", Severity.WARNING: "yellow", Severity.INFO: "cyan"}


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
    _print(call.console, verdict, asked.format or (Format.JSON if call.console.json else Format.TEXT))
    return _STOPPED if verdict.errors or (asked.strict and verdict.warnings) else 0


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


def _print(console: Console, verdict: Verdict, form: Format) -> None:
    if form is Format.JSON:
        console.object(verdict_object(verdict))
    elif form is Format.SARIF:
        console.raw(json.dumps(sarif(verdict, version=__version__), indent=2, ensure_ascii=False) + "\n")
    elif form is Format.GITHUB:
        console.raw("".join(f"{line}\n" for line in workflow_commands(verdict)))
    else:
        _print_words(console, verdict)


def _print_words(console: Console, verdict: Verdict) -> None:
    for finding in verdict.findings:
        if finding.severity is not Severity.INFO or console.verbose:
            _print_finding(console, finding)
    if not console.quiet:
        console.result(*_summary(verdict))
    if verdict.errors or verdict.warnings:
        first = next(one for one in verdict.findings if one.severity is not Severity.INFO)
        console.talk(f"why, and what is good instead: dispatch check --explain {first.rule}")


def _print_finding(console: Console, finding: Finding) -> None:
    label = (f"{finding.severity.value} {finding.rule}", _STYLES[finding.severity])
    console.result((f"{finding.place}", "bold"), ": ", label, f"  {finding.message}")


def _summary(verdict: Verdict) -> list[tuple[str, str]]:
    style = "bold red" if verdict.errors else "yellow" if verdict.warnings else "green"
    return [(in_words(verdict), style)]


def in_words(verdict: Verdict) -> str:
    """`2 errors, 1 warning, 1 ignored (1 of them an error)`."""
    words = [_count(verdict.errors, "error"), _count(verdict.warnings, "warning")]
    if infos := verdict.count(Severity.INFO):
        words.append(f"{_count(infos, 'remark')} (-v)")
    if verdict.ignored:
        grave = verdict.ignored_errors
        which = f" ({grave} of them {'an error' if grave == 1 else 'errors'})" if grave else ""
        words.append(f"{len(verdict.ignored)} ignored{which}")
    return ", ".join(words)


def _count(number: int, noun: str) -> str:
    return f"{number or 'no'} {noun}{'' if number == 1 else 's'}"


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
        console.result((f"  {rule.id}  {rule.severity.value:<8}", _STYLES[rule.severity]), rule.why)


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


def verdict_before_sending(
    project: Project, path: Path, letters: Letters, ledger: Ledger | None, list_file: Path | None
) -> Verdict:
    """The verdict on the letter itself. Rows of the list that cannot be used are the plan's to skip."""
    wish = Wish(selection=Selection(about_rows=False), reach=Reach.LETTER, list_file=list_file)
    return examine(project, path, wish, ledger=ledger, letters=letters)


def refuse_errors(console: Console, verdict: Verdict, issue_file: str) -> None:
    """Raise CheckFailed when there are errors, and say all of them."""
    errors = [finding for finding in verdict.findings if finding.severity is Severity.ERROR]
    if not errors:
        return
    for finding in errors[1:]:
        console.talk(
            (f"{finding.place}", "bold"), ": ", (f"error {finding.rule}", "bold red"), f"  {finding.message}"
        )
    first = errors[0]
    raise CheckFailed(
        f"{first.rule}: {first.message} ({in_words(verdict)}; nothing was sent)",
        file=first.place.file,
        line=first.place.line,
        hint=f"dispatch check {issue_file}; if it is meant so: checks: {{ignore: [{first.rule}]}}",
    )
