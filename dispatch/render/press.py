"""The steps from an issue to a finished page: mask, Markdown, layout, inline, places of the values."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from dispatch.errors import TemplateInvalid, Topic
from dispatch.model.attachment import Attachment
from dispatch.model.content import content_hash
from dispatch.model.issue import Issue
from dispatch.model.settings import Newsletter
from dispatch.model.theme import Theme
from dispatch.render.body import Body, read_body, read_line
from dispatch.render.compiled import Piece, Value
from dispatch.render.escape import Place, without_controls
from dispatch.render.facts import build_names, issue_facts, newsletter_facts
from dispatch.render.image import Gallery, PictureUnfit
from dispatch.render.inline import inlined, slimmed
from dispatch.render.layout import Layouts
from dispatch.render.meaning import Meaning, Vocabulary
from dispatch.render.palette import theme_facts
from dispatch.render.personal import Kind, Mask, Part
from dispatch.render.phrases import phrases_of
from dispatch.render.place import mark_statements, slots
from dispatch.render.sandbox import Record, Sandbox, reader_filters
from dispatch.render.stylesheet import Source

_FORMAT = 2  # part of every content hash: to be raised when the same sources give another letter


class LogoMissing(Exception):
    """The logo of the theme does not exist, or is no picture."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pressed:
    """A page in pieces: what is the same for everybody, and between it what is filled in. No HTML is None.

    `draft` is the HTML before styles are inlined, tokens still in it.
    """

    subject: list[Piece]
    preheader: list[Piece]
    text: list[Piece]
    html: list[Piece] | None
    used_fields: frozenset[str]
    shown: Mapping[Part, frozenset[str]]  # expressions without a default, and the columns that they show
    content_hash: str
    draft: str


class Press:
    """One pass over an issue with one mask."""

    def __init__(
        self,
        *,
        issue: Issue,
        newsletter: Newsletter,
        theme: Theme,
        columns: Collection[str],
        build: Mapping[str, Any],
        templates: Callable[[str], str | None],
        gallery: Gallery,
        attachments: Sequence[Attachment],
        mask: Mask,
    ) -> None:
        self._issue = issue
        self._newsletter = newsletter
        self._build = build
        self._gallery = gallery
        self._attachments = attachments
        self._mask = mask
        self._theme = _themed(theme, gallery)
        self._facts = build_names(issue, newsletter, self._theme, build)
        self._columns = frozenset(columns) | {"email"}
        self._filters = reader_filters(Sandbox())
        mask.prove_absent(stable([issue.meta, newsletter_facts(newsletter), self._theme, build]))
        self._layouts = Layouts(templates, mask, self._words({*self._facts, "content"}, in_layout=True))
        self._meanings: list[Meaning] = []
        self._draft = ""

    def pressed(self) -> Pressed:
        """The issue in its layout. Raises IssueInvalid, TemplateInvalid, SaltTaken."""
        layout = self._issue.layout
        self._require_layout(layout)
        subject = self._line("subject", self._issue.subject)
        preheader = self._line("preheader", self._issue.preheader)
        self._facts["issue"] = Record(issue_facts(self._issue, subject=subject, preheader=preheader))
        self._layouts.know(self._facts)
        body = self._body()
        text = self._text(body)
        html = self._html(body) if self._layouts.exists(f"{layout}/html.jinja") else None
        meanings = [*self._meanings, body.meaning, *self._layouts.meanings]
        return Pressed(
            subject=self._plain_pieces(subject, Place.HEADER),
            preheader=self._plain_pieces(preheader, Place.PLAIN),
            text=self._plain_pieces(text, Place.PLAIN),
            html=html,
            used_fields=frozenset().union(*(meaning.fields for meaning in meanings)),
            shown={part: columns for meaning in meanings for part, columns in meaning.shown.items()},
            content_hash=self._hash(),
            draft=self._draft,
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
                about=Topic.TEXT_PART,
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
        phrases = phrases_of(self._newsletter.language)
        words = self._words(facts)
        return read_body(self._issue, self._mask, self._gallery, words, facts, phrases=phrases)

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
        file = f"templates/{name}"
        page = self._draft = mark_statements(page, self._mask)
        page = inlined(page, self._mask, self._sources(), file=file)
        return self._html_pieces(slimmed(page, file=file))

    def _sources(self) -> list[Source]:
        """What the page is made of, for the line of a style that is refused."""
        issue = self._issue
        written = Source(file=issue.file, text=issue.body, first=issue.body_line, in_issue=True)
        layouts = self._layouts.sources.items()
        return [*(Source(file=f"templates/{name}", text=text) for name, text in layouts), written]

    def _check_undamaged(self, page: str, name: str) -> None:
        rest = self._mask.token.sub("", page).lower()
        if self._mask.salt not in rest:
            return
        damaged = self._mask.found_in(rest)
        what = f"{damaged[0].source.strip()} ({damaged[0].where})" if damaged else "a personal expression"
        raise TemplateInvalid(
            f"a filter changes a text that holds {what}",
            file=f"templates/{name}",
            hint="upper, title, truncate and the like cannot be used on it here",
            about=Topic.LOSS,
        )

    def _plain_pieces(self, text: str, place: Place) -> list[Piece]:
        pieces: list[Piece] = []
        end = 0
        places = {Kind.ADDRESS: Place.PLAIN_URL, Kind.ADDRESS_PART: Place.URL_PART}
        for match in self._mask.token.finditer(text):
            part = self._mask.parts[match[0]]
            here = places.get(part.kind, place)
            if here is Place.URL_PART and text.endswith("mailto:", 0, match.start()):
                here = Place.MAILBOX
            value: Piece = part if part.kind is Kind.STATEMENT else Value(part, here)
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
        """Two halves: what the issue says, and what is around it. model/content.py tells them apart."""
        issue = self._issue
        text = [
            [issue.subject, issue.preheader, issue.body, issue.layout],
            [issue.slug, issue.number, issue.date, issue.meta],
            self._gallery.data_addresses,
            [(one.file_name, one.media_type, _digest(one.data)) for one in self._attachments],
        ]
        around = [
            _FORMAT,
            newsletter_facts(self._newsletter),
            self._theme,
            self._build,
            self._layouts.sources,
        ]
        return content_hash(stable(text), stable(around))


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _themed(theme: Theme, gallery: Gallery) -> dict[str, Any]:
    """The theme as layouts name it, its logo among the pictures of the letter."""
    if not theme.logo:
        return theme_facts(theme, "", None)
    try:
        logo = gallery.place(theme.logo)
    except PictureUnfit as error:
        raise LogoMissing(str(error)) from error
    return theme_facts(theme, logo.address, logo.size)


def stable(value: Any) -> str:
    """A value as text that is the same in every process; front matter may hold sets, and keys of any type."""
    if isinstance(value, Mapping):
        return f"{{{', '.join(sorted(f'{stable(key)}: {stable(one)}' for key, one in value.items()))}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(stable, value))}]"
    if isinstance(value, set | frozenset):
        return f"<{', '.join(sorted(map(stable, value)))}>"
    return repr(value)
