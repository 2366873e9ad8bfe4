"""What readers chose to read: for each of the tags that they were offered, yes or no.

A choice overrules the list's tags from the moment of its commit: when an issue is planned, and again when a
copy is taken for sending. Of tags that somebody was never offered the list has the word.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from dispatch.ledger.given import Statement, as_text, given_values
from dispatch.ledger.rows import moment, stamp, storable
from dispatch.ledger.schema import choice

UNCHOSEN = "left out by their own choice of tags"
_tags = Statement(select(choice.c.recipient, choice.c.tags).where(choice.c.recipient.in_(given_values())))


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What somebody said of each tag, and when they said it last."""

    tags: Mapping[str, bool]
    at: datetime


def choose(connection: Connection, key: str, tags: Mapping[str, bool], *, now: datetime) -> None:
    """Keep what this person said of these tags; what they said of others before stays."""
    before = choice_of(connection, key)
    said = {**(before.tags if before else {}), **tags}
    unchoose(connection, key)
    values = {"recipient": storable(key), "tags": _text(said), "at": stamp(now)}
    connection.execute(insert(choice), values)


def unchoose(connection: Connection, key: str) -> None:
    """Erase somebody's choice."""
    connection.execute(delete(choice).where(choice.c.recipient == storable(key)))


def choice_of(connection: Connection, key: str) -> Choice | None:
    """What somebody chose; None when they were never asked, or never answered."""
    row = connection.execute(select(choice).where(choice.c.recipient == storable(key))).one_or_none()
    return None if row is None else Choice(tags=json.loads(row.tags), at=moment(row.at))


def chosen(connection: Connection, keys: Collection[str]) -> dict[str, Mapping[str, bool]]:
    """What those of the keys chose who chose anything."""
    if not keys or has_nobody_chosen(connection):
        return {}
    names = {storable(key): key for key in keys}
    rows = _tags.run(connection, as_text(list(names)))
    return {names[row.recipient]: json.loads(row.tags) for row in rows}


def has_nobody_chosen(connection: Connection) -> bool:
    """Whether there is no choice at all, as where readers are offered none."""
    return connection.execute(select(choice.c.recipient).limit(1)).first() is None


def _text(tags: Mapping[str, bool]) -> str:
    return storable(json.dumps(dict(tags), ensure_ascii=False))
