"""CSS: styles that are lost, or mean something else, in the mail programs that readers use."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from dispatch.check.clients import support
from dispatch.check.document import Document
from dispatch.check.origin import origin, place_in_sheet
from dispatch.check.rule import Found, Rule, Sample, Severity, by_refusal
from dispatch.check.style import Declaration, Sheet, functions_in, is_selector, lengths
from dispatch.check.view import View

_CLASS = re.compile(r"\.(-?[A-Za-z_][\w-]*)")
_FEATURE = re.compile(r"\(\s*([\w-]+)")
_TYPE = re.compile(r"^(?:only\s+|not\s+)?([a-z]+)", re.IGNORECASE)
_KNOWN_FEATURES = frozenset(
    {"width", "min-width", "max-width", "min-device-width", "max-device-width", "device-width"}
    | {"prefers-color-scheme", "prefers-reduced-motion"}
)
_KNOWN_TYPES = frozenset({"screen", "all", "and"})
_ONE_PROGRAM = re.compile(
    r"\[data-og|\[class|\[x-apple|\[owa\]|^\s*u\s*\+|#outlook|\.ExternalClass|\.moz-|\.yshortcuts|#MessageViewBody|\.ReadMsgBody|\[style"
)


def _sheets(view: View) -> Iterator[tuple[Document, Sheet]]:
    if view.draft:
        for sheet in view.draft.document.sheets:
            yield view.draft.document, sheet


def _styled(view: View) -> Iterator[tuple[Document, Any, Declaration]]:
    """Every declaration in a style attribute of a finished page."""
    for specimen in view.specimens:
        if specimen.document:
            for element in specimen.document.elements:
                for declaration in specimen.document.style(element).values():
                    yield specimen.document, element, declaration


def _unsupported(view: View) -> Iterator[Found]:
    table = support()
    targets = table.targets(view.settings.check.clients)
    told: set[str] = set()
    for document, element, declaration in _styled(view):
        if declaration.name in {"float", "position"}:
            continue  # CSS009 tells of them
        for name in table.names_of(declaration):
            feature = table.feature(name, targets)
            if feature and feature.unknown_to and name not in told:
                told.add(name)
                known = len(targets) - len(feature.unknown_to)
                message = (
                    f"{declaration.name}: {declaration.value} is unknown to {', '.join(feature.unknown_to)} "
                    f"({known} of {len(targets)} mail programs know {feature.title})"
                )
                yield Found(place=origin(view, document, element, declaration), message=message)


def _remote(view: View) -> Iterator[Found]:
    for _, sheet in _sheets(view):
        for rule in sheet.at_rules:
            if rule.keyword == "import":
                message = f"@import {rule.prelude} is loaded by no mail program that matters"
                yield Found(place=place_in_sheet(view, sheet, rule.line), message=message)


def _unresolved(view: View) -> Iterator[Found]:
    kept = [(sheet, rule) for _, sheet in _sheets(view) if sheet.is_kept for rule in sheet.rules]
    known = {one.name for _, rule in kept for one in rule.declarations if one.name.startswith("--")}
    for sheet, rule in kept:
        for declaration in rule.declarations:
            names = (
                re.findall(r"--[\w-]+", declaration.value) if "var" in functions_in(declaration.value) else []
            )
            for name in names:
                if name.lower() not in known:
                    message = f"{declaration.name} uses {name}, which is set nowhere"
                    yield Found(place=place_in_sheet(view, sheet, declaration.line), message=message)
    for document, element, declaration in _styled(view):
        if "var" in functions_in(declaration.value):
            message = f"{declaration.name} uses var(), which Gmail and Outlook do not know"
            yield Found(place=origin(view, document, element, declaration), message=message)


def _tight_important(view: View) -> Iterator[Found]:
    for _, sheet in _sheets(view):
        for rule in sheet.rules:
            for declaration in rule.declarations:
                if declaration.tight:
                    message = f"{declaration.name}: there is no space before !important; Gmail drops the rule"
                    yield Found(place=place_in_sheet(view, sheet, declaration.line), message=message)


def _unreadable(view: View) -> Iterator[Found]:
    for _, sheet in _sheets(view):
        for line, message in sheet.faults:
            yield Found(
                place=place_in_sheet(view, sheet, line), message=f"this style does not parse: {message}"
            )
        for rule in sheet.rules:
            if not sheet.is_kept and not is_selector(rule.selector):
                message = f"the selector {rule.selector} cannot be understood, so its styles go nowhere"
                yield Found(place=place_in_sheet(view, sheet, rule.line), message=message)


def _media_queries(view: View) -> Iterator[Found]:
    for _, sheet in _sheets(view):
        for rule in sheet.at_rules:
            if rule.keyword != "media":
                continue
            odd = [name for name in _FEATURE.findall(rule.prelude) if not _is_known(name.lower())]
            for query in rule.prelude.split(","):
                kind = _TYPE.match(query.strip())
                if kind and kind[1].lower() not in _KNOWN_TYPES:
                    odd.append(kind[1])
            if odd:
                message = f"@media {rule.prelude}: {', '.join(odd)} is understood by few mail programs"
                yield Found(place=place_in_sheet(view, sheet, rule.line), message=message)


def _is_known(feature: str) -> bool:
    return feature in _KNOWN_FEATURES or feature.startswith("-webkit-")


def _out_of_flow(view: View) -> Iterator[Found]:
    told: set[str] = set()
    for document, element, declaration in _styled(view):
        fault = _flow_fault(declaration)
        if fault and fault not in told:
            told.add(fault)
            place = origin(view, document, element, declaration)
            yield Found(place=place, message=f"{fault}: Outlook or Gmail leaves it where it is")


def _flow_fault(declaration: Declaration) -> str:
    name, value = declaration.name, declaration.value.lower()
    if name == "position" and value not in {"static", "inherit", "initial"}:
        return f"position: {value}"
    if name == "float" and value != "none":
        return f"float: {value}"
    if name.startswith("margin") and any(size < 0 for size in lengths(value)):
        return f"{name}: {value}"
    return ""


def _kept_only(view: View) -> Iterator[Found]:
    sheets = list(_sheets(view))
    inlined = {
        name
        for _, sheet in sheets
        if not sheet.is_kept
        for rule in sheet.rules
        for name in _CLASS.findall(rule.selector)
    }
    for document, sheet in sheets:
        for rule in sheet.rules if sheet.is_kept else ():
            if rule.around or _ONE_PROGRAM.search(rule.selector):
                continue
            for name in sorted(set(_CLASS.findall(rule.selector)) - inlined):
                users = [one for one in document.elements if name in (one.get("class") or "").split()]
                if users and not any(one.get("style") for one in users):
                    message = (
                        f"class {name} has its styles in the kept block only, which many readers do not get"
                    )
                    yield Found(place=place_in_sheet(view, sheet, rule.line), message=message)


RULES = (
    Rule(
        id="CSS001",
        severity=Severity.WARNING,
        why="A layout must not rest on what a mail program of your readers does not know.",
        source="caniemail.com, the newest version of each program; the mix is [check] clients",
        kind=Sample.BODY,
        bad='<div style="display: grid; grid-template-columns: 1fr 1fr">Two columns</div>',
        good='<div style="border-radius: 4px">One column</div>',
        look=_unsupported,
    ),
    Rule(
        id="CSS002",
        severity=Severity.ERROR,
        why="Styles from elsewhere are not loaded, and a letter that asks for them looks like spam.",
        source="caniemail: css-at-import",
        kind=Sample.KEPT,
        bad='@import url("https://example.com/style.css");',
        good="h1 { color: #211d18 }",
        look=_remote,
    ),
    Rule(
        id="CSS003",
        severity=Severity.ERROR,
        why="At-rules, nesting and `*` vanish when styles are written into the page.",
        source="premailer 3.10",
        kind=Sample.SHEET,
        bad="* { margin: 0 }",
        good="p { margin: 0 }",
        look=by_refusal,
    ),
    Rule(
        id="CSS004",
        severity=Severity.WARNING,
        why="A custom property that is not set makes the whole declaration void.",
        source="CSS Custom Properties, section 3; caniemail: css-variables",
        kind=Sample.KEPT,
        bad="h1 { color: var(--ink) }",
        good=":root { --ink: #211d18 }",
        look=_unresolved,
    ),
    Rule(
        id="CSS005",
        severity=Severity.WARNING,
        why="Of two declarations of one property only the last is written into the page.",
        source="premailer 3.10",
        kind=Sample.SHEET,
        bad=".name { color: #211d18; color: #000000 }",
        good=".name { color: #211d18 }",
        look=by_refusal,
    ),
    Rule(
        id="CSS006",
        severity=Severity.WARNING,
        why="Gmail drops a rule whose `!important` has no space before it.",
        source="caniemail: css-important",
        kind=Sample.KEPT,
        bad="h1 { padding: 4px!important }",
        good="h1 { padding: 4px !important }",
        look=_tight_important,
    ),
    Rule(
        id="CSS007",
        severity=Severity.ERROR,
        why="A selector that the inliner cannot read styles nothing.",
        source="premailer 3.10, cssselect",
        kind=Sample.SHEET,
        bad=".name > { color: #211d18 }",
        good=".name > p { color: #211d18 }",
        look=_unreadable,
    ),
    Rule(
        id="CSS008",
        severity=Severity.WARNING,
        why="Mail programs know media queries for the width of a screen and for dark mode, and few others.",
        source="caniemail: css-at-media",
        kind=Sample.KEPT,
        bad="@media (orientation: portrait) { h1 { padding: 4px } }",
        good="@media screen and (max-width: 480px) { h1 { padding: 4px } }",
        look=_media_queries,
    ),
    Rule(
        id="CSS009",
        severity=Severity.WARNING,
        why="What is positioned, floated or pulled by a negative margin lies elsewhere in Outlook and Gmail.",
        source="caniemail: css-position, css-float, css-margin",
        kind=Sample.BODY,
        bad='<p style="position: absolute">Above all</p>',
        good='<p style="margin: 4px 0">In its place</p>',
        look=_out_of_flow,
    ),
    Rule(
        id="CSS010",
        severity=Severity.WARNING,
        why="A reader without <style> sees what is written into the elements, and nothing else.",
        source="Gmail with other providers' accounts",
        kind=Sample.KEPT,
        bad=".column { padding: 20px }",
        good="@media screen and (max-width: 480px) { .column { padding: 20px } }",
        look=_kept_only,
    ),
)
