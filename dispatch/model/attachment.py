"""Files that travel beside the letter, as its author named them and as they are."""

from __future__ import annotations

from dataclasses import dataclass

LARGEST_LETTER = 15_000_000  # bytes of attachments and pictures together; base64 makes 20 MB of them


@dataclass(frozen=True, slots=True, kw_only=True)
class Enclosure:
    """A file to be attached: its path from the folder of the issue, its name in the mail, and its line."""

    file: str
    name: str
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """One attached file. `media_type` may carry a charset."""

    file_name: str
    media_type: str
    data: bytes
