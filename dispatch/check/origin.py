"""Where the style of a finished element was written: in a sheet that was taken apart, or in its tag."""

from __future__ import annotations

from typing import Any

from dispatch.check.document import Document
from dispatch.check.place import Place
from dispatch.check.style import Declaration, Sheet
from dispatch.check.view import View


def place_in_sheet(view: View, sheet: Sheet, line: int) -> Place:
    """The place that a line of a style sheet came from."""
    return view.sources.find_style(sheet.line(line)) or view.layout("html.jinja")


def origin(view: View, document: Document, element: Any, wanted: Declaration) -> Place:
    """The line of the style sheet that declares this, else the element's own."""
    for sheet in view.draft.document.sheets if view.draft else ():
        if sheet.is_kept:
            continue
        for rule in reversed(sheet.rules):
            for declaration in rule.declarations:
                if declaration.name == wanted.name and _same(declaration.value, wanted.value):
                    return place_in_sheet(view, sheet, declaration.line)
    return document.place(element)


def origin_of(view: View, document: Document, element: Any, name: str) -> Place:
    """The line that says what an element's property is, on it or on what it inherits from."""
    for one in (element, *element.iterancestors()):
        declared = document.style(one).get(name)
        if declared:
            return origin(view, document, one, declared)
    return document.place(element)


def _same(one: str, other: str) -> bool:
    return _plain(one) == _plain(other)


def _plain(value: str) -> str:
    """The value as the inliner may write it: no blanks, small letters, short colours made long."""
    plain = "".join(value.split()).casefold()
    if len(plain) == 4 and plain.startswith("#"):
        return "#" + "".join(2 * letter for letter in plain[1:])
    return plain
