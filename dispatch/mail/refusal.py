"""A refusal that was recorded: what kind it is, and which refusals somebody means by a word or a code."""

from __future__ import annotations

import re
from dataclasses import dataclass

from dispatch.mail.reply import FailureClass, Reply, classify
from dispatch.model.delivery import Reason

EXPIRED = Reason.EXPIRED.value
UNSENT = "unsent"  # no relay was asked: the copy could not be made
KINDS = (*(kind.value for kind in FailureClass), EXPIRED, UNSENT)

_CODE = re.compile(r"[45][0-9]{2}")
_ENHANCED = re.compile(r"[45]\.[0-9]{1,3}\.[0-9]{1,3}")


def kind_of(code: int | None, enhanced: str, text: str, reason: str) -> str:
    """One of KINDS for a failed copy, from what the ledger kept of it."""
    if reason.startswith(f"{EXPIRED}:"):
        return EXPIRED
    return classify(Reply(code, enhanced, text)).value if code is not None else UNSENT


@dataclass(frozen=True, slots=True)
class Refusals:
    """The refusals of a kind, with a reply code, or with an enhanced code."""

    word: str

    @classmethod
    def read(cls, text: str) -> Refusals:
        """`soft`, `552` or `5.2.2`. Raises ValueError."""
        word = text.strip().lower()
        if word in KINDS or _CODE.fullmatch(word) or _ENHANCED.fullmatch(word):
            return cls(word)
        raise ValueError(
            f"{text!r} is none of {', '.join(KINDS)}, nor a reply code such as 552, nor one such as 5.2.2"
        )

    def include(self, code: int | None, enhanced: str, text: str, reason: str) -> bool:
        """Whether a failed copy is meant."""
        return self.word in {str(code), enhanced, kind_of(code, enhanced, text, reason)}
