"""PER: what is filled in per reader. Most of it the renderer refuses by itself, with the line."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dispatch.check.place import Place, lines_in_words
from dispatch.check.rule import Found, Rule, Sample, Severity, by_refusal
from dispatch.check.view import View

_MERGE = re.compile(r"\{\{[^{}]*\}\}|\{%[^{}%]*%\}|%%[A-Za-z_]\w*%%|\[\[[A-Za-z_]\w*\]\]|<<[A-Za-z_]\w*>>")
_MAILCHIMP = re.compile(r"\*\|[A-Z][A-Z0-9_:]*\|\*")
_INLINE_CODE = re.compile(r"`[^`]*`")
_STRUCTURE = re.compile(r":(?:first|last|only|nth)-|[^\s>+~][\s]*[+~]\s*[^\s=]")


def _empty_values(view: View) -> Iterator[Found]:
    if view.people is None or view.draft is None:
        return
    for name, lines in view.people.empty.items():
        part = view.draft.bare.get(name)
        if part and lines.count:
            who = "1 subscriber" if lines.count == 1 else f"{lines.count:,} subscribers"
            message = (
                f"{name} is empty for {who} of {view.people.file} ({lines_in_words(lines.lines)}) "
                f'and has no default; write {{{{ subscriber.{name} | default("...") }}}}'
            )
            yield Found(place=Place(part.file, part.line), message=message, lines=tuple(lines.lines))


def _class_per_reader(view: View) -> Iterator[Found]:
    if view.draft is None:
        return
    for element in view.draft.document.elements:
        for name in ("class", "id"):
            for part in view.draft.parts_in(element.get(name) or ""):
                message = f"the {name} is chosen per reader, but styles are written into the page before that"
                yield Found(place=Place(part.file, part.line), message=message)


def _structure(view: View) -> Iterator[Found]:
    if view.draft is None:
        return
    document = view.draft.document
    for sheet in document.sheets:
        if sheet.is_kept:
            continue
        for rule in sheet.rules:
            if not _STRUCTURE.search(rule.selector):
                continue
            for element in document.selectors.meant_by(rule.selector) or ():
                beside = [child for child in element.getparent() if not isinstance(child.tag, str)]
                if any(part.tag for child in beside for part in view.draft.parts_in(child.text or "")):
                    message = (
                        f"{rule.selector} counts neighbours, and one of them is there for some readers only"
                    )
                    place = view.sources.find_style(sheet.line(rule.line)) or document.place(element)
                    yield Found(place=place, message=message)
                    break


def _unsafe_addresses(view: View) -> Iterator[Found]:
    if view.people is None or view.draft is None:
        return
    for name, lines in view.people.unsafe.items():
        part = view.draft.addresses.get(name)
        if part and lines.count:
            message = (
                f"{name} is linked by {part.source.strip()} ({part.file}:{part.line}), but it is "
                f"no http, https or mailto address in {lines_in_words(lines.lines)}"
            )
            place = Place(view.people.file, lines.lines[0])
            yield Found(place=place, message=message, lines=tuple(lines.lines))


def _merge_syntax(view: View) -> Iterator[Found]:
    if view.draft is None:
        return
    document = view.draft.document
    for number, line in _prose(view):
        for match in _MAILCHIMP.findall(line):
            place = Place(view.sources.issue.file, number)
            yield Found(place=place, message=f"{match} is not filled in; readers will see it as it is")
    for element, text in document.texts:
        for match in _MERGE.findall(text):
            place = view.sources.find(match) or document.place(element)
            yield Found(place=place, message=f"{match} is not filled in; readers will see it as it is")
    for element in document.named("a", "img"):
        for name in ("href", "src", "alt", "title"):
            for match in _MERGE.findall(element.get(name) or ""):
                place = view.sources.find(match) or document.place(element)
                yield Found(place=place, message=f"{match} is not filled in")
    if view.issue:
        for key, text in (("subject", view.issue.subject), ("preheader", view.issue.preheader)):
            for match in _MERGE.findall(text):
                if not match.startswith("{"):
                    yield Found(place=view.front(key), message=f"{match} is not filled in")


def _prose(view: View) -> Iterator[tuple[int, str]]:
    """The lines of the issue without its code. Stars are emphasis to Markdown, so one must look here."""
    fence = ""
    for number, line in enumerate(view.sources.issue.text.split("\n"), start=view.sources.issue.first):
        mark = line.strip()[:3]
        if mark in {"```", "~~~"} and fence in {"", mark}:
            fence = "" if fence else mark
        elif not fence and not line.startswith("    "):
            yield number, _INLINE_CODE.sub("", line)


RULES = (
    Rule(
        id="PER001",
        severity=Severity.ERROR,
        why="A field that the list does not have has no value for anybody.",
        source="dispatch help personalisation",
        kind=Sample.BODY,
        bad="Dear {{ subscriber.nmae }}, good morning.",
        good='Dear {{ subscriber.name | default("reader") }}, good morning.',
        look=by_refusal,
    ),
    Rule(
        id="PER002",
        severity=Severity.ERROR,
        why="One expression is filled either once or for each reader; it cannot be both.",
        source="dispatch help personalisation",
        kind=Sample.BODY,
        bad="{{ issue.subject ~ subscriber.name }}",
        good='{{ issue.subject }}, {{ subscriber.name | default("reader") }}',
        look=by_refusal,
    ),
    Rule(
        id="PER003",
        severity=Severity.WARNING,
        why="Where a value is missing the sentence has a hole, unless something stands in for it.",
        source="dispatch help personalisation",
        kind=Sample.BODY,
        bad="Dear {{ subscriber.nickname }}, good morning.",
        good='Dear {{ subscriber.nickname | default("reader") }}, good morning.',
        look=_empty_values,
        about_rows=True,
    ),
    Rule(
        id="PER004",
        severity=Severity.ERROR,
        why="A condition that begins in one element and ends in another takes half a tag with it.",
        source="HTML Living Standard, section 13.1",
        kind=Sample.BODY,
        bad='<div>{% if subscriber.name == "Ann" %}</div>\n<p>Hello</p>{% endif %}',
        good='{% if subscriber.name == "Ann" %}<p>Hello</p>{% endif %}',
        look=by_refusal,
    ),
    Rule(
        id="PER005",
        severity=Severity.ERROR,
        why="What is lost when styles are written into the page would be missing in every copy.",
        source="premailer 3.10",
        kind=Sample.SHEET,
        bad=".nobody { color: {{ subscriber.name }} }",
        good=".nobody { color: #211d18 }",
        look=by_refusal,
    ),
    Rule(
        id="PER006",
        severity=Severity.WARNING,
        why="Styles are written into the page once: a class that comes later has none.",
        source="dispatch help personalisation",
        kind=Sample.BODY,
        bad='<p class="{{ subscriber.name }}">A line for you.</p>',
        good='<p class="line">A line for you.</p>',
        look=_class_per_reader,
    ),
    Rule(
        id="PER007",
        severity=Severity.WARNING,
        why="`:first-child`, `+` and `~` count what stands beside, which is not the same for every reader.",
        source="dispatch help personalisation",
        kind=Sample.SHEET,
        bad="p + p { margin-top: 4px }",
        good="p { margin-top: 4px }",
        look=_structure,
    ),
    Rule(
        id="PER008",
        severity=Severity.ERROR,
        why="An address of another kind than http, https or mailto is written as `#`, so the link is dead.",
        source="RFC 3986, section 7; dispatch never lets `javascript:` through",
        kind=Sample.LIST,
        bad="mia@example.com,Mia,,javascript:alert(1),2024-05-01",
        good="mia@example.com,Mia,,https://example.com/mia,2024-05-01",
        look=_unsafe_addresses,
    ),
    Rule(
        id="PER009",
        severity=Severity.ERROR,
        why="Braces or another program's merge tags that nothing fills are what readers will read.",
        source="dispatch help personalisation",
        kind=Sample.BODY,
        bad="Dear *|FNAME|*, good morning.",
        good='Dear {{ subscriber.name | default("reader") }}, good morning.',
        look=_merge_syntax,
    ),
)
