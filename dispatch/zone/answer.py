"""An answer of the DNS as a value, and the shape of what asks for one."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from dispatch.model.note import Note, fail

ASK_AGAIN = "look at this machine's network, and ask again: dispatch doctor --online"
_LONGEST_STRING = 255  # RFC 1035 3.3: one character-string of a TXT record
_ESCAPED = re.compile(r'[^\x20-\x7e]|["\\]')  # as a zone file writes them (RFC 1035 5.1)


class Outcome(StrEnum):
    """What became of a question."""

    FOUND = "found"
    NO_RECORD = "no record"  # the name exists, without records of this kind
    NO_NAME = "no such name"  # NXDOMAIN
    FAILED = "failed"  # nobody knows: no answer in time, or a server that is out of order


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """`records` are texts as a zone file has them, but a TXT record is its strings joined.

    `why` says why the question FAILED.
    """

    outcome: Outcome
    records: tuple[str, ...] = ()
    why: str = ""

    @property
    def is_void(self) -> bool:
        """Whether it is a sure no (RFC 7208 4.6.4)."""
        return self.outcome in {Outcome.NO_RECORD, Outcome.NO_NAME}


Ask = Callable[[str, str], Answer]
"""Asks for the records of a name and a kind (`TXT`, `MX`, ...); never raises."""


def unanswered(topic: str, name: str, answer: Answer) -> Note:
    """What is to be said when a question about `name` FAILED: nobody knows how it stands."""
    return fail(topic, f"{name}: {answer.why}", ASK_AGAIN)


def is_open(note: Note) -> bool:
    """Whether a note only says that the DNS did not answer: nothing is known to be wrong."""
    return note.mend == ASK_AGAIN


def txt_record(name: str, text: str) -> str:
    """A TXT record to paste into a zone, cut into strings of at most 255 octets (RFC 7208 3.3)."""
    octets = text.encode("utf-8", "backslashreplace")
    cut = [octets[start : start + _LONGEST_STRING] for start in range(0, len(octets), _LONGEST_STRING)]
    pieces = [_ESCAPED.sub(lambda sign: f"\\{ord(sign[0]):03}", piece.decode("latin-1")) for piece in cut]
    value = " ".join(f'"{piece}"' for piece in pieces)
    return f"{name}. IN TXT {value if len(pieces) == 1 else f'( {value} )'}"


def quoted(text: str) -> str:
    """Somebody else's record for the eyes: one line, not too long."""
    plain = re.sub(r"[^\x20-\x7e]", "?", text)
    return f'"{plain}"' if len(plain) <= 120 else f'"{plain[:117]}..."'


def tags(record: str) -> dict[str, str]:
    """A record of tag=value pairs between semicolons (RFC 6376 3.2). Raises ValueError for what is none."""
    found: dict[str, str] = {}
    for pair in record.split(";"):
        if not pair.strip():
            continue
        name, equals, value = pair.partition("=")
        name = name.strip()
        if not equals or not name.isidentifier():
            raise ValueError(f"{quoted(pair.strip())} is not a tag and a value")
        if name in found:
            raise ValueError(f"the tag {name}= stands there twice")
        found[name] = value.strip()
    return found
