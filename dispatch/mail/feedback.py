"""What came back about one copy: a bounce, a complaint, an unsubscription, an automatic answer."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from dispatch.mail.reply import FailureClass


class Kind(StrEnum):
    """What a message that arrived in the inbox is."""

    BOUNCE = "bounce"
    COMPLAINT = "complaint"
    UNSUBSCRIBE = "unsubscribe"
    AUTO_REPLY = "auto-reply"  # vacation notes and challenges: counted, never acted on
    IGNORED = "ignored"  # a delay, a receipt, an ordinary letter; the reason says which


@dataclass(frozen=True, slots=True, kw_only=True)
class Feedback:
    """One report, read. `delivery_id` is set only when a token of our own names the copy.

    `recipient` is the first of `recipients`, as the report spells it; `failure` is set for bounces. `arrived`
    is the Date field as it stands: whoever records it decides whether to believe it.
    """

    kind: Kind
    recipients: tuple[str, ...] = ()
    failure: FailureClass | None = None
    enhanced: str = ""
    code: int | None = None
    diagnostic: str = ""
    delivery_id: int | None = None
    reason: str = ""
    arrived: str = ""

    @property
    def recipient(self) -> str:
        """Who it is about; empty when the report does not say."""
        return self.recipients[0] if self.recipients else ""
