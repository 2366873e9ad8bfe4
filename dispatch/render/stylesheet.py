"""Styles that the inliner would lose or change are refused first, with the line they stand in.

What is refused may stand in `<style data-premailer="ignore">`, which stays as it is. The door to tinycss2.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import tinycss2

from dispatch.errors import DataError, IssueInvalid, TemplateInvalid, Topic

_ELSEWHERE = 'put it into <style data-premailer="ignore">, which stays as it is'
# What a mail program writes into a letter before it reads its styles: nothing of it is there to be matched.
_MARKERS = re.compile(
    r"\[\s*data-og|^u\s*[+~]|[.#](?:externalclass|readmsgbody|moz-text-html|messageviewbody|messagewebviewdiv)\b"
)
_LOST = "would be lost when styles are inlined"
_TAG = re.compile(r"</?style\b[^>]*>")
_PLACEHOLDER = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A text that a page is made of. `first` is the line of its file that it begins on."""

    file: str
    text: str
    first: int = 1
    in_issue: bool = False

    def line_of(self, wanted: str) -> int | None:
        """The line that became this one, what stood between braces filled in."""
        for at, line in enumerate(self.text.split("\n"), start=self.first):
            literal = [re.escape(piece) for piece in _PLACEHOLDER.split(_TAG.sub("", line).strip())]
            if any(literal) and re.fullmatch(".*".join(literal), wanted):
                return at
        return None


@dataclass(frozen=True, slots=True)
class _Fault:
    line: int  # of the style, from 1
    message: str
    about: Topic = Topic.LOST_STYLE


@dataclass(frozen=True, slots=True)
class _Declaration:
    """What a sheet says, told apart from how it is written. `line` and `text` are for people."""

    meaning: tuple[Any, ...]
    selector: str
    line: int
    text: str


def refuse_what_would_be_lost(
    css: str, sources: Sequence[Source], *, file: str, carried: Callable[[str], str]
) -> None:
    """Raise for the first rule of a style element that premailer 3.10 cannot carry over.

    `carried` gives a style as the inliner's own parser reads and writes it; whatever comes back otherwise
    than it went in would vanish or change without a word.
    """
    fault = _first_fault(css, carried)
    if fault:
        raise _refusal(fault, css.split("\n")[fault.line - 1].strip(), sources, file)


@lru_cache(maxsize=16)  # an author saves many times, and the styles are rarely what changed
def _first_fault(css: str, carried: Callable[[str], str]) -> _Fault | None:
    return next(_faults(css), None) or _loss(css, carried)


def _refusal(fault: _Fault, line: str, sources: Sequence[Source], file: str) -> DataError:
    for source in sources:
        if at := source.line_of(line):
            kind = IssueInvalid if source.in_issue else TemplateInvalid
            return kind(fault.message, file=source.file, line=at, hint=_ELSEWHERE, about=fault.about)
    return TemplateInvalid(fault.message, file=file, hint=_ELSEWHERE, about=fault.about)


def _faults(css: str) -> Iterator[_Fault]:
    for rule in tinycss2.parse_stylesheet(css, skip_comments=True, skip_whitespace=True):
        if rule.type == "error":
            yield _Fault(rule.source_line, f"this style does not parse: {rule.message}", Topic.SELECTOR)
        elif rule.type == "at-rule":
            yield from _at_rule_faults(rule)
        else:
            yield from _selector_faults(rule)
            yield from _content_faults(rule.content)


def _at_rule_faults(rule: Any) -> Iterator[_Fault]:
    if rule.lower_at_keyword == "import":
        yield _Fault(rule.source_line, "@import is never followed", Topic.FETCHED_STYLE)
    elif rule.lower_at_keyword != "media":
        yield _Fault(rule.source_line, f"@{rule.at_keyword} {_LOST}")
    for inside in _rules(rule.content):
        if inside.type == "at-rule":
            message = "a rule inside @media begins with @, which breaks the inliner"
            yield _Fault(inside.source_line, message)
        elif inside.type == "qualified-rule":
            yield from _content_faults(inside.content)


def _rules(content: list[Any] | None) -> list[Any]:
    return list(tinycss2.parse_rule_list(content or [], skip_comments=True, skip_whitespace=True))


def _selector_faults(rule: Any) -> Iterator[_Fault]:
    whole = tinycss2.serialize(rule.prelude).replace("/**/", "").strip()  # it writes one between tokens
    separators = [node for node in rule.prelude if node.type == "literal" and node.value == ","]
    if "*" in whole:
        yield _Fault(rule.source_line, f"{whole} has a *, and such a rule {_LOST}")
    if whole.count(",") > len(separators):
        message = f"{whole} has a comma between brackets or quotes, which breaks the inliner"
        yield _Fault(rule.source_line, message, Topic.SELECTOR)
    if re.search(r"\[\s*style\b", whole, re.IGNORECASE):
        message = f"{whole} looks at a style, and styles change when they are inlined"
        yield _Fault(rule.source_line, message, Topic.SELECTOR)
    for selector in (one.strip().lower() for one in whole.split(",")):
        if _MARKERS.search(selector):
            yield _Fault(rule.source_line, f"{whole} is for one mail program, and {_LOST}", Topic.SELECTOR)
        if selector in {":first-child", ":last-child"}:
            yield _Fault(rule.source_line, f"{whole} begins with a colon, and {_LOST}", Topic.SELECTOR)


