"""What `doctor` does: look at what can be looked at on this machine, and say what is wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from dispatch.cli.call import Call
from dispatch.errors import DispatchError
from dispatch.ledger.decisions import damage
from dispatch.render.palette import changed_accent
from dispatch.wiring.books import ledger_if_any
from dispatch.wiring.press import print_page
from dispatch.wiring.project import Project, find_project, shown


@dataclass(frozen=True, slots=True, kw_only=True)
class _Check:
    """One thing looked at: what was seen, or what is wrong with it."""

    name: str
    seen: str = ""
    findings: tuple[str, ...] = ()


def examine(call: Call, *, ledger_only: bool) -> int:
    """Print every check; the exit code is 1 when one of them found something."""
    checks = list(_checks(call, ledger_only=ledger_only))
    sound = not any(check.findings for check in checks)
    if call.console.json:
        told = [
            {"check": one.name, "ok": not one.findings, "seen": one.seen, "findings": list(one.findings)}
            for one in checks
        ]
        call.console.object({"ok": sound, "checks": told})
        return 0 if sound else 1
    for check in checks:
        sign = ("wrong  ", "bold red") if check.findings else ("ok     ", "green")
        call.console.result(sign, f"{check.name:<14}", (check.seen, "dim"))
        for finding in check.findings:
            call.console.result("         ", finding)
    return 0 if sound else 1


def _checks(call: Call, *, ledger_only: bool) -> Iterator[_Check]:
    try:
        project = find_project(call.options.config)
    except DispatchError as error:
        yield _Check(name="configuration", findings=(str(error),))
        return
    if not ledger_only:
        yield _Check(name="configuration", seen=project.configuration.file or "none, the defaults are used")
        yield _guarded("list", lambda: _list(project))
        yield _guarded("templates", lambda: _templates(project))
    yield _guarded("ledger", lambda: _ledger(project))


def _guarded(name: str, look: Callable[[], _Check]) -> _Check:
    try:
        return look()
    except DispatchError as error:
        return _Check(name=name, findings=(str(error),))


def _list(project: Project) -> _Check:
    path = project.list_file(None)
    rows = sum(1 for _ in project.read_list(path))
    return _Check(name="list", seen=f"{shown(path)}: {rows:,} rows")


def _templates(project: Project) -> _Check:
    """Every issue in its layout; a broken draft is a finding, and the others are looked at all the same."""
    files = project.issue_files()
    people = project.list_file(None)
    columns = project.read_list(people).columns if people.is_file() else ("email",)
    findings = []
    for path in files:
        try:
            print_page(project, project.read_issue(path), path, columns)
        except DispatchError as error:
            findings.append(str(error))
    note = changed_accent(project.settings.theme)
    seen = f"{len(files)} issues in their layouts" + (f"; {note}" if note else "")
    return _Check(name="templates", seen=seen, findings=tuple(findings))


def _ledger(project: Project) -> _Check:
    """SQLite's own examination, then the history of every issue replayed."""
    with ledger_if_any(project) as ledger:
        if ledger is None:
            return _Check(name="ledger", seen="none yet; the first plan makes it")
        findings = damage(ledger)
        issues = [] if findings else ledger.issues()
        for record in issues:
            findings += [f"{record.slug}: {finding}" for finding in ledger.audit(record.id)]
        rows = sum(record.listed for record in issues)
        seen = f"{ledger.database.place}: {len(issues)} issues, {rows:,} rows, every history replayed"
        return _Check(name="ledger", seen=seen, findings=tuple(findings))
