"""Finds what an author wrote between `{{ }}`, `{% %}` and `{# #}`, and puts tokens in its place.

A token is made of a-z and 0-9 only: everything else is damaged somewhere between Markdown, the layout and the
CSS inliner. What the parts mean is decided in meaning.py.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache

from jinja2 import Environment, TemplateSyntaxError

from dispatch.errors import DataError, IssueInvalid, TemplateInvalid, Topic

_ENVIRONMENT = Environment(autoescape=True)
_OPENING = re.compile(r"\{[{%#]")
_RAW = re.compile(r"\{%[-+]?\s*raw\s*-?%\}(.*?)\{%[-+]?\s*endraw\s*-?%\}", re.DOTALL)
_HEADING_ATTRIBUTE = re.compile(r"\{#[A-Za-z][\w:-]*(?:\s[^{}#\n]*)?\}")  # {#id .class}, as Markdown has it
_WINDOW = 4000
_WIDTH = 5

# A broken piece that plainly wanted to be personal is an error; any other is a pair of braces in the prose.
_MEANT = re.compile(
    r"\{\{\{{0,9}[-+]?\s*(?:subscriber|unsubscribe_url|preferences_url|view_url)\b"
    r"|\{\{[^{}\n]{0,300}\b(?:subscriber\.|unsubscribe_url|preferences_url|view_url|issue\.|newsletter\.)"
    r"[^{}\n]{0,300}\}\}"
    r"|\{%[-+]?\s*(?:if|elif|else|endif|for|endfor|set)\b"
)


class Kind(StrEnum):
    """What stands between the delimiters; the letter is part of the token."""

    EXPRESSION = "x"
    STATEMENT = "s"
    COMMENT = "c"
    ADDRESS = "u"  # an expression that is a whole address of the text part, or its beginning
    ADDRESS_PART = "p"  # an expression inside an address of the text part
    BROKEN = "b"  # an opening delimiter without an end that plainly wanted to be an expression


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One thing between delimiters, where it stands, and the token that takes its place.

    `call` is what is run instead of what was written, when it is a macro's call with personal arguments.
    """

    token: str
    kind: Kind
    source: str
    file: str
    line: int
    in_issue: bool
    call: str = ""

    @property
    def inner(self) -> str:
        """What stands between the delimiters, without whitespace control."""
        if self.kind is Kind.BROKEN or self.call:
            return self.call
        inner = self.source[2:-2]
        inner = inner[1:] if inner[:1] in {"-", "+"} else inner
        inner = (inner[:-1] if inner[-1:] in {"-", "+"} else inner).strip()
        return _unescaped(inner, self.kind)

    @property
    def tag(self) -> str:
        """The first word of a statement."""
        return (self.inner.split(None, 1) or [""])[0] if self.kind is Kind.STATEMENT else ""

    @property
    def rest(self) -> str:
        """A statement without its first word."""
        return self.inner[len(self.tag) :].strip()

    @property
    def where(self) -> str:
        """`file:line`."""
        return f"{self.file}:{self.line}"

    def error(self, message: str, *, hint: str | None = None, about: Topic = Topic.EXPRESSION) -> DataError:
        """The complaint about this part, with its place."""
        kind = IssueInvalid if self.in_issue else TemplateInvalid
        return kind(message, file=self.file, line=self.line, hint=hint, about=about)


class SaltTaken(Exception):
    """A source holds the letters that our tokens begin with; another salt is needed."""


class Mask:
    """All parts of one page by token. The salt comes from the seed and occurs in no source."""

    def __init__(self, seed: str, attempt: int = 0) -> None:
        self.salt = "q" + hashlib.sha256(f"{attempt}:{seed}".encode()).hexdigest()[:9]
        self.parts: dict[str, Part] = {}
        self.token = re.compile(rf"{self.salt}[xscupb]\d{{{_WIDTH}}}z")
        self.statement = re.compile(rf"{self.salt}s\d{{{_WIDTH}}}z")

    def prove_absent(self, source: str) -> None:
        """Raise SaltTaken when the source holds the salt already."""
        if self.salt in source.lower():
            raise SaltTaken(self.salt)

    def parts_of(self, source: str, *, file: str, line: int, in_issue: bool) -> list[Part | str]:
        """The source cut into plain text and parts."""
        self.prove_absent(source)
        cut: list[Part | str] = []
        for piece, kind in _cut(source):
            if kind is None:
                cut.append(piece)
            else:
                cut.append(self._part(piece, kind, file, line, in_issue))
            line += piece.count("\n")
        return cut

    def _part(self, source: str, kind: Kind, file: str, line: int, in_issue: bool) -> Part:
        token = f"{self.salt}{kind}{len(self.parts):0{_WIDTH}}z"
        part = Part(token=token, kind=kind, source=source, file=file, line=line, in_issue=in_issue)
        self.parts[token] = part
        return part

    def another(self, part: Part, kind: Kind) -> Part:
        """The same part as another kind of value, by a token of its own."""
        changed = replace(
            part, kind=kind, token=part.token.replace(f"{self.salt}{part.kind}", f"{self.salt}{kind}")
        )
        return self.parts.setdefault(changed.token, changed)

    def made(self, source: str, *, file: str, line: int, like: Part | None = None) -> Part:
        """A part of our own; `like` is the part of an author's that it was taken out of."""
        return self._part(source, Kind.EXPRESSION, file, line, like.in_issue if like else True)

    def found_in(self, text: str) -> list[Part]:
        """The parts whose tokens occur in a text, in their order, repeats too."""
        return [self.parts[token] for token in self.token.findall(text)]

    def restored(self, text: str) -> str:
        """The text with every token replaced by what the author wrote."""
        return self.replaced(text, lambda part: part.source)

    def replaced(self, text: str, by: Callable[[Part], str]) -> str:
        """The text with every token replaced by what the function says."""
        return self.token.sub(lambda match: by(self.parts[match[0]]), text)


