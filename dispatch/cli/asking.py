"""Asking before mail leaves: yes for a few people, the number itself for many."""

from __future__ import annotations

from dispatch.cli.console import Console
from dispatch.cli.terms import Terms

_TYPE_THE_NUMBER_ABOVE = 20


def confirm_sending(console: Console, issue_file: str, due: int, terms: Terms) -> None:
    """Ask whether to send an issue to those who are due, as far as the terms let it. Raises NotConfirmed."""
    count = min(due, terms.limit or due, terms.sample or due)
    hint = f"to send without being asked: dispatch send {issue_file} --yes"
    confirm_count(console, count, verb="send to", hint=hint)


def confirm_count(console: Console, count: int, *, verb: str, hint: str) -> None:
    """Ask whether to send to so many. `verb` begins the question. Raises NotConfirmed."""
    if count > _TYPE_THE_NUMBER_ABOVE:
        console.confirm(f"Type {count} to {verb} {count:,} people:", str(count), hint=hint)
    else:
        people = "person" if count == 1 else "people"
        console.confirm(f"{verb[:1].upper()}{verb[1:]} {count} {people}? Type yes:", "yes", hint=hint)
