"""The files that go with an issue, read and named by their kind."""

from __future__ import annotations

import mimetypes
from collections.abc import Callable
from pathlib import PurePosixPath

from dispatch.errors import IssueInvalid
from dispatch.model.attachment import Attachment, Enclosure
from dispatch.model.issue import Issue

# The names that Python ships, so that a machine's own /etc/mime.types changes no letter; and some it lacks.
_KNOWN = mimetypes.MimeTypes()
_OFFICE = "application/vnd.openxmlformats-officedocument"
_MORE = {
    ".docx": f"{_OFFICE}.wordprocessingml.document",
    ".epub": "application/epub+zip",
    ".gz": "application/gzip",
    ".ics": "text/calendar",
    ".md": "text/markdown",
    ".odp": "application/vnd.oasis.opendocument.presentation",
    ".ods": "application/vnd.oasis.opendocument.spreadsheet",
    ".odt": "application/vnd.oasis.opendocument.text",
    ".pptx": f"{_OFFICE}.presentationml.presentation",
    ".vcf": "text/vcard",
    ".webp": "image/webp",
    ".xlsx": f"{_OFFICE}.spreadsheetml.sheet",
}
_ANYTHING = "application/octet-stream"


def attached(issue: Issue, read: Callable[[str], bytes | None]) -> tuple[Attachment, ...]:
    """The attachments of an issue. Raises IssueInvalid at the line that names one which is not there."""
    return tuple(_attachment(issue, one, read(one.file)) for one in issue.attachments)


def _attachment(issue: Issue, enclosure: Enclosure, data: bytes | None) -> Attachment:
    if not data:
        message = "is empty" if data is not None else "is not there"
        raise IssueInvalid(
            f"the attachment {enclosure.file} {message}",
            file=issue.file,
            line=enclosure.line,
            hint="attachments are files beside the issue or in a folder below, and no links out of it",
        )
    media_type = media_type_of(enclosure.file, data)
    return Attachment(file_name=enclosure.name, media_type=media_type, data=data)


def media_type_of(file: str, data: bytes) -> str:
    """By the ending of the name. A text is said to be UTF-8 when it is."""
    suffix = PurePosixPath(file).suffix.lower()
    known = _KNOWN.guess_type(f"file{suffix}", strict=True)
    found = _MORE.get(suffix) or (known[0] if known[1] is None else None) or _ANYTHING
    if found.startswith(("message/", "multipart/")):
        return _ANYTHING  # what base64 may not stand in (RFC 2046 section 5)
    return f"{found}; charset=utf-8" if found.startswith("text/") and _is_utf8(data) else found


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
