"""Layouts: templates with their personal parts masked, rendered once around the content of an issue."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from html import unescape
from types import CodeType
from typing import Any

from jinja2 import BytecodeCache, FunctionLoader, TemplateNotFound, TemplateSyntaxError, UndefinedError
from jinja2.bccache import Bucket
from markupsafe import Markup

from dispatch.errors import DispatchError, TemplateInvalid, Topic
from dispatch.render.arguments import Handed, hand_over
from dispatch.render.expression import names_in
from dispatch.render.meaning import PERSONAL_NAMES, Meaning, Time, Vocabulary, understand
from dispatch.render.personal import Kind, Mask, Part
from dispatch.render.sandbox import FAULTS, Sandbox, line_in, rendered, sentence


class _Compiled(BytecodeCache):
    """The templates as Jinja compiled them: an author saves many times, and they are rarely what changed."""

    _MOST = 64

    def __init__(self) -> None:
        self._codes: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._codes.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        if bucket.code is not None:
            if len(self._codes) >= self._MOST:
                self._codes.clear()
            self._codes[bucket.key, bucket.checksum] = bucket.code


_HTML, _TEXT = _Compiled(), _Compiled()


class Layouts:
    """The templates of a project, read once each. `meanings` holds what their personal parts are."""

    def __init__(self, templates: Callable[[str], str | None], mask: Mask, vocabulary: Vocabulary) -> None:
        self._templates = templates
        self._mask = mask
        self._vocabulary = vocabulary
        self._masked: dict[str, str | None] = {}
        self.sources: dict[str, str] = {}
        self.meanings: list[Meaning] = []
        loader = FunctionLoader(self._load)
        self._html = Sandbox(autoescape=True, loader=loader, bytecode_cache=_HTML)
        self._text = Sandbox(autoescape=False, loader=loader, bytecode_cache=_TEXT)

    def exists(self, name: str) -> bool:
        """Whether there is such a template."""
        return self._source(name) is not None

    def know(self, facts: Mapping[str, Any]) -> None:
        """Make names known to every template, imported ones too."""
        self._html.globals.update(facts)
        self._text.globals.update(facts)

    def render(self, name: str, content: str, *, autoescape: bool) -> str:
        """A page around its content, personal parts masked. Raises TemplateInvalid with template and line."""
        environment = self._html if autoescape else self._text
        try:
            return rendered(environment.get_template(name), {"content": content})
        except DispatchError:
            raise
        except FAULTS as error:
            raise template_fault(error, name, self.sources) from error

    def macros(self, name: str) -> dict[str, Any]:
        """The macros of a template by name; none when there is no such template."""
        if not self.exists(name):
            return {}
        try:
            module = self._html.get_template(name).module
        except DispatchError:
            raise
        except FAULTS as error:
            raise template_fault(error, name, self.sources) from error
        names = (one for one in dir(module) if not one.startswith("_"))
        return {one: macro for one in names if callable(macro := getattr(module, one))}

    def _load(self, name: str) -> tuple[str, str, Callable[[], bool]] | None:
        source = self._source(name)
        return None if source is None else (source, name, lambda: True)

    def _source(self, name: str) -> str | None:
        if name not in self._masked:
            source = self._templates(name)
            self._masked[name] = None if source is None else self._read(name, source)
        return self._masked[name]

    def _read(self, name: str, source: str) -> str:
        source = re.sub(r"\r\n?", "\n", source)
        self.sources[name] = source
        cut = self._mask.parts_of(source, file=f"templates/{name}", line=1, in_issue=False)
        parts: list[Part] = []
        for at, part in enumerate(cut):
            if isinstance(part, Part) and part.kind is not Kind.BROKEN:
                cut[at], given = hand_over(part, self._mask, is_macro=_may_be_macro, is_personal=_is_personal)
                self.know({one.token: Handed(one.token) for one in given})
                parts += [*given, self._mask.parts[part.token]]
        meaning = understand(parts, self._vocabulary)
        self.meanings.append(meaning)
        return _masked(cut, meaning)


def _masked(cut: list[Part | str], meaning: Meaning) -> str:
    """The template with the personal parts as tokens. Their whitespace control is carried out here."""
    written = ""
    eat = False
    for part in cut:
        if isinstance(part, str):
            written += part.lstrip() if eat else part
            eat = eat and not part.strip()
        elif part.call:
            written += f"{{{{ {part.call} }}}}{_lines_kept(part, part.call)}"
            eat = False
        elif meaning.times.get(part.token) is not Time.FILL:
            written += part.source
            eat = False
        else:
            written = written.rstrip() if part.source[2] == "-" else written
            written += part.token + _lines_kept(part)
            eat = part.source[-3] == "-"
    return written


def _may_be_macro(name: str) -> bool:
    return name not in PERSONAL_NAMES


def _is_personal(argument: str) -> bool:
    return bool(names_in(argument) & PERSONAL_NAMES)


def _lines_kept(part: Part, written: str = "") -> str:
    """A comment as tall as the part was, so that Jinja counts lines as the author does."""
    lines = part.source.count("\n") - written.count("\n")
    return "{#" + "\n" * lines + "#}" if lines else ""


def template_fault(error: Exception, name: str, known: Mapping[str, str]) -> TemplateInvalid:
    """Jinja's complaint in our words, with the template and line where it stands."""
    if isinstance(error, TemplateNotFound):
        return TemplateInvalid(f"there is no template {error.message}", file=f"templates/{name}")
    if isinstance(error, TemplateSyntaxError):
        return TemplateInvalid(
            sentence(error), file=f"templates/{error.name or name}", line=error.lineno, about=Topic.EXPRESSION
        )
    file, line = line_in(error, known) or (name, None)
    if isinstance(error, RecursionError):
        return TemplateInvalid(
            "this template extends or includes itself",
            file=f"templates/{file}",
            line=line,
            hint=f'to build on the one that comes with dispatch: {{% extends "builtin/{file}" %}}',
        )
    shown = _on_line(known[file], line) if line else ""
    return TemplateInvalid(
        f"{shown}{sentence(error)}", file=f"templates/{file}", line=line, about=_topic(error)
    )


