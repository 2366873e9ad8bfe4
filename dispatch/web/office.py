"""What the readers' pages want from the project: who a token names, and what can be done for them.

The project itself belongs to a higher floor, which brings an object of this shape. Everything may be asked
from several threads at once, and raises DispatchError when it cannot be done now.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from enum import Enum, auto
from typing import Protocol

from dispatch.ledger.evidence import Recipient, Unsubscription
from dispatch.mail.letter import Letter
from dispatch.model.address import Address


class Joined(Enum):
    """What became of somebody who confirmed a subscription."""

    WELCOME = auto()  # they are on the list, now or before
    REFUSED = auto()  # the suppression list has a reason that is not theirs to undo


class Office(Protocol):
    """The newsletter's office, where readers' wishes are carried out."""

    def copy_of(self, token: str) -> int | None:
        """The copy that an unsubscribe token names; None for one that our keys did not make."""

    def unsubscribe(self, delivery_ids: Sequence[int]) -> list[Unsubscription | None]:
        """Suppress whom these copies were for, in one commit."""

    def recipient_of(self, delivery_id: int) -> Recipient | None:
        """Whom the copy was for; None when it is not there, or they were forgotten."""

    def today(self) -> date:
        """The day at the newsletter's place."""

    def absent_until(self, key: str) -> date | None:
        """The first day after somebody's pause; None when they have none."""

    def pause(self, key: str, until: date | None) -> None:
        """Send them nothing before that day; None ends a pause."""

    def invite(self, address: Address) -> Letter | None:
        """The letter with the link that confirms a subscription; None for whom none may go to."""

    def invited(self, token: str) -> Address | None:
        """Who may join by this link; None when it is not ours, or too old."""

    def join(self, address: Address) -> Joined:
        """Put them on the list, with the time and the source of their consent."""

    def hand_over(self, recipient: Recipient) -> Letter:
        """The letter with everything that is held about them."""

    def ask_to_forget(self, recipient: Recipient) -> Letter:
        """The letter with the link that confirms an erasure."""

    def to_forget(self, token: str) -> Address | None:
        """Who is to be erased by this link; None when it is not ours, or too old."""

    def forget(self, address: Address) -> None:
        """Erase everything about them, but for what keeps them from coming back."""

    def is_well(self) -> bool:
        """Whether the ledger answers."""
