"""What a plan was made from, as hashes, and in plain words what of it has changed."""

from __future__ import annotations

import hashlib

_HALF = 32  # hexadecimal digits: 128 bits


def content_hash(issue: str, layout: str) -> str:
    """One hash of 64 digits; the first half is the issue's, the second what stands around it."""
    return _half(issue) + _half(layout)


def changes(before: str, now: str, *, list_before: str = "", list_now: str = "") -> tuple[str, ...]:
    """What differs between two content hashes and two list hashes, in words; empty when nothing does."""
    parts = {
        "the issue": before[:_HALF] != now[:_HALF],
        "the layout or [newsletter]": before[_HALF:] != now[_HALF:],
        "the list": list_before != list_now,
    }
    return tuple(words for words, changed in parts.items() if changed)


def in_words(changed: tuple[str, ...]) -> str:
    """`the issue and the list have changed`, or `nothing has changed`."""
    if not changed:
        return "nothing has changed"
    return f"{' and '.join(changed)} {'has' if len(changed) == 1 else 'have'} changed"


def _half(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_HALF]
