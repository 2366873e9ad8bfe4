"""A picture that travels inside the mail and is shown by its Content-ID (RFC 2392)."""

from __future__ import annotations

from dataclasses import dataclass

LARGEST_PICTURE = 3_000_000  # bytes; a reader's phone loads it, perhaps on the road


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddedImage:
    """One image part. `content_id` stands without angle brackets, as after `cid:` in the HTML."""

    content_id: str
    media_type: str
    file_name: str
    data: bytes
