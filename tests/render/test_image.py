"""Pictures by their bytes."""

from __future__ import annotations

import struct

import pytest

from dispatch.render.image import Gallery, PictureUnfit, measured

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + struct.pack(">II", 300, 200)
GIF = b"GIF89a" + struct.pack("<HH", 30, 20)
JPEG = b"\xff\xd8\xff\xe0\x00\x04ab\xff\xc2\x00\x11\x08" + struct.pack(">HH", 20, 30) + b"\0" * 12


@pytest.mark.parametrize(
    ("data", "found"),
    [
        pytest.param(PNG, ("image/png", (300, 200)), id="PNG"),
        pytest.param(GIF, ("image/gif", (30, 20)), id="GIF"),
        pytest.param(JPEG, ("image/jpeg", (30, 20)), id="JPEG"),
        pytest.param(JPEG[:10], ("image/jpeg", None), id="cut JPEG"),
        pytest.param(b"\xff\xd8\xff\xe0\x00\x00" * 9, ("image/jpeg", None), id="JPEG of nonsense"),
        pytest.param(PNG[:12], ("", None), id="cut PNG"),
        pytest.param(b"<svg/>", ("", None), id="SVG"),
        pytest.param(b"", ("", None), id="nothing"),
    ],
)
def test_measured(data: bytes, found: tuple[str, tuple[int, int] | None]) -> None:
    """Kind and size come from the file, never from its name."""
    assert measured(data) == found


@pytest.mark.parametrize(
    "source", ["https://e.com/a.png", "//e.com/a.png", "cid:1@e.com", "data:image/png,x", "#", ""]
)
def test_what_is_not_local_is_left_alone(source: str) -> None:
    """No file is read for it."""
    picture = Gallery(lambda _path: None, None, "example.com").place(source)
    assert (picture.address, picture.size, picture.full) == (source, None, None)


def test_what_is_missing() -> None:
    """A picture that is not there stops the issue."""
    with pytest.raises(PictureUnfit, match=r"there is no picture a b\.png"):
        Gallery(lambda _path: None, None, "example.com").place("a%20b.png")
