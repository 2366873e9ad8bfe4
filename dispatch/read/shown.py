"""Somebody else's text, made fit to stand in a message or in the ledger."""

from __future__ import annotations


def shown(text: str, longest: int = 60) -> str:
    """The first `longest` characters, with U+FFFD for what cannot be printed or stored.

    That is whatever moves the cursor, turns the direction of a line, or has no bytes in UTF-8.
    """
    return "".join(sign if sign.isprintable() else "\ufffd" for sign in text[:longest])
