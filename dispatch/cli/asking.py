"""Asking before mail leaves: yes for a few people, the number itself for many."""

from __future__ import annotations

from dispatch.cli.console import Console

_TYPE_THE_NUMBER_ABOVE = 20


def confirm_count(console: Console, count: int, *, verb: str, hint: str) -> None:
    """Ask whether to send to so many. `verb` begins the question. Raises NotConfirmed."""
    if count > _TYPE_THE_NUMBER_ABOVE:
        console.confirm(f"Type {count} to {verb} {count:,} people:", str(count), hint=hint)
    else:
        people = "person" if count == 1 else "people"
        console.confirm(f"{verb[:1].upper()}{verb[1:]} {count} {people}? Type yes:", "yes", hint=hint)
