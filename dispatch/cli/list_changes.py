"""What `list add` and `list remove` do: the owner changes the list, row by row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from dispatch.cli.call import Call
from dispatch.cli.events import iso
from dispatch.errors import InputMissing, UsageError
from dispatch.model.address import Address
from dispatch.model.subscriber import Subscriber
from dispatch.read.csv_lines import unreadable
from dispatch.read.records import column_name
from dispatch.read.suggestion import did_you_mean
from dispatch.read.times import iso_time
from dispatch.wiring.books import ledger_if_any
from dispatch.wiring.clock import now
from dispatch.wiring.people import given_address, list_of, people_of, suppressed_by
from dispatch.wiring.project import Project, find_project

_CONSENT = "consent_at"


def add_people(
    call: Call,
    addresses: Sequence[str],
    values: Sequence[str],
    consent_at: str | None,
    list_file: Path | None,
) -> None:
    """Add those who are not there. Raises UsageError for an unknown column, or somebody suppressed."""
    project = find_project(call.options.config)
    target = list_of(project, list_file)
    people = {address.key: address for address in map(given_address, addresses)}
    fields = _fields(values, consent_at)
    columns = _columns(target.columns(), fields)
    _refuse_suppressed(project, people)
    lines = {
        row.address.key: row.line for row in people_of(project, target.path) if row.address.key in people
    }
    fresh = [address for key, address in people.items() if key not in lines]
    if fresh:
        target.append(({**fields, "email": address.written} for address in fresh), columns=columns)
    _tell_added(call, people, lines, target.name)


def remove_people(call: Call, addresses: Sequence[str], list_file: Path | None) -> None:
    """Take out every row of these people; none at all, with InputMissing, when one of them has none."""
    project = find_project(call.options.config)
    target = list_of(project, list_file)
    keys = {address.key: address.written for address in map(given_address, addresses)}
    present = {row.address.key for row in people_of(project, target.path) if row.address.key in keys}
    if missing := [written for key, written in keys.items() if key not in present]:
        raise InputMissing(
            f"{', '.join(missing)} not in {target.name}", hint="look at it with: dispatch list show"
        )
    gone = target.remove(lambda row: isinstance(row, Subscriber) and row.address.key in keys)
    if call.console.json:
        rows = [{"line": row.line, "email": _written(row)} for row in gone]
        call.console.object({"list": target.name, "removed": rows})
        return
    for row in gone:
        call.console.result(f"{target.name}:{row.line}: ", (_written(row), "bold"), "  removed")
    call.console.talk("an import may bring them back; to keep somebody out: dispatch suppress add ADDRESS")


def _fields(values: Iterable[str], consent_at: str | None) -> dict[str, str]:
    fields: dict[str, str] = {}
    for given in values:
        name, equals, value = given.partition("=")
        if not equals or not name.strip():
            raise UsageError(f"--set {given}: write it as NAME=VALUE", hint="for example: --set name=Ann")
        if unreadable(value) or any(sign in value for sign in "\r\n"):
            raise UsageError(
                f"--set {name}: a value stands on one line, in UTF-8", hint="dispatch list add -h"
            )
        fields[column_name(name)] = value.strip()
    if "email" in fields:
        raise UsageError("the address is given by itself, not with --set", hint="dispatch list add --help")
    if consent_at is not None:
        when = iso(now()) if consent_at == "now" else iso_time(consent_at)
        if not when:
            raise UsageError(f"--consent-at {consent_at} is no time", hint="write it as 2026-11-20, or now")
        fields[_CONSENT] = when
    return fields


def _columns(present: tuple[str, ...], fields: Mapping[str, str]) -> tuple[str, ...]:
    """The columns that the list is to have: consent makes its own, every other one must be there."""
    if not present:
        return ("email", *fields)
    for name in fields:
        if name not in present and name != _CONSENT:
            hint = did_you_mean(name, present) or f"the list has the columns {', '.join(present)}"
            raise UsageError(f"the list has no column {name}", hint=hint)
    return (*present, _CONSENT) if _CONSENT in fields and _CONSENT not in present else present


def _refuse_suppressed(project: Project, people: Mapping[str, Address]) -> None:
    with ledger_if_any(project) as ledger:
        reasons = suppressed_by(ledger)(list(people))
    for key, reason in reasons.items():
        raise UsageError(
            f"{people[key].written} is on the suppression list: {reason}",
            hint=f"if they asked to come back: dispatch suppress remove {people[key].written}",
        )


def _tell_added(call: Call, people: Mapping[str, Address], lines: Mapping[str, int], name: str) -> None:
    if call.console.json:
        added = [address.written for key, address in people.items() if key not in lines]
        present = [{"email": people[key].written, "line": line} for key, line in lines.items()]
        call.console.object({"list": name, "added": added, "present": present})
        return
    for key, address in people.items():
        what = f"already on line {lines[key]}" if key in lines else "added"
        call.console.result(f"{name}: ", (address.written, "bold"), f"  {what}")


def _written(row: object) -> str:
    return row.address.written if isinstance(row, Subscriber) else ""