def _content_faults(content: list[Any]) -> Iterator[_Fault]:
    for node in content:
        if node.type == "{} block":
            yield _Fault(node.source_line, f"a rule inside a rule {_LOST}")
            return
    seen = set()
    for node in _declared(content):
        if node.type == "error":
            yield _Fault(node.source_line, f"a declaration does not parse, and {_LOST}")
            continue
        if node.lower_name in seen:
            message = f"{node.name} is set twice in one rule, and only the last would be kept"
            yield _Fault(node.source_line, message, Topic.FALLBACK)
        seen.add(node.lower_name)
        if any(one.type == "function" and one.lower_name == "var" for one in node.value):
            message = f"{node.name} uses var(), which many mail programs do not know"
            yield _Fault(node.source_line, message, Topic.VARIABLE)


def _declared(content: Any) -> list[Any]:
    """The declarations, and the errors among them."""
    nodes = tinycss2.parse_declaration_list(content, skip_comments=True, skip_whitespace=True)
    return [node for node in nodes if node.type in {"declaration", "error"}]


def _loss(css: str, carried: Callable[[str], str]) -> _Fault | None:
    """The first declaration that does not come through the inliner's parser as it went in."""
    before, after = _said(css), _said(carried(css))
    for at, one in enumerate(before):
        if at >= len(after) or one.meaning != after[at].meaning:
            if not _said(carried(f"{one.selector} {{ top: 0 }}")):
                return _Fault(one.line, f"{one.text} {_LOST}: its selector is unknown", Topic.SELECTOR)
            return _Fault(one.line, f"{one.text} {_LOST}")
    return None


def _said(css: str) -> list[_Declaration]:
    """All declarations of a sheet in their order, those inside @media too."""
    said = []
    for rule in tinycss2.parse_stylesheet(css, skip_comments=True, skip_whitespace=True):
        media = rule.prelude if rule.type == "at-rule" else []
        inside = [one for one in _rules(rule.content) if one.type == "qualified-rule"] if media else [rule]
        for one in inside:
            said += [_declaration(node, media, one.prelude) for node in _declared(one.content)]
    return said


def _declaration(node: Any, media: list[Any], selector: list[Any]) -> _Declaration:
    meaning = (_meaning(media), _meaning(selector), node.lower_name, _meaning(node.value), node.important)
    within = f" in @media {tinycss2.serialize(media).strip()}" if media else ""
    return _Declaration(meaning, tinycss2.serialize(selector).strip(), node.source_line, _text(node) + within)


def _text(node: Any) -> str:
    return f"{node.name}:{tinycss2.serialize(node.value).strip()}{' !important' if node.important else ''}"


def _meaning(nodes: Iterable[Any]) -> tuple[Any, ...]:
    """Values by what they are: 0.5 and .50, 0 and 0px, 'a' and "a" are the same."""
    return tuple(_token(node) for node in nodes if node.type not in {"whitespace", "comment"})


def _token(node: Any) -> Any:
    if node.type in {"number", "dimension", "percentage"}:
        unit = getattr(node, "lower_unit", "%" if node.type == "percentage" else "")
        return (node.value, unit if node.value else "")
    if node.type == "function" and node.lower_name == "url":
        return ("url", *(one.value for one in node.arguments if one.type == "string"))
    if node.type == "function":
        return (node.lower_name, _meaning(node.arguments))
    if node.type in {"() block", "[] block", "{} block"}:
        return (node.type, _meaning(node.content))
    if node.type in {"url", "string", "hash"}:
        return (node.type, node.value)
    return (node.type, getattr(node, "lower_value", tinycss2.serialize([node])))


def joined(inlined: str, own: str, *, changing: bool) -> str:
    """The style of an element: what its rules say, then, to the letter, what the author wrote in its tag.

    An important rule beats what is written in the tag, as in a browser; premailer would let the tag win, and
    keep one of several fallbacks. `changing` is for a tag whose own style is another for some readers.
    """
    rules, written = _declared(inlined), _declared(own)
    own = own.strip().rstrip("; ")
    if changing or not rules or any(node.type == "error" for node in written):
        return ";".join(one for one in (inlined, own) if one)
    important = {node.lower_name for node in rules if node.important}
    beaten = [node for node in written if node.lower_name in important and not node.important]
    names = {node.lower_name for node in written if node not in beaten}
    kept = [_text(node) for node in rules if node.lower_name not in names]
    if beaten:
        own = ";".join(_text(node) for node in written if node not in beaten)
    return ";".join(one for one in (*kept, own) if one)
