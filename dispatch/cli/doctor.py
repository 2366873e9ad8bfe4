"""`doctor` on the screen: what was looked at, in groups, each line with its grade and what mends it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from textwrap import wrap
from typing import Any

from dispatch.cli.call import Call
from dispatch.cli.console import Console
from dispatch.doctor.books import look_at_ledger, look_at_runs
from dispatch.doctor.domain import left_out, look_at_domain
from dispatch.doctor.guard import guarded, trouble
from dispatch.doctor.machine import look_at_clock, look_at_disk, look_at_permissions, look_at_time_zone
from dispatch.doctor.project import ListFacts, count_list, look_at_list, look_at_templates
from dispatch.doctor.relay import look_at_relay, look_at_sandbox
from dispatch.doctor.sender import look_at_sender, look_at_signature
from dispatch.errors import DispatchError
from dispatch.model.note import Grade, Note, ok
from dispatch.online.resolver import Resolver
from dispatch.wiring.clock import now
from dispatch.wiring.drive import drive
from dispatch.wiring.project import Project, find_project

_STYLES = {Grade.OK: "green", Grade.WARN: "yellow", Grade.FAIL: "bold red"}
_RECORD = re.compile(r"\. IN [A-Z]+ ")
_NAMES = 14  # columns
_INDENT = 2 + 6 + _NAMES


@dataclass(frozen=True, slots=True)
class Group:
    """What belongs together on the screen."""

    title: str
    notes: Sequence[Note]


def examine(call: Call, *, ledger_only: bool, online: bool, nameserver: str | None) -> int:
    """Print every look as it is taken; the exit code is 1 when something fails."""
    console = call.console
    resolver = Resolver(nameserver) if online or nameserver else None
    counted: Counter[Grade] = Counter()
    told: list[dict[str, Any]] = []
    for group in _round(call, resolver, ledger_only=ledger_only):
        counted.update(note.grade for note in group.notes)
        if console.json:
            told += [_as_object(group, note) for note in group.notes]
        else:
            _print_group(console, group)
    sound = not counted[Grade.FAIL]
    if console.json:
        console.object({"ok": sound, "checks": told})
    else:
        _print_sum(console, counted)
    return 0 if sound else 1


def _round(call: Call, resolver: Resolver | None, *, ledger_only: bool) -> Iterator[Group]:
    try:
        project = find_project(call.options.config)
    except DispatchError as error:
        yield Group("project", [trouble("configuration", error)])
        return
    if ledger_only:
        yield Group("project", guarded("ledger", lambda: look_at_ledger(project)))
        return
    yield from _whole_round(project, resolver)


def _whole_round(project: Project, resolver: Resolver | None) -> Iterator[Group]:
    people, listed = _count(project)
    yield Group(
        "project",
        [
            ok("configuration", project.configuration.file or "none, the defaults are used"),
            *listed,
            *guarded("templates", lambda: look_at_templates(project)),
            *guarded("ledger", lambda: look_at_ledger(project)),
            *guarded("runs", lambda: look_at_runs(project)),
        ],
    )
    yield Group(
        "sender", [*look_at_sender(project), *guarded("DKIM key", lambda: look_at_signature(project))]
    )
    if not project.settings.relay:
        yield Group("relay", look_at_sandbox(project))
    for relay in project.settings.relay:
        yield Group(f"relay {relay.name}", drive(look_at_relay(project, relay, people, now())))
    domain = project.settings.newsletter.sender.address.domain
    if resolver is None:
        yield Group("DNS", left_out(project))
    else:
        yield Group(f"DNS of {domain}", look_at_domain(project, resolver.ask))
    yield Group(
        "machine",
        [
            *guarded("clock", lambda: look_at_clock(project, now())),
            *guarded("time zone", lambda: look_at_time_zone(project, now())),
            *guarded("disk", lambda: look_at_disk(project, people.rows)),
            *guarded("permissions", lambda: look_at_permissions(project)),
        ],
    )


def _count(project: Project) -> tuple[ListFacts, Sequence[Note]]:
    """The list's facts for the looks that need them, and what is to be said of the list itself."""
    try:
        facts = count_list(project)
    except DispatchError as error:
        return ListFacts(), [trouble("list", error)]
    return facts, look_at_list(project, facts)


def _print_group(console: Console, group: Group) -> None:
    console.result((group.title, "bold"))
    for note in group.notes:
        first, *rest = _wrapped(console, note.seen)
        console.result("  ", (f"{note.grade:<6}", _STYLES[note.grade]), f"{note.name:<{_NAMES}}", first)
        for line in (*rest, *note.details):
            console.result(" " * _INDENT, line)
        if note.mend:
            style = "dim" if note.grade is Grade.OK else "cyan"
            first, *rest = _wrapped(console, note.mend)
            console.result(" " * (_INDENT - 2), ("> ", "dim"), (first, style))
            for line in rest:
                console.result(" " * _INDENT, (line, style))
    console.result()


def _wrapped(console: Console, words: str) -> list[str]:
    """The words in lines that fit, on a terminal. A DNS record is never cut: it is to be copied."""
    if not console.is_terminal or _RECORD.search(words):
        return [words]
    width = max(30, console.width - _INDENT)
    return wrap(words, width, break_long_words=False, break_on_hyphens=False) or [""]


def _print_sum(console: Console, counted: Counter[Grade]) -> None:
    parts = [f"{counted[grade]} {grade}" for grade in Grade if counted[grade]]
    worst = next((grade for grade in (Grade.FAIL, Grade.WARN) if counted[grade]), Grade.OK)
    console.result((", ".join(parts), _STYLES[worst]))


def _as_object(group: Group, note: Note) -> dict[str, Any]:
    findings = [] if note.grade is Grade.OK else list(note.details) or [note.seen]
    return {
        "group": group.title,
        "check": note.name,
        "status": note.grade,
        "ok": note.grade is not Grade.FAIL,
        "seen": note.seen,
        "findings": findings,
        "mend": note.mend,
    }
