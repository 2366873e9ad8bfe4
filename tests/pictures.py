"""Small pictures that are what they say, made byte by byte."""

from __future__ import annotations

import struct
import zlib

ORIENTATION = 0x0112


def png(width: int, height: int, grey: int = 200) -> bytes:
    """A grey PNG."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = (b"\0" + bytes([grey]) * width) * height
    body = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def exif(orientation: int, order: str = "<") -> bytes:
    """An APP1 segment that says how the camera was held; `order` is the byte order as struct writes it."""
    mark = b"II*\0" if order == "<" else b"MM\0*"
    other = struct.pack(f"{order}HHII", 0x010F, 2, 4, 0)
    entry = struct.pack(f"{order}HHIHH", ORIENTATION, 3, 1, orientation, 0)
    tiff = mark + struct.pack(f"{order}IH", 8, 2) + other + entry + struct.pack(f"{order}I", 0)
    data = b"Exif\0\0" + tiff
    return b"\xff\xe1" + struct.pack(">H", len(data) + 2) + data


def jpeg(width: int, height: int, segments: bytes = b"") -> bytes:
    """The head of a JPEG, all that says how large it is, with `segments` before its frame."""
    frame = b"\xff\xc2\x00\x11\x08" + struct.pack(">HH", height, width) + b"\0" * 12
    return b"\xff\xd8\xff\xe0\x00\x04ab" + segments + frame
