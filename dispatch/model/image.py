"""A picture that travels inside the mail and is shown by its Content-ID (RFC 2392)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddedImage:
    """One image part. `content_id` stands without angle brackets, as after `cid:` in the HTML."""

    content_id: str
    media_type: str
    file_name: str
    data: bytes
