"""What the rules look at: one issue as it would go out, frozen, and the facts around it.

Everything here was read, rendered or asked for before; the rules only look.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from dispatch.check.census import ListFacts
from dispatch.check.document import Document
from dispatch.check.draft import Draft
from dispatch.check.place import Place, Sources
from dispatch.errors import DataError
from dispatch.model.issue import Issue
from dispatch.model.note import DomainNotes
from dispatch.model.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Specimen:
    """One reader's copy. `line` is the reader's line in the list; `message` is the mail on the wire."""

    email: str
    line: int | None
    fields: Mapping[str, str]
    subject: str
    preheader: str
    text: str
    html: str | None
    document: Document | None
    message: bytes
    unsubscribe_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureFacts:
    """A local picture: how many bytes and pixels, and the path that the author wrote."""

    path: str
    bytes: int
    size: tuple[int, int] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """Another issue, which was sent."""

    file: str
    slug: str
    number: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackRecord:
    """What the ledger knows of the last 30 days. `busiest_day` is the most copies on one of the last 14.

    `oldest_unsubscribe_waiting` is when the first of those wrote whose mail to leave nobody has read yet.
    """

    sent: int = 0
    complaints: int = 0
    hard_bounces: int = 0
    busiest_day: int = 0
    oldest_unsubscribe_waiting: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a web server said about an address: a status, or why there is none."""

    status: int | None = None
    media_type: str = ""
    failure: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """An issue under examination.

    `issue` is None when the file cannot be read, and `specimens` are none when it cannot be rendered;
    `refusal` says why. The first specimen is the reader's who was asked for, the others are those of readers
    who get other parts of the issue. `now` is aware.
    """

    file: str
    issue: Issue | None
    refusal: DataError | None
    settings: Settings
    origins: Mapping[str, str]
    configuration: str | None
    sources: Sources
    now: datetime
    specimens: tuple[Specimen, ...] = ()
    draft: Draft | None = None
    pictures: Mapping[str, PictureFacts] = field(default_factory=dict)
    people: ListFacts | None = None
    earlier: tuple[Earlier, ...] = ()
    already_sent: bool = False
    track_record: TrackRecord | None = None
    web: Mapping[str, Answer] | None = None
    dns: DomainNotes | None = None
    spam: tuple[float, float] | None = None

    @property
    def today(self) -> date:
        """The day in the newsletter's own time zone, as `now` is given in it."""
        return self.now.date()

    @property
    def is_rehearsal(self) -> bool:
        """Whether mail stays on this machine: no relay is configured, or only one on loopback."""
        return all(relay.is_loopback for relay in self.settings.relay)

    def has_token(self, text: str) -> bool:
        """Whether a value is filled in here per reader."""
        return self.draft is not None and self.draft.is_personal(text)

    def front(self, key: str) -> Place:
        """The line of a key of the front matter, or the first of the file."""
        return Place(self.file, self.issue.lines.get(key, 1) if self.issue else 1)

    def setting(self, key: str) -> Place:
        """The line of the configuration that a setting stands on, else of its table, else the file."""
        table = key.rpartition(".")[0] + "."
        near = [_written(origin) for name, origin in self.origins.items() if name.startswith(table)]
        first = sorted((place for place in near if place), key=lambda place: place.line or 0)
        if found := next((place for place in (_written(self.origins.get(key, "")), *first) if place), None):
            return found
        return Place(self.configuration or "dispatch.toml", 1 if self.configuration else None)

    def layout(self, name: str) -> Place:
        """The first line of a template of the issue's layout, `html.jinja` or `text.jinja`."""
        return Place(f"templates/{self.issue.layout if self.issue else ''}/{name}", 1)


def _written(origin: str) -> Place | None:
    """The place that an origin such as `dispatch.toml:3` names; None for one that is no line of a file."""
    file, _, line = origin.rpartition(":")
    return Place(file, int(line)) if file and line.isdecimal() else None