_Piece = tuple[str, Kind | None]


@lru_cache(maxsize=64)  # an author saves many times, and the templates are rarely what changed
def _cut(source: str) -> tuple[_Piece, ...]:
    return tuple(_pieces(source))


def _pieces(source: str) -> Iterator[_Piece]:
    """The source in pieces, each with its kind; plain text has none."""
    start = position = 0
    while opening := _OPENING.search(source, position):
        found = _opened(source, opening.start())
        if not found:
            position = opening.end()
            continue
        if start < opening.start():
            yield source[start : opening.start()], None
        yield from found
        start = position = opening.start() + sum(len(piece) for piece, _ in found)
    if start < len(source):
        yield source[start:], None


def _opened(source: str, start: int) -> list[_Piece]:
    """What an opening delimiter opens; empty when it is two characters of the prose."""
    if _is_escaped(source, start) or _HEADING_ATTRIBUTE.match(source, start):
        return []
    if raw := _RAW.match(source, start):
        inner_start, inner_end = raw.span(1)
        return [
            (source[start:inner_start], Kind.COMMENT),
            (raw[1], None),
            (source[inner_end : raw.end()], Kind.COMMENT),
        ]
    if end := _end(source, start):
        return [(source[start:end], _KINDS[source[start : start + 2]])]
    return [(source[start : start + 2], Kind.BROKEN)] if _MEANT.match(source, start) else []


_KINDS = {"{{": Kind.EXPRESSION, "{%": Kind.STATEMENT, "{#": Kind.COMMENT}
_CLOSINGS = {"{{": "}}", "{%": "%}"}


def _end(source: str, start: int) -> int | None:
    """Where the part that begins at `start` ends; None when it does not, or is no expression."""
    opening = source[start : start + 2]
    if opening == "{#":
        closing = source.find("#}", start + 2)
        return closing + 2 if closing >= 0 else None
    window = source[start : start + _WINDOW]
    for text in (window, window.replace(r"\|", " |"))[: 2 if r"\|" in window else 1]:
        length = _lexed_length(text, _CLOSINGS[opening])
        if length is not None and (opening == "{%" or _parses(text[:length])):
            return start + length
    return None


def _unescaped(inner: str, kind: Kind) -> str:
    """Without the backslashes that tables want before a bar, unless they are part of a text."""
    if r"\|" not in inner:
        return inner
    whole = f"{{{{ {inner} }}}}" if kind is Kind.EXPRESSION else f"{{% {inner} %}}"
    if _lexed_length(whole, _CLOSINGS[whole[:2]]) is not None:
        return inner
    return inner.replace(r"\|", " |")


def _lexed_length(window: str, closing: str) -> int | None:
    """The length of the first part by Jinja's lexer, which knows that a string may hold `}}`."""
    length, before = 0, ""
    if closing not in window:
        return None
    try:
        for _, kind, text in _ENVIRONMENT.lex(window):
            if kind in {"variable_end", "block_end"}:
                return length + text.index(closing) + 2
            if (before, text) in {("{", "{"), ("{", "%")}:
                return None  # another one opens: this one is no expression
            length, before = length + len(text), text
    except TemplateSyntaxError:
        return None
    return None


def _parses(expression: str) -> bool:
    try:
        _ENVIRONMENT.parse(expression)
    except (TemplateSyntaxError, RecursionError):
        return False
    return True


def _is_escaped(source: str, start: int) -> bool:
    """Whether a backslash, itself not escaped, stands before."""
    before = source[max(0, start - 100) : start]
    return (len(before) - len(before.rstrip("\\"))) % 2 == 1
