"""What `list import` does: it shows what would become of everybody, asks, and does just that."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from dispatch.cli.call import Call
from dispatch.cli.console import Console
from dispatch.feedback.importing import Intake, sort_out, take_in
from dispatch.ledger.arrivals import Arrivals, sorting_room
from dispatch.wiring.books import ledger_if_any, ledger_of
from dispatch.wiring.clock import now
from dispatch.wiring.people import list_of, people_of, sources, suppressed_by
from dispatch.wiring.project import Project, find_project

_BAD_ROWS_SHOWN = 10
_YES = "to import without being asked: --yes"


def import_people(
    call: Call, files: Sequence[Path], list_file: Path | None, *, dry_run: bool, yes: bool
) -> None:
    """Sort out the files, show it, and take the people in. Raises NotConfirmed, ListInvalid, InputMissing."""
    project = find_project(call.options.config)
    target = list_of(project, list_file)
    console = call.console
    with sorting_room() as room:
        intake = _sorted_out(project, files, list_file, room)
        if not console.json:
            _show(console, intake, target.name)
        nothing = not (intake.sorted.added or intake.sorted.suppressed)
        if not (dry_run or nothing):
            if not yes:
                console.confirm("Import them? Type yes:", "yes", hint=_YES, undone="nothing was imported")
            if intake.sorted.suppressed:
                with ledger_of(project) as ledger:
                    take_in(intake, room, target, ledger, now=now())
            else:
                take_in(intake, room, target, None, now=now())
    if console.json:
        console.object({"list": target.name, "done": not (dry_run or nothing), **_object(intake)})
    elif dry_run or nothing:
        console.talk("nothing was changed")
    else:
        console.talk("done; look at it with: dispatch list stats")


def _sorted_out(project: Project, files: Sequence[Path], list_file: Path | None, room: Arrivals) -> Intake:
    target = list_of(project, list_file)
    with ledger_if_any(project) as ledger:
        return sort_out(
            sources(files),
            room,
            columns=target.columns(),
            listed=(row.address.key for row in people_of(project, target.path)),
            suppressed=suppressed_by(ledger),
        )


def _show(console: Console, intake: Intake, name: str) -> None:
    for reading in intake.readings:
        console.result((reading.name, "bold"), f"  {reading.service}, {_people(reading.people)}")
        for reason, count in reading.strange.most_common(_BAD_ROWS_SHOWN):
            console.result(f"  {reason}: {_people(count)} stay out")
        for row in reading.bad_rows[:_BAD_ROWS_SHOWN]:
            console.result(f"  {reading.name}:{row.line}: {row.email}  ", (row.reason, "dim"))
        if reading.bad > _BAD_ROWS_SHOWN:
            console.result(f"  and {reading.bad - _BAD_ROWS_SHOWN:,} more rows that reach nobody")
    one = intake.sorted
    lines = [
        (one.added, f"go onto {name}, {one.with_consent:,} of them with a date of consent", "green"),
        (one.listed, "are there already, and stay as they are", ""),
        (one.kept_out, "stay out, because the suppression list has them", "yellow"),
        *(
            (count, f"go onto the suppression list: {kind.value}", "yellow")
            for kind, count in one.suppressed.items()
        ),
        (one.suppressed_before, "have left, and are on the suppression list already", ""),
        (one.on_list, f"of those who have left have a row in {name}, and get no mail from now on", "yellow"),
        (one.unconfirmed, "never confirmed, and go nowhere", ""),
        (one.duplicates, "rows more for somebody who stands there before", ""),
        (sum(reading.bad for reading in intake.readings), "rows reach nobody", "red"),
    ]
    for count, words, style in lines:
        if count:
            console.result((f"{count:>9,}  ", style), words)
    if intake.new_columns:
        console.result(f"{'':>9}  new columns in {name}: {', '.join(intake.new_columns)}")


def _people(count: int) -> str:
    return "1 person" if count == 1 else f"{count:,} people"


def _object(intake: Intake) -> dict[str, Any]:
    one = intake.sorted
    return {
        "files": [
            {
                "file": reading.name,
                "service": reading.service,
                "people": reading.people,
                "invalid": reading.bad,
                "unknown": dict(reading.strange.most_common(_BAD_ROWS_SHOWN)),
                "problems": [
                    {"line": row.line, "email": row.email, "reason": row.reason} for row in reading.bad_rows
                ],
            }
            for reading in intake.readings
        ],
        "added": one.added,
        "with_consent": one.with_consent,
        "present": one.listed,
        "kept_out": one.kept_out,
        "suppressed": sum(one.suppressed.values()),
        "suppressed_by": {kind.value: count for kind, count in one.suppressed.items()},
        "suppressed_before": one.suppressed_before,
        "suppressed_on_list": one.on_list,
        "unconfirmed": one.unconfirmed,
        "duplicates": one.duplicates,
        "new_columns": list(intake.new_columns),
    }
