"""An issue and its layout -> a page, made once; a page and one reader's values -> a copy, made for each."""

from __future__ import annotations

import itertools
from base64 import b64decode
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from html import escape
from typing import Any, NamedTuple

from dispatch.model.attachment import Attachment
from dispatch.model.image import EmbeddedImage
from dispatch.model.issue import Issue
from dispatch.model.settings import Newsletter
from dispatch.model.theme import Theme
from dispatch.render import wire
from dispatch.render.blanks import Blank, Blanks
from dispatch.render.branches import Branches
from dispatch.render.compiled import Filler, Piece, Value, compiled
from dispatch.render.image import Gallery
from dispatch.render.measuring import measuring
from dispatch.render.personal import Mask, Part, SaltTaken
from dispatch.render.press import Press, Pressed


class Links(NamedTuple):
    """The addresses that are different in every copy. The last two may be empty."""

    unsubscribe_url: str
    preferences_url: str = ""
    view_url: str = ""

    @property
    def facts(self) -> dict[str, str]:
        """By the names that templates use."""
        return {
            "unsubscribe_url": self.unsubscribe_url,
            "preferences_url": self.preferences_url,
            "view_url": self.view_url,
        }


class Copy(NamedTuple):
    """One reader's letter. `text` and `html` are quoted-printable with CRLF, as they are sent, in chunks."""

    subject: str
    text: list[bytes]
    html: list[bytes] | None


class Measured(NamedTuple):
    """What is to be known of one reader's letter before it is sent: the size of its HTML is in bytes."""

    subject: str
    html_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadableCopy:
    """One reader's letter as a mail program shows it."""

    subject: str
    preheader: str
    text: str
    html: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """An issue in its layout, compiled.

    `used_fields` are the columns it reads, `html_source` is the inlined HTML with the expressions as they
    were written, `content_hash` is the same as long as every copy would be the same. `draft` is the HTML
    before styles are inlined, with a token for each personal part, and `parts` are those by token.
    """

    used_fields: frozenset[str]
    html_source: str
    content_hash: str
    embedded: tuple[EmbeddedImage, ...]
    attachments: tuple[Attachment, ...]
    draft: str
    parts: Mapping[str, Part]
    _subject: Filler
    _preheader: Filler
    _text: Filler
    _html: Filler | None
    _data_addresses: Mapping[str, str]
    _blanks: Blanks
    _branches: Callable[[], Branches]

    @property
    def has_html(self) -> bool:
        """Whether the layout has an HTML part."""
        return self._html is not None

    @property
    def enclosed_bytes(self) -> int:
        """The size of all pictures and files that every copy carries, before base64."""
        return sum(len(one.data) for one in self.embedded) + sum(len(one.data) for one in self.attachments)

    def fill(self, fields: Mapping[str, str], links: Links) -> Copy:
        """The copy for one reader. Raises IssueInvalid when an expression fails for these values."""
        names = links.facts
        return Copy(
            self._subject(fields, names),
            self._text.chunks(fields, names),
            self._html.chunks(fields, names) if self._html else None,
        )

    def measuring(self, links: Links) -> Callable[[Mapping[str, str]], Measured]:
        """What makes every value of a copy as `fill` does, and raises as that does, but writes no copy."""
        names = links.facts
        bodies = [self._text, self._html] if self._html else [self._text]
        measure = measuring(bodies, names)
        has_html = self.has_html

        def measured(fields: Mapping[str, str]) -> Measured:
            subject, length = self._subject(fields, names), measure(fields)
            return Measured(subject, length if has_html else 0)

        return measured

    def read(self, fields: Mapping[str, str], links: Links) -> ReadableCopy:
        """The same copy, decoded."""
        copy = self.fill(fields, links)
        html = None if copy.html is None else wire.decode(b"".join(copy.html))
        text = wire.decode(b"".join(copy.text))
        preheader = self._preheader(fields, links.facts)
        return ReadableCopy(subject=copy.subject, preheader=preheader, text=text, html=html)

    @property
    def may_have_blanks(self) -> bool:
        """Whether anybody on a list could find a hole in their copy; all of them have an address."""
        return bool(self._blanks.columns - {"email"})

    def blanks(self, fields: Mapping[str, str], links: Links) -> frozenset[Blank]:
        """The expressions that show nothing to this reader, for want of a value and of a default."""
        return self._blanks.of(fields, links.facts)

    def branches(self) -> Branches:
        """The branches of its conditionals, to see which of them a reader takes."""
        return self._branches()

    def local_picture(self, address: str) -> bytes | None:
        """The bytes of a local picture by the address that readers use; None for any other address."""
        data = self._data_addresses.get(address)
        return None if data is None else b64decode(data.partition(",")[2])

    def self_contained(self, html: str) -> str:
        """The HTML with its local pictures inside, for a reader without network or mail; links stay links."""
        for address, data in sorted(self._data_addresses.items(), reverse=True):
            html = html.replace(f'src="{escape(address)}"', f'src="{data}"')
        return html


