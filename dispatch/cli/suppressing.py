"""What `suppress add|remove|list|import|export` do: who gets no mail, whatever the list says."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path

from dispatch.cli.call import Call
from dispatch.cli.console import Console
from dispatch.cli.deciding import decider
from dispatch.cli.events import iso
from dispatch.cli.listing import record
from dispatch.cli.output import write_out
from dispatch.cli.why import suppression_object
from dispatch.errors import InputMissing, UsageError
from dispatch.feedback.importing import Source
from dispatch.ledger.ledger import Ledger
from dispatch.ledger.suppression import FORGOTTEN, Suppression
from dispatch.model.arrival import Arrival
from dispatch.model.subscriber import BadRow
from dispatch.read.exports import read_export
from dispatch.read.times import iso_time
from dispatch.wiring.books import ledger_if_any, ledger_of
from dispatch.wiring.clock import now
from dispatch.wiring.people import given_address, sources
from dispatch.wiring.project import find_project

KINDS = ("hard", "soft", "complaint", "unsubscribe", "manual", FORGOTTEN)
# What a reader asked for: undoing that needs more than a slip of the keyboard.
_ASKED_FOR = frozenset({"complaint", "unsubscribe", FORGOTTEN})
_PSEUDONYM = re.compile(r"hmac:[0-9a-f]{8}:[0-9a-f]{64}")
_COLUMNS = ("email", "reason", "class", "source", "at")
_MANUAL = "manual"


def suppress_people(call: Call, addresses: Sequence[str], reason: str) -> None:
    """Put people on the list; who is there already keeps the first reason."""
    project = find_project(call.options.config)
    people = [given_address(text) for text in addresses]
    source = f"{decider()} (dispatch suppress add)"
    with ledger_of(project) as ledger:
        before = ledger.suppressed([one.key for one in people])
        entries = [Suppression(key=one.key, reason=reason, kind=_MANUAL, source=source) for one in people]
        ledger.suppress_all(entries, now=now())
    if call.console.json:
        added = [one.written for one in people if one.key not in before]
        present = [{"email": one.written, "reason": before[one.key]} for one in people if one.key in before]
        call.console.object({"suppressed": added, "present": present})
        return
    for one in people:
        told = f"was on the list before: {before[one.key]}" if one.key in before else "suppressed"
        call.console.result((one.written, "bold"), f"  {told}")


def free_people(call: Call, addresses: Sequence[str], *, yes: bool) -> None:
    """Take people off the list. What they had asked for themselves is asked about first.

    Raises InputMissing when one of them is not on it, and then nothing is changed; NotConfirmed.
    """
    project = find_project(call.options.config)
    people = [given_address(text) for text in addresses]
    with ledger_if_any(project) as ledger:
        found = {one.key: ledger.suppression_of(one.key) if ledger else None for one in people}
        for one in people:
            if found[one.key] is None:
                raise InputMissing(
                    f"{one.written} is not on the suppression list",
                    hint="look at it with: dispatch suppress list",
                )
        asked = [entry for entry in found.values() if entry and entry.kind in _ASKED_FOR]
        if asked and not yes:
            _confirm(call.console, asked)
        for key in found:
            if ledger:
                ledger.unsuppress(key)
    if call.console.json:
        call.console.object({"removed": [one.written for one in people]})
        return
    for one in people:
        call.console.result((one.written, "bold"), "  gets mail again, from the next plan on")
    call.console.talk("issues that were planned without them are not sent to them afterwards")


def _confirm(console: Console, asked: Sequence[Suppression]) -> None:
    for entry in asked:
        name = "somebody" if entry.is_forgotten else entry.key
        console.talk((name, "bold"), f"  {entry.reason}, {_day(entry.at)}")
    hint = "only when they asked to come back: --yes"
    question = "Did they ask to get mail again? Type yes:"
    console.confirm(question, "yes", hint=hint, undone="nobody was taken off the list")


def list_suppressed(call: Call, kind: str | None) -> None:
    """Print the list, or those of one class, streamed."""
    if kind is not None and kind not in KINDS:
        raise UsageError(f"there is no class {kind}", hint=f"classes: {', '.join(KINDS)}")
    project = find_project(call.options.config)
    console = call.console
    counts: Counter[str] = Counter()
    with ledger_if_any(project) as ledger:
        for entry in ledger.suppressions() if ledger else ():
            if kind not in {None, entry.kind}:
                continue
            counts[entry.kind] += 1
            if console.json:
                console.object(_object(entry))
                continue
            name = "(forgotten)" if entry.is_forgotten else entry.key
            console.result(
                f"{_day(entry.at)}  ",
                (f"{entry.kind:<12}", "yellow"),
                (name, "bold"),
                f"  {entry.reason}  ",
                (entry.source, "dim"),
            )
    if not console.json:
        told = ", ".join(f"{count:,} {name}" for name, count in counts.most_common())
        console.talk(f"{counts.total():,} suppressed{': ' if told else ''}{told}")


def import_suppressed(call: Call, files: Sequence[Path], reason: str | None, *, yes: bool) -> None:
    """Suppress everybody in the files. Raises NotConfirmed, InputMissing, ListInvalid."""
    project = find_project(call.options.config)
    found, console = sources(files), call.console
    counts = Counter(
        isinstance(row, Suppression) for source in found for row in _rows(source, reason or "imported")
    )
    if not console.json:
        for source in found:
            for row in _rows(source, ""):
                if isinstance(row, BadRow):
                    console.result(f"{source.name}:{row.line}: {row.email}  ", (row.reason, "dim"))
        console.result(f"{counts[True]:>9,}  rows for the suppression list")
    if counts[True] and not yes:
        question = "Suppress all of them? Type yes:"
        console.confirm(
            question, "yes", hint="to import without being asked: --yes", undone="nobody was suppressed"
        )
    added = 0
    if counts[True]:
        with ledger_of(project) as ledger:
            added = _suppress(ledger, found, reason or "imported")
    if console.json:
        console.object({"rows": counts[True], "suppressed": added, "invalid": counts[False]})
    else:
        console.result(f"{added:>9,}  were not on it before")


def _suppress(ledger: Ledger, found: Sequence[Source], reason: str) -> int:
    entries = (row for source in found for row in _rows(source, reason) if isinstance(row, Suppression))
    return ledger.suppress_all(entries, now=now())


def _rows(source: Source, reason: str) -> Iterator[Suppression | BadRow]:
    for row in read_export(source.read(), file=source.name):
        if isinstance(row, Arrival):
            yield _entry(row, source.name, reason)
        elif _PSEUDONYM.fullmatch(row.email):
            yield Suppression(key=row.email, reason=FORGOTTEN, kind=FORGOTTEN, source="")
        else:
            yield row


def _entry(row: Arrival, name: str, reason: str) -> Suppression:
    """What our own export says of somebody, or what the service says, or what the command line says."""
    kind = row.fields.get("class", "")
    at = row.left_at or iso_time(row.fields.get("at", ""))
    return Suppression(
        key=row.address.key,
        reason=row.fields.get("reason") or row.reason or (row.status.value if row.status.kind else reason),
        kind=kind if kind in KINDS and kind != FORGOTTEN else row.status.kind or _MANUAL,
        source=row.fields.get("source") or f"import of {name}",
        at=datetime.fromisoformat(at if "T" in at else f"{at}T00:00:00Z") if at else None,
    )


def export_suppressed(call: Call, out: Path | None) -> None:
    """Write the list as CSV, safe to open in a spreadsheet; `suppress import` reads it back."""
    project = find_project(call.options.config)
    with ledger_if_any(project) as ledger:
        pieces = _csv(ledger.suppressions() if ledger else ())
        if out is None:
            for piece in pieces:
                call.console.raw(piece)
            return
        write_out(out, pieces)
    call.console.talk(f"the suppression list is in {out}")


def _csv(entries: Iterable[Suppression]) -> Iterator[str]:
    yield record(_COLUMNS)
    for one in entries:
        yield record((one.key, one.reason, one.kind, one.source, iso(one.at) or ""))


def _object(entry: Suppression) -> dict[str, object]:
    return {"email": None if entry.is_forgotten else entry.key, **suppression_object(entry)}


def _day(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d}" if at else ""
