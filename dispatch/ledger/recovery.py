"""After a crash: what the copies left in `sending` must be, and which doubtful copies go out once more.

A row without a hand-over cannot have been accepted. One with a hand-over may have been: the policy decides
(RFC 1047 says why nobody can know). Rows in the hands of a run that is alive are left to it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, insert, literal, select, update

from dispatch.ledger.rows import stamp
from dispatch.ledger.schema import delivery, event
from dispatch.model.delivery import State
from dispatch.model.settings import OnUncertain

# Longer than any pause of the schedule, which is at most 2 h 24 min.
_FURTHEST = timedelta(hours=3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovery:
    """How many copies were moved, by what became of them."""

    requeued: int
    uncertain: int
    resent: int
    assumed_sent: int
    elsewhere: int = 0  # left in `sending`, because the run that claimed them is alive


def recover(
    connection: Connection,
    issue_id: int,
    *,
    now: datetime,
    policy: OnUncertain,
    uncertain_after: timedelta,
    wake: bool = True,
    is_elsewhere: Callable[[str], bool] = lambda _owner: False,
) -> Recovery:
    """Settle what an ended run left behind. The caller holds the lock of the issue.

    `wake` puts the doubtful copies that are due back in the line; a run that is over leaves them to the next.
    `is_elsewhere` tells of an owner whether it is a living run all the same, as it may be when the file of
    the lock was deleted.
    """
    steps = _Steps(connection, issue_id, stamp(now))
    steps.bring_near(stamp(now + _FURTHEST))
    steps.leave_out(is_elsewhere)
    not_handed_over = delivery.c.handed_over_at.is_(None)
    no_lease: dict[str, Any] = {"lease_owner": None, "lease_until": None}
    requeued = steps.move(
        State.SENDING,
        State.QUEUED,
        not_handed_over,
        "the run ended before the dot; back in the line",
        no_lease,
    )
    uncertain = steps.move(
        State.SENDING,
        State.UNCERTAIN,
        ~not_handed_over,
        "the run ended after the hand-over; the relay may have accepted it",
        no_lease,
    )
    if policy is OnUncertain.ASSUME_SENT:
        assumed_sent, resent = _assume_sent(steps), 0
    else:
        steps.schedule_resends(stamp(now + uncertain_after) if policy is OnUncertain.RESEND else None)
        assumed_sent, resent = 0, _resend(steps) if wake and policy is OnUncertain.RESEND else 0
    return Recovery(
        requeued=requeued,
        uncertain=uncertain,
        resent=resent,
        assumed_sent=assumed_sent,
        elsewhere=steps.elsewhere(),
    )


def _assume_sent(steps: _Steps) -> int:
    return steps.move(
        State.UNCERTAIN,
        State.SENT,
        literal(True),
        'counted as sent, because on_uncertain = "assume-sent"',
        {"next_attempt_at": None},
    )


def _resend(steps: _Steps) -> int:
    return steps.move(
        State.UNCERTAIN,
        State.QUEUED,
        (delivery.c.resends == 0) & (delivery.c.next_attempt_at <= steps.at),
        'sent once more with the same Message-ID and Date, because on_uncertain = "resend"',
        {"resends": 1, "next_attempt_at": None, "handed_over_at": None},
    )


class _Steps:
    """Moves of whole sets of rows of one issue, each with its events."""

    def __init__(self, connection: Connection, issue_id: int, at: int) -> None:
        self._connection = connection
        self._issue_id = issue_id
        self._living: list[str] = []
        self.at = at

    def leave_out(self, is_elsewhere: Callable[[str], bool]) -> None:
        """From now on rows in the hands of these owners are not touched."""
        owners = select(delivery.c.lease_owner).where(*self._claimed()).distinct()
        self._living = [one for one in self._connection.execute(owners).scalars() if is_elsewhere(one)]

    def elsewhere(self) -> int:
        """How many rows stay in the hands of living runs."""
        if not self._living:
            return 0
        rows = select(func.count()).where(*self._claimed(), delivery.c.lease_owner.in_(self._living))
        return int(self._connection.execute(rows).scalar_one())

    def _claimed(self) -> list[ColumnElement[bool]]:
        return [
            delivery.c.issue_id == self._issue_id,
            delivery.c.state == State.SENDING.value,
            delivery.c.lease_owner.is_not(None),
        ]

    def move(
        self, source: State, target: State, which: ColumnElement[bool], detail: str, values: dict[str, Any]
    ) -> int:
        """Move the rows in `source` for which `which` holds; how many they were."""
        where = [delivery.c.issue_id == self._issue_id, delivery.c.state == source.value, which]
        if self._living and source is State.SENDING:
            where.append(func.coalesce(delivery.c.lease_owner, "").not_in(self._living))
        columns = (literal(self.at), literal(source.value), literal(target.value), literal(detail))
        self._connection.execute(
            insert(event).from_select(
                ["delivery_id", "at", "from_state", "to_state", "detail"],
                select(delivery.c.id, *columns).where(*where).order_by(delivery.c.id),
            )
        )
        changed = update(delivery).where(*where).values(state=target.value, updated_at=self.at, **values)
        return self._connection.execute(changed).rowcount

    def bring_near(self, furthest: int) -> None:
        """Make copies due now that are deferred for longer than any pause: a clock was ahead then."""
        where = [
            delivery.c.issue_id == self._issue_id,
            delivery.c.state == State.DEFERRED.value,
            delivery.c.next_attempt_at > furthest,
        ]
        self._connection.execute(update(delivery).where(*where).values(next_attempt_at=self.at))

    def schedule_resends(self, due: int | None) -> None:
        """Give doubtful copies that were never sent again a due time, or take it away when it is None.

        A time later than `due` was set when a clock was ahead.
        """
        time = delivery.c.next_attempt_at
        where = [
            delivery.c.issue_id == self._issue_id,
            delivery.c.state == State.UNCERTAIN.value,
            delivery.c.resends == 0,
            time.is_not(None) if due is None else time.is_(None) | (time > due),
        ]
        self._connection.execute(update(delivery).where(*where).values(next_attempt_at=due))
