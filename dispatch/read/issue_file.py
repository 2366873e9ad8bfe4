"""An issue file, Markdown with YAML front matter, as an Issue; every complaint has file and line.

Only the front matter is understood here. The body is handed on as it is, with its line, to the renderer.
"""

from __future__ import annotations

import re
import unicodedata
from pathlib import PurePath

from dispatch.errors import IssueInvalid, Topic
from dispatch.model.address import AddressInvalid, Mailbox, parse_mailbox
from dispatch.model.issue import Issue
from dispatch.read.enclosures import read_enclosures
from dispatch.read.front_matter import FrontMatter, read_front_matter

_KEYS = (
    "subject",
    "preheader",
    "slug",
    "number",
    "date",
    "send_at",
    "layout",
    "from",
    "reply_to",
    "archive",
    "attachments",
    "checks",
    "meta",
)
_ARCHIVE = ("public", "unlisted", "private")
_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_LONGEST_NAME = 100  # a slug is a file name and a part of an address of the web
# What neither YAML nor an XML-based HTML library takes: C0 without tab and newline, DEL, C1 without NEL.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]")
_FENCE = re.compile(r"^---[ \t]*$", re.MULTILINE)


def read_issue(data: bytes, *, file: str) -> Issue:
    """Read one issue. `file` is what it is called in messages, and its stem is the slug if none is given.

    UTF-8 with or without BOM, lines ended in any way; the body comes with LF. `send_at` stays naive when the
    author writes no offset: it means the newsletter's time zone. Raises IssueInvalid.
    """
    text = _decode(data, file)
    front, body, body_line = _split(text, file)
    matter = read_front_matter(front, file=file, first_line=2)
    matter.allow(_KEYS, hint="keys of your own go under `meta:`")
    return Issue(
        file=file,
        slug=_name(matter, "slug") or _slug_of(matter),
        subject=_subject(matter),
        body=body,
        body_line=body_line,
        preheader=matter.folded("preheader"),
        number=matter.whole_number("number"),
        date=matter.day("date"),
        send_at=matter.moment("send_at"),
        layout=_name(matter, "layout") or "digest",
        sender=_mailbox(matter, "from"),
        reply_to=_mailbox(matter, "reply_to"),
        archive=_archive(matter),
        attachments=read_enclosures(matter),
        ignored_checks=_ignored_checks(matter),
        meta=matter.mapping("meta"),
        lines=matter.lines,
    )


def _decode(data: bytes, file: str) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise IssueInvalid("the file is UTF-16", file=file, line=1, hint="save it as UTF-8")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = len(re.findall(rb"\r\n|\r|\n", data[: error.start])) + 1
        message = f"the byte 0x{data[error.start]:02X} is not UTF-8"
        raise IssueInvalid(message, file=file, line=line, hint="save the file as UTF-8") from error
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if found := _CONTROL.search(text):
        message = f"a control character (U+{ord(found[0]):04X})"
        line = text.count("\n", 0, found.start()) + 1
        raise IssueInvalid(message, file=file, line=line, hint="delete it", about=Topic.CONTROL)
    return text


def _split(text: str, file: str) -> tuple[str, str, int]:
    """The front matter, the body, and the line on which the body begins."""
    opening = _FENCE.match(text)
    if not opening:
        hint = "begin the file with a line `---`, the line `subject: ...` and another line `---`"
        raise IssueInvalid("the file has no front matter", file=file, line=1, hint=hint)
    closing = _FENCE.search(text, opening.end())
    if not closing:
        hint = "end it with a line `---`"
        raise IssueInvalid("the front matter is not closed", file=file, line=1, hint=hint)
    body_line = text.count("\n", 0, closing.end()) + 2
    body = text[closing.end() + 1 :]
    if not body.strip():
        raise IssueInvalid("the issue is empty below its front matter", file=file, line=body_line - 1)
    return text[opening.end() + 1 : closing.start()], body, body_line


def _subject(matter: FrontMatter) -> str:
    subject = matter.one_line("subject")
    if subject is None:
        missing = "is empty" if "subject" in matter.values else "is missing"
        raise matter.error(
            "subject",
            f"`subject` {missing}",
            "write `subject: ...` between the two lines `---`",
            about=Topic.SUBJECT,
        )
    return subject


def _name(matter: FrontMatter, key: str) -> str | None:
    name = matter.one_line(key)
    if name is not None and not (_NAME.fullmatch(name) and len(name) <= _LONGEST_NAME):
        allowed = "up to 100 small letters, digits and single hyphens between them"
        raise matter.error(key, f"`{key}` may have {allowed}, and no other sign")
    return name


def _slug_of(matter: FrontMatter) -> str:
    """The slug that the file's name gives, without accents, and with hyphens for all other signs."""
    stem = unicodedata.normalize("NFKD", PurePath(matter.file).stem)
    plain = stem.encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain)[:_LONGEST_NAME].strip("-")
    if not slug:
        raise matter.error("slug", "no slug can be made of the name of this file", "add `slug: a-short-name`")
    return slug


def _mailbox(matter: FrontMatter, key: str) -> Mailbox | None:
    written = matter.one_line(key)
    if written is None:
        return None
    try:
        return parse_mailbox(written)
    except AddressInvalid as error:
        hint = f"write `{key}: Ann Meier <ann@example.com>`"
        raise IssueInvalid(
            f"`{key}`: {error}", file=matter.file, line=matter.lines[key], hint=hint
        ) from error


def _archive(matter: FrontMatter) -> str:
    archive = matter.one_line("archive") or "public"
    if archive not in _ARCHIVE:
        raise matter.error("archive", f"`archive` is one of {', '.join(_ARCHIVE)}")
    return archive


def _ignored_checks(matter: FrontMatter) -> tuple[str, ...]:
    matter.allow(("ignore",), within="checks")
    ignored = matter.mapping("checks").get("ignore") or []
    if not isinstance(ignored, list) or not all(isinstance(one, str) and one.strip() for one in ignored):
        raise matter.error("checks.ignore", "`checks.ignore` is a list of rules such as [LNK005]")
    return tuple(one.strip() for one in ignored)
