"""An issue and its layout -> a page, made once; a page and one reader's values -> a copy, made for each."""

from __future__ import annotations

import hashlib
import itertools
import json
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from markupsafe import Markup

from dispatch.errors import TemplateInvalid
from dispatch.model.image import EmbeddedImage
from dispatch.model.issue import Issue
from dispatch.model.settings import Newsletter
from dispatch.render import wire
from dispatch.render.body import Body, read_body, read_line
from dispatch.render.compiled import Filler, Piece, Value, compiled
from dispatch.render.escape import Place, without_controls
from dispatch.render.facts import build_names, issue_facts, newsletter_facts
from dispatch.render.image import Gallery
from dispatch.render.inline import inlined
from dispatch.render.layout import Layouts
from dispatch.render.meaning import Meaning, Vocabulary
from dispatch.render.personal import Kind, Mask, SaltTaken
from dispatch.render.place import mark_statements, slots
from dispatch.render.sandbox import Record, Sandbox, reader_filters

_FORMAT = 1  # part of every content hash: to be raised when the same sources give another letter


@dataclass(frozen=True, slots=True)
class Links:
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """One reader's letter. `text` and `html` are quoted-printable with CRLF, as they are sent."""

    subject: str
    preheader: str
    text: bytes
    html: bytes | None


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
    were written, `content_hash` is the same as long as every copy would be the same.
    """

    used_fields: frozenset[str]
    html_source: str
    content_hash: str
    embedded: tuple[EmbeddedImage, ...]
    _subject: Filler
    _preheader: Filler
    _text: Filler
    _html: Filler | None
    _data_addresses: Mapping[str, str]

    @property
    def has_html(self) -> bool:
        """Whether the layout has an HTML part."""
        return self._html is not None

    def fill(self, fields: Mapping[str, str], links: Links) -> Copy:
        """The copy for one reader. Raises IssueInvalid when an expression fails for these values."""
        names = links.facts
        return Copy(
            subject=self._subject(fields, names),
            preheader=self._preheader(fields, names),
            text=self._text(fields, names).encode("ascii"),
            html=self._html(fields, names).encode("ascii") if self._html else None,
        )

    def read(self, fields: Mapping[str, str], links: Links) -> ReadableCopy:
        """The same copy, decoded."""
        copy = self.fill(fields, links)
        html = None if copy.html is None else wire.decode(copy.html)
        return ReadableCopy(
            subject=copy.subject, preheader=copy.preheader, text=wire.decode(copy.text), html=html
        )

    def self_contained(self, html: str) -> str:
        """The HTML with its local pictures inside, for a reader without network or mail."""
        for address, data in sorted(self._data_addresses.items(), reverse=True):
            html = html.replace(f'"{escape(address)}"', f'"{data}"')
        return html


def compile_page(
    issue: Issue,
    *,
    templates: Callable[[str], str | None],
    newsletter: Newsletter,
    columns: Collection[str],
    build: Mapping[str, Any] | None = None,
    images: Callable[[str], bytes | None] = lambda _path: None,
    image_host: str | None = None,
) -> Page:
    """Render, inline and compile an issue. Raises IssueInvalid or TemplateInvalid with file and line.

    `templates` gives the source of a template by its path under the templates folder, `images` the bytes of
    a local picture by its path as written; both answer None for what does not exist. `image_host` is the
    address under which local pictures are published; without one they are embedded.
    """
    seed = json.dumps([issue.body, issue.subject, issue.preheader], default=str)
    for attempt in itertools.count():
        gallery = Gallery(images, image_host, newsletter.sender.address.domain)
        try:
            mask = Mask(seed, attempt)
            press = _Press(
                issue=issue,
                newsletter=newsletter,
                columns=columns,
                build=build or {},
                templates=templates,
                gallery=gallery,
                mask=mask,
            )
            return press.page()
        except SaltTaken:
            continue
    raise AssertionError("unreachable")  # pragma: no cover


class _Press:
    """One pass over an issue with one mask."""

    def __init__(
        self,
        *,
        issue: Issue,
        newsletter: Newsletter,
        columns: Collection[str],
        build: Mapping[str, Any],
        templates: Callable[[str], str | None],
        gallery: Gallery,
        mask: Mask,
    ) -> None:
        self._issue = issue
        self._newsletter = newsletter
        self._build = build
        self._gallery = gallery
        self._mask = mask
        self._facts = build_names(issue, newsletter, build)
        self._columns = frozenset(columns) | {"email"}
        self._filters = reader_filters(Sandbox())
        mask.prove_absent(json.dumps([issue.meta, newsletter_facts(newsletter), build], default=str))
        self._layouts = Layouts(templates, mask, self._words({*self._facts, "content"}, in_layout=True))
        self._meanings: list[Meaning] = []

    def page(self) -> Page:
        layout = self._issue.layout
        self._require_layout(layout)
        subject = self._line("subject", self._issue.subject)
        preheader = self._line("preheader", self._issue.preheader)
        self._facts["issue"] = Record(issue_facts(self._issue, subject=subject, preheader=preheader))
        self._layouts.know(self._facts)
        body = self._body()
        text = self._text(body)
        html = self._html(body) if self._layouts.exists(f"{layout}/html.jinja") else []
        meanings = [*self._meanings, body.meaning, *self._layouts.meanings]
        file = self._issue.file
        return Page(
            used_fields=frozenset().union(*(meaning.fields for meaning in meanings)),
            html_source=_readable(html),
            content_hash=self._hash(),
            embedded=self._gallery.embedded,
            _subject=compiled(self._plain_pieces(subject, Place.HEADER), encode=str, file=file),
            _preheader=compiled(self._plain_pieces(preheader, Place.PLAIN), encode=str, file=file),
            _text=compiled(self._plain_pieces(text, Place.PLAIN), encode=wire.encode, file=file),
            _html=compiled(html, encode=wire.encode, file=file) if html else None,
            _data_addresses=self._gallery.data_addresses,
        )

    def _words(self, names: Collection[str], *, in_layout: bool = False) -> Vocabulary:
        return Vocabulary(
            build=names, columns=self._columns, filters=self._filters, readers_only=not in_layout
        )

    def _require_layout(self, layout: str) -> None:
        if not self._layouts.exists(f"{layout}/text.jinja"):
            line = self._issue.lines.get("layout")
            raise TemplateInvalid(
                f"the layout {layout} has no text.jinja",
                file=self._issue.file,
                line=line,
                hint=f"make templates/{layout}/text.jinja, or name another layout",
            )

    def _line(self, key: str, source: str) -> str:
        line = self._issue.lines.get(key, 1)
        words = self._words(self._facts)
        text, meaning = read_line(source, self._mask, words, self._facts, file=self._issue.file, line=line)
        self._meanings.append(meaning)
        return text

    def _body(self) -> Body:
        macros = self._layouts.macros(f"{self._issue.layout}/macros.jinja")
        facts = {**self._facts, **macros}
        return read_body(self._issue, self._mask, self._gallery, self._words(facts), facts)

    def _text(self, body: Body) -> str:
        name = f"{self._issue.layout}/text.jinja"
        text = self._layouts.render(name, body.text, autoescape=False)
        self._check_undamaged(text, name)
        alone = re.compile(rf"^[ \t]*((?:{self._mask.statement.pattern}[ \t]*)+)\n", re.MULTILINE)
        whole = without_controls(text).strip("\n") + "\n"
        return alone.sub(lambda match: re.sub(r"[ \t]", "", match[1]), whole)

    def _html(self, body: Body) -> list[Piece]:
        name = f"{self._issue.layout}/html.jinja"
        content = Markup(body.html)  # noqa: S704 - made by us, the values in it escaped
        page = without_controls(self._layouts.render(name, content, autoescape=True))
        self._check_undamaged(page, name)
        page = mark_statements(page, self._mask)
        return self._html_pieces(inlined(page, self._mask, self._layouts.sources, file=f"templates/{name}"))

    def _check_undamaged(self, page: str, name: str) -> None:
        if page.lower().count(self._mask.salt) != len(self._mask.token.findall(page)):
            raise TemplateInvalid(
                "a filter changes a subject or text that holds a personal expression",
                file=f"templates/{name}",
                hint="upper, title, truncate and the like cannot be used on it here",
            )

    def _plain_pieces(self, text: str, place: Place) -> list[Piece]:
        pieces: list[Piece] = []
        end = 0
        places = {Kind.ADDRESS: Place.PLAIN_URL, Kind.ADDRESS_PART: Place.URL_PART}
        for match in self._mask.token.finditer(text):
            part = self._mask.parts[match[0]]
            value: Piece = part if part.kind is Kind.STATEMENT else Value(part, places.get(part.kind, place))
            pieces += [text[end : match.start()], value]
            end = match.end()
        return [*pieces, text[end:]]

    def _html_pieces(self, html: str) -> list[Piece]:
        pieces: list[Piece] = []
        end = 0
        for slot in slots(html, self._mask):
            value: Piece = slot.part if slot.part.kind is Kind.STATEMENT else Value(slot.part, slot.place)
            pieces += [html[end : slot.start], value]
            end = slot.end
        return [*pieces, html[end:]]

    def _hash(self) -> str:
        issue = self._issue
        shown = [
            _FORMAT,
            [
                issue.subject,
                issue.preheader,
                issue.body,
                issue.number,
                issue.date,
                issue.slug,
                issue.layout,
                issue.meta,
            ],
            newsletter_facts(self._newsletter),
            self._build,
            self._layouts.sources,
            self._gallery.data_addresses,
        ]
        return hashlib.sha256(json.dumps(shown, default=str, sort_keys=True).encode()).hexdigest()


def _readable(pieces: Sequence[Piece]) -> str:
    sources = (piece.part if isinstance(piece, Value) else piece for piece in pieces)
    return "".join(piece if isinstance(piece, str) else piece.source for piece in sources)
