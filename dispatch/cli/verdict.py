"""A verdict in words, wherever it is told: by `check`, on the plan screen, and when it stops a send."""

from __future__ import annotations

from pathlib import Path

from dispatch.check.rule import Severity
from dispatch.check.verdict import Finding, Selection, Verdict
from dispatch.cli.console import Console
from dispatch.errors import CheckFailed
from dispatch.ledger.ledger import Ledger
from dispatch.mail.letter import Letters
from dispatch.wiring.checking import Reach, Wish, examine
from dispatch.wiring.project import Project

STOPPED = CheckFailed.exit_code
STYLES = {Severity.ERROR: "bold red", Severity.WARNING: "yellow", Severity.INFO: "cyan"}


def print_finding(console: Console, finding: Finding) -> None:
    """Print a finding as one line of the result."""
    label = (f"{finding.severity.value} {finding.rule}", STYLES[finding.severity])
    console.result((f"{finding.place}", "bold"), ": ", label, f"  {finding.message}")


def summary(verdict: Verdict) -> list[tuple[str, str]]:
    """The last line, in the colour of the gravest finding."""
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


def verdict_before_sending(
    project: Project, path: Path, letters: Letters, ledger: Ledger | None, list_file: Path | None
) -> Verdict:
    """The verdict on the letter itself. Rows of the list that cannot be used are the plan's to skip."""
    wish = Wish(selection=Selection(about_rows=False), reach=Reach.LETTER, list_file=list_file)
    return examine(project, path, wish, ledger=ledger, letters=letters)


def tell_errors(console: Console, verdict: Verdict) -> None:
    """Say every error on stderr, beside a result that is something else."""
    for finding in _errors(verdict):
        rule = (f"error {finding.rule}", STYLES[finding.severity])
        console.talk((f"{finding.place}", "bold"), ": ", rule, f"  {finding.message}")


def refuse_errors(console: Console, verdict: Verdict, issue_file: str) -> None:
    """Raise CheckFailed when there are errors, having said all of them."""
    errors = _errors(verdict)
    if not errors:
        return
    tell_errors(console, verdict)
    first = errors[0]
    raise CheckFailed(
        f"the check finds {in_words(verdict)}, so nothing was sent; {first.rule}: {first.message}",
        file=first.place.file,
        line=first.place.line,
        hint=f"dispatch check {issue_file}; if it is meant so: checks: {{ignore: [{first.rule}]}}",
    )


def _errors(verdict: Verdict) -> list[Finding]:
    return [finding for finding in verdict.findings if finding.severity is Severity.ERROR]
