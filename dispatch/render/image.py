"""Pictures of an issue: how large they are, where readers find them, and which travel inside the mail."""

from __future__ import annotations

import base64
import hashlib
import re
import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import quote, unquote

from dispatch.model.image import EmbeddedImage

_REMOTE = re.compile(r"(?:[a-z][a-z0-9+.-]*:|//|#)", re.IGNORECASE)
_PNG = b"\x89PNG\r\n\x1a\n"
_WIDEST = 600
_JPEG_SIZES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}


@dataclass(frozen=True, slots=True)
class Picture:
    """Where a picture is found, and its width and height in pixels when they are known."""

    address: str
    size: tuple[int, int] | None


class PictureMissing(Exception):
    """There is no such file, or it is no picture."""


class Gallery:
    """The local pictures that a page shows. The same bytes are embedded once."""

    def __init__(self, read: Callable[[str], bytes | None], host: str | None, domain: str) -> None:
        self._read = read
        self._host = host
        self._domain = domain
        self._embedded: dict[str, EmbeddedImage] = {}
        self._data: dict[str, str] = {}

    @property
    def embedded(self) -> tuple[EmbeddedImage, ...]:
        """The pictures to put into the mail, in the order of their first use."""
        return tuple(self._embedded.values())

    @property
    def data_addresses(self) -> dict[str, str]:
        """For every address given out for a local picture, the same picture as a data: address."""
        return dict(self._data)

    def place(self, source: str) -> Picture:
        """The address that readers use for a picture. Raises PictureMissing for a local one that is none."""
        if not source or _REMOTE.match(source):
            return Picture(source, None)
        path = unquote(source)
        data = self._read(path)
        if data is None:
            raise PictureMissing(f"there is no picture {path}")
        media_type, size = measured(data)
        if not media_type:
            raise PictureMissing(f"{path} is not a PNG, JPEG or GIF picture")
        address = (
            f"{self._host}/{quote(path.removeprefix('./'))}"
            if self._host
            else self._embed(path, data, media_type)
        )
        self._data[address] = f"data:{media_type};base64,{base64.b64encode(data).decode()}"
        return Picture(address, _shown(path, size))

    def _embed(self, path: str, data: bytes, media_type: str) -> str:
        digest = hashlib.sha256(data).hexdigest()[:20]
        name = PurePosixPath(path).name
        image = EmbeddedImage(
            content_id=f"{digest}@{self._domain}", media_type=media_type, file_name=name, data=data
        )
        return f"cid:{self._embedded.setdefault(digest, image).content_id}"


def _shown(path: str, size: tuple[int, int] | None) -> tuple[int, int] | None:
    """The size on the page: half for a file named `@2x`, and never wider than the letter."""
    if not size:
        return None
    width, height = size
    if PurePosixPath(path).stem.endswith("@2x"):
        width, height = width // 2, height // 2
    return scaled((width, height), min(width, _WIDEST))


def scaled(size: tuple[int, int], width: int) -> tuple[int, int]:
    """The size at another width, in whole pixels."""
    return width, max(1, round(size[1] * width / max(1, size[0])))


def measured(data: bytes) -> tuple[str, tuple[int, int] | None]:
    """Media type, and width and height, by the file's own bytes; ("", None) for anything else."""
    if data.startswith(_PNG) and len(data) >= 24:
        return "image/png", struct.unpack(">II", data[16:24])
    if data[:6] in {b"GIF87a", b"GIF89a"} and len(data) >= 10:
        return "image/gif", struct.unpack("<HH", data[6:10])
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg", _jpeg_size(data)
    return "", None


def _jpeg_size(data: bytes) -> tuple[int, int] | None:
    """Width and height from the first frame header (ITU-T T.81, B.2.2)."""
    position = 2
    while position + 9 <= len(data) and data[position] == 0xFF:
        marker, length = data[position + 1], int.from_bytes(data[position + 2 : position + 4], "big")
        if marker in _JPEG_SIZES:
            height, width = struct.unpack(">HH", data[position + 5 : position + 9])
            return width, height
        position += 2 + max(2, length)
    return None
