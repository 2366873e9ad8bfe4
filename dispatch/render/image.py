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

from dispatch.errors import Topic
from dispatch.model.image import LARGEST_PICTURE, EmbeddedImage
from dispatch.render.exif import orientation

_REMOTE = re.compile(r"(?:[a-z][a-z0-9+.-]*:|//|#)", re.IGNORECASE)
_DENSITY = re.compile(r"@([23])x$")
_PNG = b"\x89PNG\r\n\x1a\n"
_JPEG_SIZES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
_JPEG_ALONE = {0x01, *range(0xD0, 0xD9)}  # markers without a length
_TURNED = range(5, 9)  # orientations that lie on their side (Exif 2.32, 4.6.4 A)
_SIGNS = 1_000  # bytes that tell what a file is
_HARDLY = "hardly a mail program shows one; save it as PNG or JPEG"
_NOT_FOR_MAIL = (
    (re.compile(rb"RIFF....WEBP", re.DOTALL), "WebP", "Outlook shows none; save it as PNG or JPEG"),
    (
        re.compile(rb"\s*(?:<[?!][^>]*>\s*)*<svg\b", re.IGNORECASE),
        "SVG",
        "Gmail and Outlook show none; export it as PNG, twice as large and named @2x.png",
    ),
    (re.compile(rb"....ftypavi[fs]", re.DOTALL), "AVIF", _HARDLY),
    (re.compile(rb"....ftyp(?:hei|mif|msf)", re.DOTALL), "HEIC", _HARDLY),
    (re.compile(rb"BM....\0\0\0\0", re.DOTALL), "BMP", "it is far too large; save it as PNG or JPEG"),
    (re.compile(rb"II\*\0|MM\0\*"), "TIFF", _HARDLY),
)


@dataclass(frozen=True, slots=True)
class Picture:
    """Where a picture is found, its size on the page, and that of the file, in pixels; None if not known."""

    address: str
    size: tuple[int, int] | None
    full: tuple[int, int] | None


class PictureUnfit(Exception):
    """There is no such file, it is no picture, or none for a letter."""

    def __init__(self, message: str, hint: str | None = None, about: Topic = Topic.PICTURE) -> None:
        super().__init__(message)
        self.hint = hint
        self.about = about


class Gallery:
    """The local pictures that a page shows. The same bytes are embedded once.

    `column` is the width of the page's text in pixels; in Outlook a wider picture would stretch it.
    """

    def __init__(
        self, read: Callable[[str], bytes | None], host: str | None, domain: str, column: int = 520
    ) -> None:
        self.column = column
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
        """The address that readers use for a picture. Raises PictureUnfit for a local one that is none."""
        if not source or is_remote(source):
            return Picture(source, None, None)
        path = unquote(source)
        data = self._read(path)
        if data is None:
            hint = "pictures are files beside the issue or in a folder below, and no links out of it"
            raise PictureUnfit(f"there is no picture {path}", hint)
        media_type, full = _known(path, data)
        address = (
            f"{self._host}/{quote(path.removeprefix('./'))}"
            if self._host
            else self._embed(path, data, media_type)
        )
        self._data[address] = f"data:{media_type};base64,{base64.b64encode(data).decode()}"
        return Picture(address, _shown(path, full), full)

    def _embed(self, path: str, data: bytes, media_type: str) -> str:
        digest = hashlib.sha256(data).hexdigest()[:20]
        name = PurePosixPath(path).name
        image = EmbeddedImage(
            content_id=f"{digest}@{self._domain}",
            media_type=media_type,
            file_name=name if name.isprintable() else "",
            data=data,
        )
        return f"cid:{self._embedded.setdefault(digest, image).content_id}"


def is_remote(source: str) -> bool:
    """Whether a source names something else than a file of the project."""
    return bool(_REMOTE.match(source))


def _known(path: str, data: bytes) -> tuple[str, tuple[int, int]]:
    """Media type and size of a local picture. Raises PictureUnfit."""
    media_type, size = measured(data)
    if not media_type:
        for signs, name, reason in _NOT_FOR_MAIL:
            if signs.match(data[:_SIGNS]):
                raise PictureUnfit(f"{path} is a picture in {name}", reason, Topic.PICTURE_KIND)
        raise PictureUnfit(f"{path} is not a PNG, JPEG or GIF picture", about=Topic.PICTURE_KIND)
    if size is None or 0 in size:
        raise PictureUnfit(f"{path} is damaged: it does not say how large it is", "save it again")
    if len(data) > LARGEST_PICTURE:
        most = f"{LARGEST_PICTURE / 1e6:.0f} MB"
        hint = "save it smaller: 1,200 pixels are enough for the width of a letter"
        raise PictureUnfit(f"{path} has more than {most}", hint, Topic.WEIGHT)
    return media_type, size


def _shown(path: str, size: tuple[int, int]) -> tuple[int, int]:
    """The size on the page: half for a file named `@2x`, a third for `@3x`."""
    density = _DENSITY.search(PurePosixPath(path).stem)
    return scaled(size, max(1, size[0] // int(density[1]))) if density else size


def scaled(size: tuple[int, int], width: int) -> tuple[int, int]:
    """The size at another width, in whole pixels."""
    return width, max(1, round(size[1] * width / max(1, size[0])))


def measured(data: bytes) -> tuple[str, tuple[int, int] | None]:
    """Media type, and width and height, by the file's own bytes; ("", None) for anything else."""
    if data.startswith(_PNG) and data[12:16] == b"IHDR" and len(data) >= 24:
        return "image/png", struct.unpack(">II", data[16:24])
    if data[:6] in {b"GIF87a", b"GIF89a"} and len(data) >= 10:
        return "image/gif", struct.unpack("<HH", data[6:10])
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg", _jpeg_size(data)
    return "", None


def _jpeg_size(data: bytes) -> tuple[int, int] | None:
    """Width and height as it is shown, from the first frame header (ITU-T T.81, B.2.2) and from Exif."""
    turned = False
    position = 2
    while position + 4 <= len(data) and data[position] == 0xFF:
        marker, length = data[position + 1], int.from_bytes(data[position + 2 : position + 4], "big")
        if marker == 0xFF:  # a fill byte
            position += 1
        elif marker in _JPEG_ALONE:
            position += 2
        elif marker in _JPEG_SIZES:
            if position + 9 > len(data):
                return None
            height, width = struct.unpack(">HH", data[position + 5 : position + 9])
            return (height, width) if turned else (width, height)
        else:
            if marker == 0xE1:
                turned = turned or orientation(data[position + 4 : position + 2 + length]) in _TURNED
            position += 2 + max(2, length)
    return None
