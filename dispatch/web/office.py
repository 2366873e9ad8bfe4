"""What the readers' pages want from the project: who a token names, and what can be done for them.

The project itself belongs to a higher floor, which brings an object of this shape. Everything may be asked
from several threads at once, and raises DispatchError when it cannot be done now.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """What a token lets in to a reader's choices. `by_leaving` is one that was made for leaving: the letters
    of before had no other.
    """

    delivery_id: int
    by_leaving: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """Who may join, and what they ticked on the way; None where nothing was offered."""

    address: Address
    tags: frozenset[str] | None = None


class Office(Protocol):
    """The newsletter's office, where readers' wishes are carried out. `choices` are the tags that they choose
    from, in words.
    """

    @property
    def choices(self) -> Mapping[str, str]: ...

    def copy_of(self, token: str) -> int | None:
        """The copy that an unsubscribe token names; None for one that our keys did not make."""

    def unsubscribe(self, delivery_ids: Sequence[int]) -> list[Unsubscription | None]:
        """Suppress whom these copies were for, in one commit."""

    def settings_token(self, delivery_id: int) -> str:
        """What lets in to the choices of whom this copy was for."""

    def admitted(self, token: str) -> Ticket | None:
        """What a token of the page of choices names; None for one that our keys did not make."""

    def recipient_of(self, ticket: Ticket) -> Recipient | None:
        """Whose choices these are; None when the copy is not there or has links of its own for them, or when
        they were forgotten.
        """

    def tags_of(self, recipient: Recipient) -> Collection[str]:
        """Which of the offered tags they have: by their own choice, else by the list."""

    def choose(self, key: str, wanted: Collection[str]) -> None:
        """Keep that they want these of the offered tags, and none of the others."""

    def today(self) -> date:
        """The day at the newsletter's place."""

    def absent_until(self, key: str) -> date | None:
        """The first day after somebody's pause; None when they have none."""

    def pause(self, key: str, until: date | None) -> None:
        """Send them nothing before that day; None ends a pause."""

    def invite(self, address: Address, ticked: Collection[str]) -> Letter | None:
        """The letter with the link that confirms a subscription; None for whom none may go to."""

    def invited(self, token: str) -> Invitation | None:
        """Who may join by this link; None when it is not ours, or too old."""

    def join(self, invitation: Invitation) -> Joined:
        """Put them on the list, with the time and the source of their consent, and what they ticked."""

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
