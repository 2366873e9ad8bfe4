"""Copies to be looked at: an issue set for a few readers, and what was read to set it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from dispatch.check.document import Document
from dispatch.check.place import Sources, stamped
from dispatch.check.view import PictureFacts, Specimen
from dispatch.mail.header import HeaderUnsafe, check_header_value
from dispatch.mail.letter import Letters
from dispatch.model.address import parse_address
from dispatch.model.issue import Issue
from dispatch.model.subscriber import Subscriber
from dispatch.render.image import measured
from dispatch.render.page import Page
from dispatch.wiring.clock import now
from dispatch.wiring.project import Project
from dispatch.wiring.reader import Reader

_MOST = 12
_PURPOSE = "check"  # tokens of specimens open nothing
_NEUTRAL = "reader@example.com"


@dataclass(slots=True)
class Watch:
    """Reads templates and pictures for a page, and remembers what was read."""

    project: Project
    path: Path
    templates: dict[str, str] = field(default_factory=dict)
    pictures: dict[str, PictureFacts] = field(default_factory=dict)

    def template(self, name: str) -> str | None:
        """A template as it is."""
        source = self.project.template(name)
        if source is not None:
            self.templates.setdefault(name, source)
        return source

    def stamped_template(self, name: str) -> str | None:
        """A template with its tags stamped; text and styles have none."""
        source = self.template(name)
        if source is None or name.endswith(("text.jinja", ".css", ".txt")):
            return source
        return stamped(source, list(self.templates).index(name) + 1)

    def picture(self, source: str) -> bytes | None:
        """A picture's bytes."""
        data = self.project.files_beside(self.path)(source)
        if data is not None:
            self.pictures[source] = PictureFacts(path=source, bytes=len(data), size=measured(data)[1])
        return data


class Specimens:
    """Copies as readers get them, each also with every tag stamped. `set` are those made so far."""

    def __init__(
        self, letters: Letters, marked: Page, sources: Sources, written: Mapping[str, str], issue: Issue
    ) -> None:
        self._letters = letters
        self._marked = marked
        self._sources = sources
        self._written = written
        self._issue = issue
        self._token = letters.keyring.token(_PURPOSE, 0)
        self._links = letters.links(self._token)
        self.set: list[Specimen] = []
        self.largest = (0, "", 0)

    def add(self, reader: Reader, *, is_first: bool = False) -> None:
        """Set one more specimen, as long as there are few. A reader whom no header can hold is left out."""
        if len(self.set) >= _MOST:
            return
        try:
            self.set.append(self._copy_for(reader, with_message=is_first or not self.set))
        except HeaderUnsafe:
            return

    def measure(self, row: Subscriber) -> None:
        """Fill one reader's copy for its length alone."""
        size = len((self._letters.page.read(row.fields, self._links).html or "").encode())
        if size > self.largest[0]:
            self.largest = (size, row.address.written, row.line)

    def _copy_for(self, reader: Reader, *, with_message: bool) -> Specimen:
        letters, token = self._letters, self._token
        copy = letters.page.read(reader.fields, self._links)
        check_header_value(copy.subject, field="Subject")
        stamped_html = self._marked.read(reader.fields, self._links).html
        message = b""
        if with_message:
            sender = self._issue.sender or letters.newsletter.sender
            message_id = letters.keyring.message_id(
                self._issue.slug, reader.address.key, sender.address.domain
            )
            message = letters.write(
                reader.fields, to=reader.address, token=token, date=now(), message_id=message_id
            ).message
        return Specimen(
            email=reader.address.written,
            line=reader.line,
            fields=reader.fields,
            subject=copy.subject,
            preheader=copy.preheader,
            text=copy.text,
            html=copy.html,
            document=Document(stamped_html, self._sources, self._written) if stamped_html else None,
            message=message,
            unsubscribe_url=self._links.unsubscribe_url,
        )


def reader_of(row: Subscriber, columns: tuple[str, ...]) -> Reader:
    """A row of the list as somebody to show a letter to."""
    return Reader(address=row.address, fields=row.fields, columns=columns, line=row.line)


def neutral_reader(columns: tuple[str, ...]) -> Reader:
    """Somebody to set a copy for when no row of the list is fit: every field empty."""
    address = parse_address(_NEUTRAL)
    fields = dict.fromkeys(columns, "") | {"email": address.written}
    return Reader(address=address, fields=fields, columns=columns, line=None)
