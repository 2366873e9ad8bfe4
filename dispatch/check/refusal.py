"""What the renderer refuses, by the rule that it breaks: such an issue has no page for the other rules.

A refusal is an error whatever the severity of its rule, because nothing can be sent.
"""

from __future__ import annotations

import re

from dispatch.check.place import Place
from dispatch.check.rule import Found, Severity
from dispatch.errors import DispatchError, IssueInvalid, TemplateInvalid

_FRONT = (
    (r"^unknown key ", "ISS002"),
    (r"^`subject` is (?:missing|empty)", "ISS003"),
    (r"has a line break or a tab", "HDR005"),
    (r"^a control character \(U\+(?:007F|008\d|009\w)\)", "SIZ003"),
)
_PAGE = (
    (r"names? (?:the column )?.*(?:does not (?:have|exist)|is a column of the list)", "PER001"),
    (r"there is nothing called", "PER001"),
    (r"\bmix(?:es)?\b", "PER002"),
    (
        r"in different elements|is never closed|does not fit the|without its \{%|outside of a quoted value",
        "PER004",
    ),
    (r"cannot be followed into the text", "PER004"),
    (r"is lost on the way|filter changes a subject", "PER005"),
    (r"there is no picture|stands outside|out of the folder", "IMG004"),
    (r"is not a PNG, JPEG or GIF", "IMG007"),
    (r"@import|wants .* and styles are never fetched", "CSS002"),
    (r"is set twice in one rule", "CSS005"),
    (r"uses var\(\)", "CSS004"),
    (r"does not parse: |comma between brackets|styles cannot be inlined|which breaks the inliner", "CSS007"),
    (r"would be lost when styles are inlined", "CSS003"),
)
_OTHER_FRONT, _OTHER_PERSONAL, _OTHER_PAGE = "ISS001", "PER009", "HTM002"
_PERSONAL = re.compile(r"\{\{|\{%|has no matching")


def refused(error: DispatchError, file: str, body_line: int | None) -> tuple[str, Found]:
    """The rule that a refusal belongs to, and the finding."""
    place = Place(error.file or file, error.line)
    hint = error.hint if error.hint and error.hint != error.next_step else ""
    message = f"{error.message}; {hint}" if hint else error.message
    return _rule(error, body_line), Found(place=place, message=message, severity=Severity.ERROR)


def _rule(error: DispatchError, body_line: int | None) -> str:
    is_front = isinstance(error, IssueInvalid) and (body_line is None or (error.line or 1) < body_line)
    patterns: tuple[tuple[str, str], ...] = (*_FRONT, *_PAGE) if is_front else _PAGE
    for pattern, rule in patterns:
        if re.search(pattern, error.message):
            return rule
    if is_front:
        return _OTHER_FRONT
    if _PERSONAL.search(error.message):
        return _OTHER_PERSONAL
    return _OTHER_PAGE if isinstance(error, TemplateInvalid) else _OTHER_FRONT
