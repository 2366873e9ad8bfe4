"""Readers who asked for a pause: until when no copy goes to them. Nobody has to do anything for its end.

A pause is not the suppression list: it ends by itself, its reader changes it at will, and whoever is on that
list stays there meanwhile.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, insert, select

from dispatch.ledger.given import Statement, as_text, given_values
from dispatch.ledger.rows import moment, printable, stamp, storable
from dispatch.ledger.schema import absence

PAUSED = "paused until "
_reasons = Statement(
    select(absence.c.recipient, absence.c.reason).where(
        absence.c.recipient.in_(given_values()), absence.c.until > bindparam("at")
    )
)


def be_absent(connection: Connection, key: str, *, until: datetime, day: str) -> None:
    """Send this person nothing before `until`, which is `day` in their own words; the last wish counts."""
    come_back(connection, key)
    values = {"recipient": storable(key), "until": stamp(until), "reason": printable(PAUSED + day)}
    connection.execute(insert(absence), values)


def come_back(connection: Connection, key: str) -> bool:
    """End somebody's pause; False when there was none."""
    return connection.execute(delete(absence).where(absence.c.recipient == storable(key))).rowcount > 0


def absent(connection: Connection, keys: Collection[str], now: datetime) -> dict[str, str]:
    """The reasons for those of the keys who are away at this moment."""
    names = {storable(key): key for key in keys}
    rows = _reasons.run(connection, as_text(list(names)), at=stamp(now))
    return {names[row.recipient]: row.reason for row in rows}


def absent_until(connection: Connection, key: str, now: datetime) -> datetime | None:
    """When somebody's pause ends; None when they are here."""
    end = select(absence.c.until).where(absence.c.recipient == storable(key), absence.c.until > stamp(now))
    until = connection.execute(end).scalar_one_or_none()
    return None if until is None else moment(until)


def is_nobody_absent(connection: Connection, now: datetime) -> bool:
    """Whether everybody is here."""
    away = select(absence.c.recipient).where(absence.c.until > stamp(now)).limit(1)
    return connection.execute(away).first() is None
