"""Somebody in another service's export: whether they are to get mail here, and since when they wish to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from dispatch.model.address import Address


class Status(StrEnum):
    """How somebody stood with the service that they come from."""

    SUBSCRIBED = "subscribed"  # gets the mail: onto the list
    UNSUBSCRIBED = "unsubscribed"  # left: onto the suppression list
    BOUNCED = "bounced"  # the address does not work: onto the suppression list
    COMPLAINED = "complained"  # called it spam: onto the suppression list
    BLOCKED = "blocked"  # barred by the owner or the service: onto the suppression list
    UNCONFIRMED = "unconfirmed"  # never said yes: onto neither

    @property
    def kind(self) -> str | None:
        """The class of the entry on the suppression list; None for who has none."""
        return _KINDS.get(self)


_KINDS = {
    Status.UNSUBSCRIBED: "unsubscribe",
    Status.BOUNCED: "hard",
    Status.COMPLAINED: "complaint",
    Status.BLOCKED: "manual",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """One good row of an export. `fields` are named as our lists name them, `consent_at` among them.

    `left_at` is when they left, as ISO 8601, where the export tells; `reason` why, in its own words.
    """

    address: Address
    line: int
    status: Status
    fields: Mapping[str, str] = field(default_factory=dict)
    left_at: str = ""
    reason: str = ""
