"""What a reader's own act proves: whoever unsubscribes by a link that stood in a copy has that copy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, select

from dispatch.ledger.ledger import Ledger
from dispatch.ledger.schema import delivery, issue
from dispatch.ledger.settling import settle
from dispatch.ledger.suppression import Pseudonyms, Suppression, suppress

UNSUBSCRIBED = "unsubscribed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsubscription:
    """What an unsubscribe did: the key of who left (None when they were forgotten), whether that was new,
    and whether a copy in doubt is known to have arrived.
    """

    key: str | None
    is_new: bool
    settled: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """Whom a copy was for: their key, and the address as the list had it."""

    key: str
    email: str


_copy = select(delivery.c.recipient).where(delivery.c.id == bindparam("of_id"))


def unsubscribe(
    ledger: Ledger, delivery_id: int, *, source: str, now: datetime, reason: str = UNSUBSCRIBED
) -> Unsubscription | None:
    """Suppress whom this copy was for, and count the copy as sent if it was in doubt; one transaction.

    `source` says where it came from: `one-click`, `mail`. None when there is no such copy, as after a
    ledger was put back from an old copy. Repeating it changes nothing.
    """
    (done,) = unsubscribe_all(ledger, [delivery_id], source=source, now=now, reason=reason)
    return done


def unsubscribe_all(
    ledger: Ledger, delivery_ids: Sequence[int], *, source: str, now: datetime, reason: str = UNSUBSCRIBED
) -> list[Unsubscription | None]:
    """`unsubscribe` for each of the copies, in one transaction: many who come at once share its commit."""
    with ledger.database.writing() as connection:
        return [
            _leave(connection, one, source=source, now=now, reason=reason, pseudonyms=ledger.pseudonyms)
            for one in delivery_ids
        ]


def recipient_of(ledger: Ledger, delivery_id: int, *, of_one_link: bool = False) -> Recipient | None:
    """Whom a copy was for; None when there is no such copy, or they were forgotten.

    `of_one_link` wants a copy of an issue whose letters had one link for leaving and for choosing.
    """
    copy = select(delivery.c.recipient, delivery.c.email).where(
        delivery.c.id == delivery_id, delivery.c.recipient.is_not(None)
    )
    if of_one_link:
        copy = copy.join(issue).where(issue.c.one_link == 1)
    with ledger.database.reading() as connection:
        row = connection.execute(copy).one_or_none()
    return row and Recipient(key=row.recipient, email=row.email)


def _leave(
    connection: Connection,
    delivery_id: int,
    *,
    source: str,
    now: datetime,
    reason: str,
    pseudonyms: Pseudonyms,
) -> Unsubscription | None:
    row = connection.execute(_copy, {"of_id": delivery_id}).one_or_none()
    if row is None:
        return None
    is_new = False
    if row.recipient is not None:
        entry = Suppression(key=row.recipient, reason=reason, kind="unsubscribe", source=source)
        is_new = suppress(connection, entry, now=now, pseudonyms=pseudonyms)
    evidence = f"they unsubscribed by its link ({source})"
    settled = settle(connection, delivery_id, reason=reason, evidence=evidence, now=now)
    return Unsubscription(key=row.recipient, is_new=is_new, settled=settled)
