"""A whole mail for one reader: bytes that never change made once, the others joined in between.

`prepare` makes a Letterhead per issue, `Letterhead.assemble` a message per reader, wire ready: every line
ends with CRLF and none starts with a dot, so nothing is left to stuff. Signing is left to dkim.py.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from urllib.parse import quote

from dispatch.mail.header import (
    HeaderUnsafe,
    check_field_name,
    check_header_value,
    checked_address,
    filled_field,
    is_quotable,
    mailbox_field,
    plain_field,
    quoted,
    text_field,
    uri_field,
)
from dispatch.mail.part import attachment_part, image_part
from dispatch.model.address import Address, Mailbox
from dispatch.model.attachment import Attachment
from dispatch.model.image import EmbeddedImage

_ONE_CLICK = b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"  # RFC 8058
_QUOTED_PRINTABLE = b"; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
_TEXT = b"Content-Type: text/plain" + _QUOTED_PRINTABLE
_HTML = b"Content-Type: text/html" + _QUOTED_PRINTABLE
_MESSAGE_ID = re.compile(r"<[!-;=A-~]{1,255}@[!-;=A-~]{1,255}>")  # no `?`, so nothing to decode
_LIST_ID = re.compile(r"[A-Za-z0-9_+-]{1,63}(?:\.[A-Za-z0-9_+-]{1,63}){0,9}")
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
# Fields that dispatch writes itself, that name other recipients, or that belong to servers on the way.
_RESERVED = frozenset(
    {"from", "to", "cc", "bcc", "sender", "subject", "date", "message-id", "reply-to", "mime-version"}
    | {"list-id", "list-unsubscribe", "list-unsubscribe-post", "feedback-id", "return-path", "received"}
    | {"dkim-signature", "authentication-results"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Letterhead:
    """What all copies of one issue have in common, as bytes; made by `prepare`."""

    sender: bytes
    fixed: bytes
    mailto: str
    text_alone: tuple[bytes, bytes]
    alternative: tuple[bytes, bytes, bytes]

    def assemble(
        self,
        text: Sequence[bytes],
        html: Sequence[bytes] | None,
        *,
        subject: str,
        to: Address,
        date: datetime,
        message_id: str,
        unsubscribe_url: str | None,
        unsubscribe_token: str = "",
    ) -> list[bytes]:
        """The full message in chunks. The parts come quoted-printable, in chunks too, the last one not empty;
        without HTML there is text/plain alone.

        `date` is aware, and written in UTC. A recipient with a local part outside of ASCII gives raw UTF-8
        in To (RFC 6532), which only a relay with SMTPUTF8 takes. Raises HeaderUnsafe.
        """
        head = (
            self.sender,
            f"To: {checked_address('To', to)}\r\n".encode(),
            _subject_field(subject),
            _date_field(_in_utc(date)),
            _message_id_field(message_id),
            *self._unsubscribe(unsubscribe_url, unsubscribe_token),
            self.fixed,
        )
        if html is None:
            opening, closing = self.text_alone
            chunks = [b"".join((*head, opening)), *text]
            if closing or not text[-1].endswith(b"\r\n"):
                chunks.append(closing or b"\r\n")
            return chunks
        opening, between, closing = self.alternative
        return [b"".join((*head, opening)), *text, between, *html, closing]

    def _unsubscribe(self, url: str | None, token: str) -> tuple[bytes, ...]:
        """List-Unsubscribe with what there is, and the promise of one click only where a server keeps it."""
        mailto = f"{self.mailto}%20{token}" if self.mailto and token else self.mailto
        uris = [uri for uri in (url, mailto) if uri]
        if not uris:
            return ()
        field = uri_field("List-Unsubscribe", *uris)
        return (field, _ONE_CLICK) if url and url.startswith("https:") else (field,)


def prepare(
    *,
    sender: Mailbox,
    reply_to: Mailbox | None = None,
    list_id: str = "",
    list_name: str = "",
    feedback_id: str = "",
    boundary_seed: str,
    unsubscribe_mailto: Mailbox | None = None,
    images: Sequence[EmbeddedImage] = (),
    attachments: Sequence[Attachment] = (),
    extra: Mapping[str, str] | None = None,
) -> Letterhead:
    """Everything that is the same in every copy. Empty ids leave their field out. Raises HeaderUnsafe.

    `boundary_seed` decides the MIME boundaries: the same issue gives the same bytes. `extra` are further
    fields by name; `List-...` among them stay unfolded, the others are text.
    """
    fixed = [
        mailbox_field("Reply-To", reply_to) if reply_to else b"",
        _list_id_field(list_id, list_name) if list_id else b"",
        plain_field("Feedback-ID", feedback_id) if feedback_id else b"",
        *(_extra_field(name, value) for name, value in (extra or {}).items()),
        b"MIME-Version: 1.0\r\n",
    ]
    around, after = _mixed(boundary_seed, attachments)
    opening, between, closing = _alternative(boundary_seed, images)
    return Letterhead(
        sender=mailbox_field("From", sender),
        fixed=b"".join(fixed),
        mailto=_mailto(unsubscribe_mailto.address) if unsubscribe_mailto else "",
        text_alone=(around + _TEXT, after),
        alternative=(around + opening, between, closing + after),
    )


def _message_id_field(message_id: str) -> bytes:
    if not _MESSAGE_ID.fullmatch(message_id):
        raise HeaderUnsafe("Message-ID", "what does not look like <id@example.com>")
    return f"Message-ID: {message_id}\r\n".encode("ascii")


def _list_id_field(list_id: str, name: str) -> bytes:
    """RFC 2919, with the name in plain ASCII or not at all: some filters sort by the whole raw field."""
    check_header_value(name, field="List-Id")
    if not _LIST_ID.fullmatch(list_id):
        raise HeaderUnsafe("List-Id", "what does not look like news.example.com")
    shown = [quoted(name)] if name and is_quotable(name) and len(name) <= 60 else []
    return filled_field("List-Id", [*shown, f"<{list_id}>"])


def _extra_field(name: str, value: str) -> bytes:
    check_field_name(name)
    if name.lower() in _RESERVED or name.lower().startswith("content-"):
        raise HeaderUnsafe(name, "a value of your own")
    return plain_field(name, value) if name.lower().startswith("list-") else text_field(name, value)


def _mailto(address: Address) -> str:
    """RFC 6068. The token goes into the subject, so that any mailbox will do, also without plus addresses."""
    checked_address("List-Unsubscribe", address)
    return f"mailto:{quote(address.local, safe='+')}@{address.domain}?subject=unsubscribe"


def _alternative(seed: str, images: Sequence[EmbeddedImage]) -> tuple[bytes, bytes, bytes]:
    """What stands before the text, between text and HTML, and after the HTML."""
    outer, inner = _boundary("alt", seed), _boundary("rel", seed)
    alternative = b'Content-Type: multipart/alternative;\r\n boundary="%b"\r\n\r\n' % outer
    opening, between = alternative + b"--%b\r\n" % outer + _TEXT, b"\r\n--%b\r\n" % outer
    closing = b"\r\n--%b--\r\n" % outer
    if not images:
        return opening, between + _HTML, closing
    related = b'Content-Type: multipart/related; type="text/html";\r\n boundary="%b"\r\n\r\n' % inner
    pictures = b"".join(b"\r\n--%b\r\n" % inner + image_part(image) for image in images)
    return (
        opening,
        between + related + b"--%b\r\n" % inner + _HTML,
        pictures + b"\r\n--%b--\r\n" % inner + closing,
    )


def _mixed(seed: str, attachments: Sequence[Attachment]) -> tuple[bytes, bytes]:
    """What stands before the letter and after it when there are attachments; nothing when there are none."""
    if not attachments:
        return b"", b""
    mixed = _boundary("mix", seed)
    files = b"".join(b"\r\n--%b\r\n" % mixed + attachment_part(one) for one in attachments)
    opening = b'Content-Type: multipart/mixed;\r\n boundary="%b"\r\n\r\n--%b\r\n' % (mixed, mixed)
    return opening, files + b"\r\n--%b--\r\n" % mixed


def _boundary(kind: str, seed: str) -> bytes:
    """With `=_`, which neither quoted-printable nor base64 can contain; no kind begins another."""
    return f"=_{kind}_{hashlib.sha256(seed.encode()).hexdigest()[:24]}".encode("ascii")


def _in_utc(date: datetime) -> datetime:
    if date.tzinfo is None:
        raise ValueError("the date of a mail has a time zone")
    return date.astimezone(UTC)


@lru_cache(maxsize=64)
def _subject_field(subject: str) -> bytes:
    return text_field("Subject", subject)


@lru_cache(maxsize=64)
def _date_field(date: datetime) -> bytes:
    # In UTC, because datetimes that are equal in different zones share one place in the cache.
    day, month = _DAYS[date.weekday()], _MONTHS[date.month - 1]
    return f"Date: {day}, {date.day:02} {month} {date.year:04} {date:%H:%M:%S} +0000\r\n".encode("ascii")
