"""A file as a MIME part, in base64 and under its name in any script (RFC 2183, RFC 2231).

A picture of the page is found by its Content-ID (RFC 2392); an attachment stands beside the letter.
"""

from __future__ import annotations

import re
from base64 import encodebytes
from urllib.parse import quote

from dispatch.mail.header import LINE, HeaderUnsafe, check_header_value, is_quotable, plain_field, quoted
from dispatch.model.attachment import Attachment
from dispatch.model.image import EmbeddedImage

_MEDIA_TYPE = re.compile(r"image/[a-z0-9][a-z0-9.+-]{0,60}", re.IGNORECASE)
_ATTACHED_TYPE = re.compile(
    r"(?!(?:message|multipart)/)[a-z]{1,20}/[a-z0-9][a-z0-9.+-]{0,100}(?:; charset=[a-z0-9-]{1,20})?"
)
_CONTENT_ID = re.compile(r"[A-Za-z0-9._@+-]{1,200}")
_NAME_ROOM = 48  # with the name of the parameter and its section beside it, a line stays within LINE


def image_part(image: EmbeddedImage) -> bytes:
    """Headers and body of the part, ending without a line end. Raises HeaderUnsafe."""
    if not _MEDIA_TYPE.fullmatch(image.media_type):
        raise HeaderUnsafe("Content-Type", "what is no type of image")
    if not _CONTENT_ID.fullmatch(image.content_id):
        raise HeaderUnsafe("Content-ID", "an id that is empty, too long or not plain")
    found_by = plain_field("Content-ID", f"<{image.content_id}>")
    return _part(image.media_type, found_by + _disposition_field("inline", image.file_name), image.data)


def attachment_part(attachment: Attachment) -> bytes:
    """Headers and body of the part, ending without a line end. Raises HeaderUnsafe.

    A message or multipart may not be in base64 (RFC 2046 section 5), so it is no type for an attachment.
    """
    if not _ATTACHED_TYPE.fullmatch(attachment.media_type):
        raise HeaderUnsafe("Content-Type", "what is no type of an attachment")
    disposition = _disposition_field("attachment", attachment.file_name)
    return _part(attachment.media_type, disposition, attachment.data)


def _part(media_type: str, fields: bytes, data: bytes) -> bytes:
    head = plain_field("Content-Type", media_type) + b"Content-Transfer-Encoding: base64\r\n" + fields
    return head + b"\r\n" + encodebytes(data).replace(b"\n", b"\r\n").removesuffix(b"\r\n")


def _disposition_field(kind: str, file_name: str) -> bytes:
    check_header_value(file_name, field="Content-Disposition")
    parameters = _file_name(file_name) if file_name else []
    return (";\r\n ".join([f"Content-Disposition: {kind}", *parameters]) + "\r\n").encode("ascii")


def _file_name(name: str) -> list[str]:
    """The parameter, quoted where that is enough, else percent-encoded in sections (RFC 2231)."""
    # Old parsers take a backslash for a separator of folders; the percent sign has none of these doubts.
    if is_quotable(name) and len(name) <= LINE - 20 and not set(name) & set('"\\'):
        return [f"filename={quoted(name)}"]
    sections = _sections(name)
    if len(sections) == 1:
        return [f"filename*={sections[0]}"]
    return [f"filename*{number}*={section}" for number, section in enumerate(sections)]


def _sections(name: str) -> list[str]:
    """`name` percent-encoded, cut between characters because some parsers decode each section alone."""
    sections = ["utf-8''"]
    for character in name:
        encoded = quote(character, safe="")
        if len(sections[-1]) + len(encoded) > _NAME_ROOM:
            sections.append("")
        sections[-1] += encoded
    return sections