def compile_page(
    issue: Issue,
    *,
    templates: Callable[[str], str | None],
    newsletter: Newsletter,
    columns: Collection[str],
    theme: Theme | None = None,
    build: Mapping[str, Any] | None = None,
    images: Callable[[str], bytes | None] = lambda _path: None,
    image_host: str | None = None,
    attachments: tuple[Attachment, ...] = (),
) -> Page:
    """Render, inline and compile an issue. Raises IssueInvalid or TemplateInvalid with file and line.

    `templates` gives the source of a template by its path under the templates folder, `images` the bytes of
    a local picture by its path as written; both answer None for what does not exist. `image_host` is the
    address under which local pictures are published; without one they are embedded. `attachments` go with
    the letter, and into its content hash.
    """
    theme = theme or Theme()
    for attempt in itertools.count():
        gallery = Gallery(images, image_host, newsletter.sender.address.domain, theme.column)
        try:
            mask = Mask(issue.file, attempt)  # the same at every save, so that templates stay compiled
            press = Press(
                issue=issue,
                newsletter=newsletter,
                theme=theme,
                columns=columns,
                build=build or {},
                templates=templates,
                gallery=gallery,
                attachments=attachments,
                mask=mask,
            )
            return _compiled(press.pressed(), gallery, attachments, mask, issue.file)
        except SaltTaken:
            continue
    raise AssertionError("unreachable")  # pragma: no cover


def _compiled(
    pressed: Pressed, gallery: Gallery, attachments: tuple[Attachment, ...], mask: Mask, file: str
) -> Page:
    html = pressed.html
    strands = (pressed.subject, pressed.preheader, pressed.text, html or [])
    return Page(
        used_fields=pressed.used_fields,
        html_source=_readable(html or []),
        content_hash=pressed.content_hash,
        embedded=gallery.embedded if html is not None else (),
        attachments=attachments,
        draft=pressed.draft,
        parts=dict(mask.parts),
        _subject=compiled(pressed.subject, form=wire.AS_IT_IS, file=file),
        _preheader=compiled(pressed.preheader, form=wire.AS_IT_IS, file=file),
        _text=compiled(pressed.text, form=wire.QUOTED_PRINTABLE, file=file),
        _html=None if html is None else compiled(html, form=wire.QUOTED_PRINTABLE, file=file),
        _data_addresses=gallery.data_addresses,
        _blanks=Blanks(
            itertools.chain(pressed.subject, pressed.preheader, pressed.text, html or []), pressed.shown, file
        ),
        _branches=partial(Branches, strands, file=file),
    )


def _readable(pieces: Sequence[Piece]) -> str:
    sources = (piece.part if isinstance(piece, Value) else piece for piece in pieces)
    return "".join(piece if isinstance(piece, str) else piece.source for piece in sources)
