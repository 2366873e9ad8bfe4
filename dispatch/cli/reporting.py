"""What `report` does: the ledger read once, printed or written to a file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from dispatch.cli.call import Call
from dispatch.cli.console import JSON_VERSION
from dispatch.cli.events import iso
from dispatch.cli.output import write_out
from dispatch.errors import UsageError
from dispatch.ledger.copies import copies
from dispatch.ledger.ledger import Ledger
from dispatch.ledger.rows import IssueRecord
from dispatch.publish.report import make_report, report_object, report_text
from dispatch.publish.table import csv_lines
from dispatch.wiring.books import planned_issue
from dispatch.wiring.project import Project, find_project, shown

_FORMATS = ("text", "json", "csv")


def show_report(call: Call, name: str, form: str | None, out: Path | None) -> None:
    """Print the report of an issue, or write it to `out`. Raises UsageError, InputMissing."""
    form = form or ("json" if call.options.json else "text")
    if form not in _FORMATS:
        raise UsageError(f"--format {form} is none of {', '.join(_FORMATS)}", hint="dispatch report --help")
    project = find_project(call.options.config)
    with planned_issue(project, name) as (ledger, record):
        pieces = _pieces(project, ledger, record, form)
        if out is not None:
            write_out(out, pieces)
            call.console.talk(f"written: {shown(out)}")
        elif form == "text":
            for line in "".join(pieces).rstrip("\n").split("\n"):
                call.console.result(line)
        else:
            for piece in pieces:
                call.console.raw(piece)


def _pieces(project: Project, ledger: Ledger, record: IssueRecord, form: str) -> Iterator[str]:
    if form == "csv":
        yield from csv_lines(copies(ledger, record.id))
        return
    report = make_report(record, copies(ledger, record.id))
    if form == "text":
        yield report_text(report, project.zone)
        return
    facts = {
        key: iso(value) if isinstance(value, datetime) else value
        for key, value in report_object(report).items()
    }
    yield json.dumps({"v": JSON_VERSION, **facts}, ensure_ascii=False) + "\n"
