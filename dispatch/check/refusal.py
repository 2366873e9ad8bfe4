"""What the renderer refuses, by the rule that it breaks: such an issue has no page for the other rules.

A refusal is an error whatever the severity of its rule, because nothing can be sent.
"""

from __future__ import annotations

from dispatch.check.place import Place
from dispatch.check.rule import Found, Severity
from dispatch.errors import DataError, IssueInvalid, Topic

_RULES = {
    Topic.KEY: "ISS002",
    Topic.SUBJECT: "ISS003",
    Topic.HEADER: "HDR005",
    Topic.CONTROL: "SIZ003",
    Topic.NAME: "PER001",
    Topic.MIXTURE: "PER002",
    Topic.NESTING: "PER004",
    Topic.LOSS: "PER005",
    Topic.EXPRESSION: "PER009",
    Topic.PICTURE: "IMG004",
    Topic.PICTURE_KIND: "IMG007",
    Topic.PICTURE_SIZE: "IMG003",
    Topic.WEIGHT: "IMG008",
    Topic.LINK: "LNK002",
    Topic.TEXT_PART: "TXT001",
    Topic.FETCHED_STYLE: "CSS002",
    Topic.LOST_STYLE: "CSS003",
    Topic.SELECTOR: "CSS007",
    Topic.VARIABLE: "CSS004",
    Topic.FALLBACK: "CSS005",
}
_FRONT_MATTER, _MARKUP = "ISS001", "HTM002"


def refused(error: DataError, file: str, body_line: int | None) -> tuple[str, Found]:
    """The rule that a refusal belongs to, and the finding."""
    place = Place(error.file or file, error.line)
    hint = error.hint if error.hint and error.hint != error.next_step else ""
    message = f"{error.message}; {hint}" if hint else error.message
    return _rule(error, body_line), Found(place=place, message=message, severity=Severity.ERROR)


def _rule(error: DataError, body_line: int | None) -> str:
    if error.about:
        return _RULES[error.about]
    in_front = isinstance(error, IssueInvalid) and (body_line is None or (error.line or 1) < body_line)
    return _FRONT_MATTER if in_front else _MARKUP
