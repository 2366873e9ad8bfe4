"""What `forget` and `export` do: one person is erased, or handed everything that is held about them."""

from __future__ import annotations

import json
from pathlib import Path

from dispatch.cli.call import Call
from dispatch.cli.console import JSON_VERSION, Console
from dispatch.cli.output import write_out
from dispatch.errors import InputMissing
from dispatch.feedback.person import Erasure
from dispatch.wiring.books import ledger_if_any, ledger_of
from dispatch.wiring.erasing import erase_person
from dispatch.wiring.people import given_address, held_about
from dispatch.wiring.project import find_project, shown
from dispatch.wiring.wiping import finish


def forget_person(call: Call, text: str, *, yes: bool) -> None:
    """Erase somebody, after asking. Raises NotConfirmed, Temporary, LedgerUnavailable."""
    project = find_project(call.options.config)
    address, console = given_address(text), call.console
    if not yes:
        console.talk("This cannot be undone: list, ledger and caught letters lose every trace of them.")
        question = f"Type {address.written} to forget them:"
        hint = f"to forget without being asked: dispatch forget {address.written} --yes"
        console.confirm(question, address.written.lower(), hint=hint, undone="nothing was erased")
    with ledger_of(project) as ledger:
        done = erase_person(project, ledger, address)
        finish(project, ledger)
    if console.json:
        console.object(
            {
                "rows": [{"list": name, "line": line} for name, line in done.rows],
                "copies": done.copies,
                "mentions": done.mentions,
                "messages": done.messages,
                "remaining": [shown(path) for path in done.remaining],
            }
        )
        return
    _tell(console, done)


def _tell(console: Console, done: Erasure) -> None:
    for name, line in done.rows:
        console.result(f"{name}:{line}: erased")
    console.result(f"{done.copies:,} copies in the ledger are nobody's now")
    if done.mentions:
        console.result(f"{done.mentions:,} other rows of the ledger no longer mention them")
    if done.messages:
        console.result(f"{done.messages:,} letters were deleted from .dispatch")
    for path in done.remaining:
        console.result(("still there  ", "yellow"), f"{shown(path)}, which is yours to change")
    console.talk("they are kept out by a hash that only this newsletter's key can make")


def hand_over(call: Call, text: str, out: Path | None) -> None:
    """Print everything that is held about somebody, or write it to a file. Raises InputMissing."""
    project = find_project(call.options.config)
    address = given_address(text)
    with ledger_if_any(project) as ledger:
        value = held_about(project, address, ledger)
    parts = ("list", "suppression", "paused_until", "choices", "issues", "messages")
    if not any(value[part] for part in parts):
        raise InputMissing(f"nothing is held about {address.written}", hint="is it spelled like this?")
    if out is None and call.console.json:
        call.console.object(value)
        return
    words = json.dumps({"v": JSON_VERSION, **value}, ensure_ascii=False, indent=2, default=str) + "\n"
    if out is None:
        call.console.raw(words)
    else:
        write_out(out, [words])
        call.console.talk(f"everything held about {address.written} is in {out}")
