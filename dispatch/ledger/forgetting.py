"""Forgetting somebody: no row, event or free page of the ledger names them, and it still adds up.

The rows stay, with their states, since the sums are made of them; whom they were for is erased, and so is
what a relay said of that person. On the suppression list stays a pseudonym, an HMAC that only the owner of
the key can compare with an address.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Connection, Table, Text, case, delete, insert, null, or_, select, update

from dispatch.errors import DispatchError
from dispatch.ledger import moves
from dispatch.ledger.absence import come_back
from dispatch.ledger.choosing import unchoose
from dispatch.ledger.history import write_events
from dispatch.ledger.ledger import Ledger
from dispatch.ledger.rows import batches, stamp, storable
from dispatch.ledger.schema import delivery, metadata, suppression
from dispatch.ledger.suppression import FORGOTTEN, entry_of
from dispatch.model.delivery import State

ERASED = "(forgotten)"
_IDS_AT_ONCE = 500
_ROWS_AT_ONCE = 500
_DETAIL = "forgotten: no copy goes to this person any more"
# Every text of every table can mention somebody, but for the keys, by which rows are found. What is told of a
# copy, in whichever table, goes as a whole: a relay's words may name its reader in ways that no search finds.
_TEXTS = {
    table: tuple(one.name for one in table.c if isinstance(one.type, Text) and one.name != "recipient")
    for table in metadata.sorted_tables
}
_TOLD = tuple(table for table in metadata.sorted_tables if {"delivery_id", "detail"} <= set(table.c.keys()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgotten:
    """What was erased: copies of theirs, and other rows that mentioned them."""

    copies: int
    mentions: int


def forget(ledger: Ledger, key: str, spellings: Collection[str], *, now: datetime) -> Forgotten:
    """Erase somebody from every row, and keep a pseudonym on the suppression list, in one transaction.

    `spellings` are all the ways in which the address may be written. A copy that is on its way loses its
    lease, so that the session writes nothing more about it. Call `connect.wipe` afterwards.
    """
    names = ledger.pseudonyms(key)
    if not names:
        raise DispatchError("this ledger was opened without the key that forgetting needs")
    with ledger.database.writing() as connection:
        ids = list(
            connection.execute(select(delivery.c.id).where(delivery.c.recipient == storable(key))).scalars()
        )
        _stop_sending(connection, ids, now)
        moves.move(connection, ids, to=State.SUPPRESSED, reason=FORGOTTEN, detail=_DETAIL, now=now)
        _blank(connection, ids)
        mentions = _redact(connection, spelled(spellings), spellings)
        come_back(connection, key)
        unchoose(connection, key)
        _keep_pseudonym(connection, ledger, key, names, now)
    return Forgotten(copies=len(ids), mentions=mentions)


def spelled(spellings: Collection[str]) -> re.Pattern[str]:
    """Finds the address in a text, in any case, and not as a part of a longer one."""
    words = "|".join(re.escape(one) for one in sorted(spellings, key=len, reverse=True))
    return re.compile(rf"(?<![\w.%+-])(?:{words})(?![\w-]|\.\w)", re.IGNORECASE)


def _stop_sending(connection: Connection, ids: Sequence[int], now: datetime) -> None:
    """Take the copies out of the sessions' hands: before the dot back to the line, after it in doubt."""
    at = stamp(now)
    for batch in batches(ids, _IDS_AT_ONCE):
        state = case((delivery.c.handed_over_at.is_(None), State.QUEUED.value), else_=State.UNCERTAIN.value)
        taken = (
            update(delivery)
            .where(delivery.c.id.in_(batch), delivery.c.state == State.SENDING.value)
            .values(
                state=state,
                lease_token=delivery.c.lease_token + 1,
                lease_owner=null(),
                lease_until=null(),
                updated_at=at,
            )
            .returning(delivery.c.id, delivery.c.state)
        )
        rows = connection.execute(taken).all()
        write_events(connection, [(row.id, at, State.SENDING.value, row.state, _DETAIL) for row in rows])


def _blank(connection: Connection, ids: Sequence[int]) -> None:
    for batch in batches(ids, _IDS_AT_ONCE):
        connection.execute(
            update(delivery)
            .where(delivery.c.id.in_(batch))
            .values(recipient=null(), email=ERASED, fields="{}", reply_text="", message_id="")
        )
        for table in _TOLD:
            connection.execute(update(table).where(table.c.delivery_id.in_(batch)).values(detail=FORGOTTEN))


def _redact(connection: Connection, pattern: re.Pattern[str], spellings: Collection[str]) -> int:
    """Erase the address from the texts of all other rows: duplicates, refusals, other people's fields."""
    redacted = 0
    for table, names in _TEXTS.items():
        columns = [table.c[name] for name in names]
        for key, row in _mentioning(connection, table, columns, spellings):
            values = {name: pattern.sub(ERASED, row[name]) for name in names if row[name]}
            if table is delivery and values.get("email") == ERASED:
                values["fields"] = "{}"
            if any(values[name] != row[name] for name in values):
                connection.execute(update(table).where(table.primary_key.columns[0] == key).values(values))
                redacted += 1
    return redacted


def _mentioning(
    connection: Connection, table: Table, columns: Sequence[Column[Any]], spellings: Collection[str]
) -> Iterator[tuple[Any, dict[str, str]]]:
    """Rows that may mention one of the spellings, in pages, so that they can be changed meanwhile."""
    own = table.primary_key.columns[0]
    likes = [column.ilike(_like(one), escape="\\") for column in columns for one in spellings]
    page = select(own.label("own"), *columns).where(or_(*likes)).order_by(own).limit(_ROWS_AT_ONCE)
    last: Any = None
    while True:
        rows = connection.execute(page if last is None else page.where(own > last)).all()
        for row in rows:
            yield row.own, dict(row._mapping)
        if len(rows) < _ROWS_AT_ONCE:
            return
        last = rows[-1].own


def _like(spelling: str) -> str:
    """A LIKE pattern; letters outside ASCII, whose case SQLite does not know, stand for any sign."""
    signs = (f"\\{sign}" if sign in "%_\\" else sign if sign.isascii() else "_" for sign in spelling)
    return f"%{''.join(signs)}%"


def _keep_pseudonym(
    connection: Connection, ledger: Ledger, key: str, names: Sequence[str], now: datetime
) -> None:
    connection.execute(delete(suppression).where(suppression.c.recipient == storable(key)))
    if entry_of(connection, key, pseudonyms=ledger.pseudonyms) is None:
        values = {"reason": FORGOTTEN, "class": FORGOTTEN, "source": "", "at": stamp(now)}
        connection.execute(insert(suppression), {"recipient": names[0], **values})
