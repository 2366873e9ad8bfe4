"""One issue of the newsletter as its author wrote it, front matter checked, body untouched."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from dispatch.model.address import Mailbox
from dispatch.model.attachment import Enclosure


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """An issue. `subject` and `preheader` may hold personal expressions; `body` is Markdown with expressions.

    `body_line` is the 1-based line of `file` on which the body begins, and `lines` the line of each front
    matter key, so that every complaint can name its place.
    """

    file: str
    slug: str
    subject: str
    body: str
    body_line: int
    preheader: str = ""
    number: int | None = None
    date: date | None = None
    send_at: datetime | None = None
    layout: str = "digest"
    sender: Mailbox | None = None
    reply_to: Mailbox | None = None
    archive: str = "public"
    attachments: tuple[Enclosure, ...] = ()
    ignored_checks: tuple[str, ...] = ()
    meta: Mapping[str, Any] = field(default_factory=dict)
    lines: Mapping[str, int] = field(default_factory=dict)
