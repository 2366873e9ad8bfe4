"""How a camera held a photograph: the one thing that is read from Exif."""

from __future__ import annotations

_HEAD = b"Exif\0\0"
_ORIENTATION = 0x0112
_ENTRY = 12


def orientation(segment: bytes) -> int:
    """The orientation, 1 to 8, in the APP1 segment of a JPEG file; 1, upright, where it says nothing."""
    if not segment.startswith(_HEAD):
        return 1
    tiff = segment[len(_HEAD) :]
    little = tiff[:4] == b"II*\0"
    if not little and tiff[:4] != b"MM\0*":
        return 1

    def number(at: int, size: int) -> int:
        return int.from_bytes(tiff[at : at + size], "little" if little else "big")

    start = number(4, 4)
    for entry in range(start + 2, start + 2 + number(start, 2) * _ENTRY, _ENTRY):
        if entry + _ENTRY > len(tiff):
            return 1
        if number(entry, 2) == _ORIENTATION:
            return number(entry + 8, 2)
    return 1
