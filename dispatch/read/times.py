"""Times as exports write them (`2023-01-17 14:03:12`, `01/17/2023 2:03 pm`) as ISO 8601."""

from __future__ import annotations

import re
from datetime import UTC, datetime

# PostgreSQL's and Go's ways to end a time: ` +0000 UTC`, ` +00:00`, ` UTC`.
_OFFSET = re.compile(r" ([+-]\d\d:?\d\d)(?: [A-Z+-]\w*)?$")
_UTC = re.compile(r" (?:UTC|GMT)$")
_FORMS = (
    "%m/%d/%Y %H:%M:%S",
    "%m/%d/%Y %H:%M",
    "%m/%d/%Y %I:%M %p",
    "%m/%d/%Y",
    "%b %d, %Y",
    "%B %d, %Y",
    "%d %b %Y",
    "%a, %d %b %Y %H:%M:%S%z",
)


def iso_time(text: str) -> str:
    """The time as `2023-01-17T14:03:12Z`, or `2023-01-17` for a day; empty when it is none.

    A time without a zone is taken for UTC, as the services write it.
    """
    text = _UTC.sub("+00:00", _OFFSET.sub(r"\1", " ".join(text.split())))
    found = _parsed(text)
    if found is None:
        return ""
    if found.tzinfo is None and ":" not in text:
        return found.date().isoformat()
    zoned = found.replace(tzinfo=UTC) if found.tzinfo is None else found
    try:
        return zoned.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    except OverflowError:  # a day before the first or after the last that there is
        return ""


def _parsed(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        pass
    for form in _FORMS:
        try:
            return datetime.strptime(text, form)  # noqa: DTZ007 - a zone is put in where there is none
        except ValueError:
            continue
    return None
