"""Writing the plan of an issue: one row for every line of the list, the skipped ones too, all or nothing.

Rows come and go in batches, so memory does not grow with the list.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, bindparam, func, insert, literal, or_, select, update

from dispatch.errors import AlreadyPlanned
from dispatch.ledger.absence import absent, is_nobody_absent
from dispatch.ledger.insertion import Insertion
from dispatch.ledger.left_out import Suppressed, duplicate, without_suppressed
from dispatch.ledger.rows import (
    IssueRecord,
    Values,
    batches,
    fields_text,
    fields_texts,
    segments_text,
    stamp,
    storable,
)
from dispatch.ledger.schema import delivery, event, issue
from dispatch.ledger.suppression import Pseudonyms, is_empty, no_pseudonyms, suppressed
from dispatch.model.delivery import UNFINISHED, PlannedCopy, State

_ROWS_AT_ONCE = 1000
_PLANNED_ASIDE = (State.SKIPPED.value, State.SUPPRESSED.value)

_insert = Insertion(
    delivery,
    "issue_id",
    "recipient",
    "email",
    "line",
    "fields",
    "state",
    "reason",
    "message_id",
    "message_date",
    "updated_at",
)
_lines = select(delivery.c.recipient, delivery.c.line).where(
    delivery.c.issue_id == bindparam("of_issue"), delivery.c.recipient.in_(bindparam("keys", expanding=True))
)
_refresh = (
    update(delivery)
    .where(
        delivery.c.issue_id == bindparam("of_issue"),
        delivery.c.recipient == bindparam("of_key"),
        or_(*(delivery.c.state == state.value for state in sorted(UNFINISHED))),
    )
    .values(fields=bindparam("new_fields"), line=bindparam("new_line"), updated_at=bindparam("new_at"))
)


class Planning:
    """A plan being written, inside one transaction. Nothing stays unless `finish` is called."""

    def __init__(
        self,
        connection: Connection,
        issue_id: int,
        *,
        now: datetime,
        message_date: datetime,
        pseudonyms: Pseudonyms = no_pseudonyms,
    ) -> None:
        self._connection = connection
        self._pseudonyms = pseudonyms
        self._issue_id = issue_id
        self._now = now
        self._at = stamp(now)
        self._message_date = stamp(message_date)
        self._suppressed = self._who_is_suppressed()
        self._last_before = connection.execute(select(func.coalesce(func.max(delivery.c.id), 0))).scalar_one()
        self.listed = 0
        self.finished = False

    def add(self, rows: Sequence[PlannedCopy]) -> list[PlannedCopy]:
        """Write rows of the list and give back what was written for each.

        A key that was there before becomes skipped, `duplicate of line N`, without a key; one that is on the
        suppression list, or away for a while, becomes suppressed.
        """
        stored: list[PlannedCopy] = []
        for batch in batches(rows, _ROWS_AT_ONCE):
            stored += self._settled(self._without_suppressed(batch))
        self.listed += len(stored)
        return stored

    def _without_suppressed(self, batch: Sequence[PlannedCopy]) -> list[PlannedCopy]:
        return without_suppressed(batch, self._suppressed)

    def _settled(self, batch: list[PlannedCopy]) -> list[PlannedCopy]:
        """Write a batch without looking first, as nearly every row is new; then what was passed over."""
        if self._write(batch) == len(batch):
            return batch
        first = self._known_lines(batch)
        settled = [
            one if one.key is None or first[one.key] == one.line else duplicate(one, first[one.key])
            for one in batch
        ]
        self._write([one for one, before in zip(settled, batch, strict=True) if one is not before])
        return settled

    def finish(self, *, list_hash: str) -> None:
        """Close the plan: every row of the list was added."""
        self._write_events()
        self._change_issue({"listed": self.listed, "list_hash": list_hash})
        self.finished = True

    def _change_issue(self, values: Values) -> None:
        self._connection.execute(update(issue).where(issue.c.id == self._issue_id).values(**values))

    def _who_is_suppressed(self) -> Suppressed:
        connection, now, pseudonyms = self._connection, self._now, self._pseudonyms
        if is_empty(connection) and is_nobody_absent(connection, now):
            return lambda _keys: {}
        return lambda keys: {
            **absent(connection, keys, now),
            **suppressed(connection, keys, pseudonyms=pseudonyms),
        }

    def _known_lines(self, batch: Sequence[PlannedCopy]) -> dict[str, int]:
        keys = [one.key for one in batch if one.key is not None]
        if not keys:
            return {}
        rows = self._connection.execute(_lines, {"of_issue": self._issue_id, "keys": keys})
        return {row[0]: row[1] for row in rows}

    def _write(self, batch: Sequence[PlannedCopy]) -> int:
        issue_id, date, at = self._issue_id, self._message_date, self._at
        texts = fields_texts([one.fields for one in batch])
        rows = [
            (
                issue_id,
                key,
                storable(email),
                line,
                text,
                state.value,
                storable(reason),
                message_id,
                date,
                at,
            )
            for (line, email, key, _, state, reason, message_id), text in zip(batch, texts, strict=True)
        ]
        return _insert.run(self._connection, rows)

    def _write_events(self) -> None:
        """Rows planned as anything but queued get an event that says why; queued ones need none."""
        aside = select(
            delivery.c.id, literal(self._at), literal(None), delivery.c.state, delivery.c.reason
        ).where(
            delivery.c.issue_id == self._issue_id,
            delivery.c.id > self._last_before,
            delivery.c.state.in_(_PLANNED_ASIDE),
        )
        columns = ["delivery_id", "at", "from_state", "to_state", "detail"]
        self._connection.execute(insert(event).from_select(columns, aside))


class Extension(Planning):
    """Changes to a plan that exists: people who joined since, and fields that the issue uses now."""

    def __init__(
        self,
        connection: Connection,
        record: IssueRecord,
        *,
        changes: Mapping[str, str | None],
        now: datetime,
        message_date: datetime,
        pseudonyms: Pseudonyms = no_pseudonyms,
    ) -> None:
        super().__init__(
            connection,
            record.id,
            now=now,
            message_date=message_date,
            pseudonyms=pseudonyms,
        )
        self._changes = changes

    def refresh(self, rows: Sequence[PlannedCopy]) -> int:
        """Give copies that are not finished the fields and lines of these rows; how many were changed."""
        values = [
            {
                "of_issue": self._issue_id,
                "of_key": one.key,
                "new_fields": fields_text(one.fields),
                "new_line": one.line,
                "new_at": self._at,
            }
            for one in rows
            if one.key is not None
        ]
        if not values:
            return 0
        options = {"preserve_rowcount": True}
        return self._connection.execute(_refresh, values, execution_options=options).rowcount

    def finish(self, *, list_hash: str) -> None:
        """Close the change: the new people are counted, and the issue carries the new hashes."""
        self._write_events()
        values: Values = {"listed": issue.c.listed + self.listed, "list_hash": list_hash}
        if self.listed:
            values["finished_at"] = None
        self._change_issue({**values, **self._changes})
        self.finished = True

    def _settled(self, batch: list[PlannedCopy]) -> list[PlannedCopy]:
        """Write only people who are new; who has a row stays as planned, and bad rows were told then."""
        known, fresh = self._known_lines(batch), []
        for one in batch:
            if one.key is not None and one.key not in known:
                known[one.key] = one.line
                fresh.append(one)
        self._write(fresh)
        return fresh

    def _without_suppressed(self, batch: Sequence[PlannedCopy]) -> list[PlannedCopy]:
        """Whoever was forgotten is nobody new: without a key they would be taken in at every change."""
        return [one for one in super()._without_suppressed(batch) if one.key is not None]


def begin_issue(
    connection: Connection,
    slug: str,
    *,
    subject: str,
    content_hash: str,
    issue_file: str,
    list_file: str,
    git_commit: str | None,
    segment: str | None,
    now: datetime,
) -> int:
    """Write the row of a new issue and give its id. Raises AlreadyPlanned."""
    slug = storable(slug)
    if connection.execute(select(issue.c.id).where(issue.c.slug == slug)).first() is not None:
        raise AlreadyPlanned(
            f"the issue {slug!r} is planned already", hint="run the same command again; it continues the plan"
        )
    new = insert(issue).values(
        slug=slug,
        subject=storable(subject),
        content_hash=content_hash,
        issue_file=storable(issue_file),
        list_file=storable(list_file),
        git_commit=git_commit,
        segments=segments_text([segment]),
        planned_at=stamp(now),
    )
    return int(connection.execute(new.returning(issue.c.id)).scalar_one())
