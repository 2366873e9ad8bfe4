"""What a rule is: an id, a severity, an explanation with its source, two samples, and a pure function.

The samples are shown by `dispatch check --explain`, and they are the rule's unit test: the bad one must be
found where it stands, the good one must pass.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from dispatch.check.place import Place
from dispatch.check.view import View


class Severity(StrEnum):
    """How much a finding matters."""

    ERROR = "error"  # stops `send`
    WARNING = "warning"
    INFO = "info"  # shown with -v


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a rule's function says: where, and in one sentence what is wrong. `severity` if not the rule's.

    `lines` are all places in that file, when there are several, as in a list of subscribers.
    """

    place: Place
    message: str
    severity: Severity | None = None
    lines: tuple[int, ...] = ()


class Sample(StrEnum):
    """What a rule's two samples are pieces of."""

    FRONT = "front matter of an issue"
    BODY = "Markdown of an issue"
    WHOLE = "all Markdown of an issue"
    LAYOUT = "HTML of a layout"
    HEAD = "head of a layout"
    PAGE = "a whole layout"
    SHEET = "styles that are inlined"
    KEPT = "styles that are kept"
    TEXT = "text of a layout"
    CONFIG = "configuration"
    LIST = "subscriber list"
    ZONE = "DNS zone"
    WEB = "answers of the web"
    MESSAGE = "the mail on the wire"
    LEDGER = "what the ledger knows"
    SPAM = "what spamc says"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One thing to look at. `network` rules look at what was asked of other machines, with --online.

    `about_rows` are rules on rows of the list, each of which is one reader's matter.
    """

    id: str
    severity: Severity
    why: str
    source: str
    kind: Sample
    bad: str
    good: str
    look: Callable[[View], Iterable[Found]]
    network: bool = False
    about_rows: bool = False

    @property
    def family(self) -> str:
        """The letters of the id."""
        return self.id[:3]


def by_refusal(_view: View) -> Iterable[Found]:
    """The function of a rule that the renderer itself keeps: who breaks it gets no page to look at."""
    return ()
