"""What waits in the inbox unread: looked at and left as it is, to know whether somebody wants to leave."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from dispatch.feedback.mailbox import Arrival, Mailbox
from dispatch.feedback.reading import Poison
from dispatch.feedback.record import said_time
from dispatch.mail.feedback import Feedback, Kind


def oldest_unsubscribe(
    box: Mailbox,
    read: Callable[[Arrival], Feedback | Poison],
    *,
    is_listed: Callable[[int], bool],
    is_late: Callable[[], bool],
    now: datetime,
) -> datetime | None:
    """When the first of those wrote who want to leave, by our own token, and still get mail.

    `is_listed` tells whether the reader of a copy gets mail. A time that cannot be true counts as now. The
    oldest messages are looked at first, and no more when `is_late`.
    """
    oldest = None
    for arrival in box.waiting():
        found = read(arrival)
        if isinstance(found, Feedback) and found.kind is Kind.UNSUBSCRIBE and found.delivery_id is not None:
            said = said_time(found.arrived, now) or now
            if (oldest is None or said < oldest) and is_listed(found.delivery_id):
                oldest = said
        if is_late():
            break
    return oldest