def _topic(error: Exception) -> Topic:
    return Topic.NAME if isinstance(error, UndefinedError) else Topic.EXPRESSION


def _on_line(source: str, line: int) -> str:
    """The only expression or statement of a line, to be named in a complaint."""
    found = re.findall(r"\{\{.*?\}\}|\{%.*?%\}", "".join(source.split("\n")[line - 1 : line]))
    return f"{found[0]}: " if len(found) == 1 else ""


def insert_build_values(
    text: str, mask: Mask, times: Mapping[str, Time], facts: Mapping[str, Any], *, as_html: bool
) -> str:
    """The text with what is known once rendered into it; what is personal stays masked.

    Only the author's expressions are a template here. The text around them is handed in as values, so braces
    in it are braces, and a value is never read as a template.
    """
    pieces = list(_build_pieces(text, mask, times))
    if not any(isinstance(piece, Part) for piece in pieces):
        return "".join(str(piece) for piece in pieces)
    source = "".join(_line_of(piece, index) for index, piece in enumerate(pieces))
    environment = Sandbox(autoescape=True, finalize=None if as_html else _plain)
    literal = Markup if as_html else _Text
    values = {**facts, "_text": [literal(piece) if isinstance(piece, str) else "" for piece in pieces]}
    try:
        return rendered(environment.from_string(source), values)
    except FAULTS as error:
        at = line_in(error, {"<template>": True})
        line = at[1] if at else getattr(error, "lineno", 1)
        culprit = pieces[min(line, len(pieces)) - 1]
        part = culprit if isinstance(culprit, Part) else next(one for one in pieces if isinstance(one, Part))
        raise part.error(f"{part.source.strip()}: {sentence(error)}", about=_topic(error)) from error


def _build_pieces(text: str, mask: Mask, times: Mapping[str, Time]) -> list[Part | str]:
    pieces: list[Part | str] = []
    end = 0
    for match in mask.token.finditer(text):
        if times.get(match[0]) is Time.BUILD:
            pieces += [text[end : match.start()], mask.parts[match[0]]]
            end = match.end()
    return [*pieces, text[end:]]


def _line_of(piece: Part | str, index: int) -> str:
    """One piece on one line of the template, so that a line number is an index."""
    if isinstance(piece, str):
        return f"{{{{ _text[{index}]\n}}}}"
    inner = " ".join(piece.inner.split("\n"))
    return f"{{{{ ({inner})\n}}}}" if piece.kind is Kind.EXPRESSION else f"{{% {inner}\n%}}"


class _Text(Markup):
    """Our own plain text around the expressions, which is no HTML even where it holds `<`."""


def _plain(value: Any) -> Any:
    """A value for the text part: a macro's HTML without its tags, anything else as it is."""
    if isinstance(value, Markup) and not isinstance(value, _Text):
        words = unescape(re.sub(r"<[^>]*>", "", value))
        return _Text(re.sub(r"\s+", " ", words).strip())
    return _Text(value)
