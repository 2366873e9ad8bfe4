"""Rows of the ledger as frozen values, and values as what a column can hold: times, fields, foreign words."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import islice
from typing import Any, TypeAlias, TypeVar

from dispatch.model.delivery import Event, State

T = TypeVar("T")

REPLY_LIMIT = 500

Values: TypeAlias = dict[str, Any]
"""Bound parameters by their names."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_quoted = json.encoder.encode_basestring


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueRecord:
    """One issue as it was planned. `listed` is how many rows the plan holds, the skipped ones too.

    The files are as the caller named them; the ledger does not open them. `segments` are the expressions of
    tags that it was planned by, None among them for a plan that no tag decided.
    """

    id: int
    slug: str
    subject: str
    content_hash: str
    list_hash: str
    issue_file: str
    list_file: str
    git_commit: str | None
    listed: int
    planned_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    segments: tuple[str | None, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """Everything that the ledger knows of one copy at this moment."""

    id: int
    email: str
    key: str | None
    line: int
    fields: Mapping[str, str]
    state: State
    reason: str
    attempts: int
    resends: int
    first_attempt_at: datetime | None
    next_attempt_at: datetime | None
    handed_over_at: datetime | None
    code: int | None
    enhanced: str
    reply: str
    relay: str
    message_id: str
    message_date: datetime
    updated_at: datetime


def stamp(moment: datetime) -> int:
    """An aware datetime as the database keeps it. Raises ValueError for a naive one, which means nothing."""
    if moment.tzinfo is None:
        raise ValueError("a time without a zone cannot stand in the ledger")
    return (moment - _EPOCH) // _MILLISECOND


def stamp_or_none(moment: datetime | None) -> int | None:
    """`stamp`, where there may be no time."""
    return None if moment is None else stamp(moment)


@lru_cache(maxsize=256)
def moment(stamped: int) -> datetime:
    """A time of the database's as an aware datetime; all copies of an issue have the same few."""
    return _EPOCH + timedelta(milliseconds=stamped)


def moment_or_none(stamped: int | None) -> datetime | None:
    """`moment`, where there may be no time."""
    return None if stamped is None else moment(stamped)


def storable(text: str) -> str:
    """Text that any database takes; half a surrogate pair, as in an odd file name, is spelled out."""
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "backslashreplace").decode("utf-8")
    return text


def printable(text: str) -> str:
    """Foreign words made harmless for a terminal: control characters escaped, the length bounded."""
    text = text[:REPLY_LIMIT]
    if text.isprintable():
        return text
    escaped = "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode("ascii") for letter in text
    )
    return escaped[:REPLY_LIMIT]


def fields_text(fields: Mapping[str, str]) -> str:
    """The fields of a copy as one JSON text."""
    return fields_texts([fields])[0]


def fields_texts(rows: Iterable[Mapping[str, str]]) -> list[str]:
    """The fields of each of these copies as one JSON text."""
    # Filled into a form, because an encoder costs more than the few short texts that it is given.
    names: tuple[str, ...] = ()
    form, texts = "{}", []
    for fields in rows:
        if (own := tuple(fields)) != names:
            names, form = own, _fields_form(own)
        texts.append(form % tuple(map(_quoted, fields.values())))
    whole = "".join(texts)
    return texts if storable(whole) == whole else [storable(text) for text in texts]


def _fields_form(names: Sequence[str]) -> str:
    return "{" + ",".join([_quoted(name).replace("%", "%%") + ":%s" for name in names]) + "}"


def segments_text(segments: Sequence[str | None]) -> str:
    """The segments of an issue, each once, as one JSON text."""
    return storable(json.dumps(list(dict.fromkeys(segments)), ensure_ascii=False))


def batches(values: Iterable[T], size: int) -> Iterator[Sequence[T]]:
    """The values in lists of at most `size`, so that neither memory nor a statement grows with the list."""
    left = iter(values)
    while batch := list(islice(left, size)):
        yield batch


def issue_record(row: Any) -> IssueRecord:
    """A row of the table `issue`."""
    return IssueRecord(
        id=row.id,
        slug=row.slug,
        subject=row.subject,
        content_hash=row.content_hash,
        list_hash=row.list_hash,
        issue_file=row.issue_file,
        list_file=row.list_file,
        git_commit=row.git_commit,
        listed=row.listed,
        planned_at=moment(row.planned_at),
        started_at=moment_or_none(row.started_at),
        finished_at=moment_or_none(row.finished_at),
        segments=tuple(json.loads(row.segments or "[]")),
    )


def delivery_record(row: Any) -> Delivery:
    """A row of the table `delivery`."""
    return Delivery(
        id=row.id,
        email=row.email,
        key=row.recipient,
        line=row.line,
        fields=json.loads(row.fields),
        state=State(row.state),
        reason=row.reason,
        attempts=row.attempts,
        resends=row.resends,
        first_attempt_at=moment_or_none(row.first_attempt_at),
        next_attempt_at=moment_or_none(row.next_attempt_at),
        handed_over_at=moment_or_none(row.handed_over_at),
        code=row.smtp_code,
        enhanced=row.enhanced_code,
        reply=row.reply_text,
        relay=row.relay,
        message_id=row.message_id,
        message_date=moment(row.message_date),
        updated_at=moment(row.updated_at),
    )


def event_record(row: Any) -> Event:
    """A row of the table `event`."""
    return Event(
        at=moment(row.at),
        from_state=None if row.from_state is None else State(row.from_state),
        to_state=State(row.to_state),
        detail=row.detail,
    )
