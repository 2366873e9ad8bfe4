"""Pictures by their bytes, and where their readers find them."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.model.image import LARGEST_PICTURE
from dispatch.render.image import Gallery, PictureUnfit, measured
from tests.pictures import exif, jpeg, png

GIF = b"GIF89a" + struct.pack("<HH", 30, 20)


def gallery(data: bytes | None, host: str | None = None) -> Gallery:
    """A gallery in which every path is this picture."""
    return Gallery(lambda _path: data, host, "example.com")


@pytest.mark.parametrize(
    ("data", "found"),
    [
        pytest.param(png(300, 200), ("image/png", (300, 200)), id="PNG"),
        pytest.param(GIF, ("image/gif", (30, 20)), id="GIF"),
        pytest.param(jpeg(30, 20), ("image/jpeg", (30, 20)), id="JPEG"),
        pytest.param(jpeg(30, 20, exif(1)), ("image/jpeg", (30, 20)), id="upright photograph"),
        pytest.param(jpeg(30, 20, exif(3)), ("image/jpeg", (30, 20)), id="upside down"),
        pytest.param(jpeg(30, 20, exif(6)), ("image/jpeg", (20, 30)), id="held sideways"),
        pytest.param(jpeg(30, 20, exif(8, ">")), ("image/jpeg", (20, 30)), id="the other byte order"),
        pytest.param(jpeg(30, 20, exif(6)[:20]), ("image/jpeg", None), id="cut Exif"),
        pytest.param(jpeg(30, 20, b"\xff\xff\xff"), ("image/jpeg", (30, 20)), id="fill bytes"),
        pytest.param(jpeg(30, 20, b"\xff\x01\xff\xd0"), ("image/jpeg", (30, 20)), id="markers alone"),
        pytest.param(jpeg(30, 20)[:10], ("image/jpeg", None), id="cut JPEG"),
        pytest.param(b"\xff\xd8\xff\xe0\x00\x00" * 9, ("image/jpeg", None), id="JPEG of nonsense"),
        pytest.param(png(3, 2)[:20], ("", None), id="cut PNG"),
        pytest.param(b"\x89PNG\r\n\x1a\n" + b"x" * 30, ("", None), id="PNG without a head"),
        pytest.param(b"<svg/>", ("", None), id="SVG"),
        pytest.param(b"", ("", None), id="nothing"),
    ],
)
def test_measured(data: bytes, found: tuple[str, tuple[int, int] | None]) -> None:
    """Kind and size come from the file, never from its name."""
    assert measured(data) == found


@given(st.binary(max_size=200))
def test_a_photograph_of_nonsense(data: bytes) -> None:
    """Whatever follows the first bytes, the answer is a size or none, and it comes."""
    media_type, size = measured(b"\xff\xd8\xff\xe1" + data)
    assert media_type == "image/jpeg"
    assert size is None or len(size) == 2


@pytest.mark.parametrize(
    "source", ["https://e.com/a.png", "//e.com/a.png", "cid:1@e.com", "data:image/png,x", "#", ""]
)
def test_what_is_not_local_is_left_alone(source: str) -> None:
    """No file is read for it."""
    picture = gallery(None).place(source)
    assert (picture.address, picture.size, picture.full) == (source, None, None)


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        pytest.param("a.png", (300, 201), id="as it is"),
        pytest.param("a@2x.png", (150, 100), id="twice as dense"),
        pytest.param("a%402x.png", (150, 100), id="written as an address"),
        pytest.param("a@3x.png", (100, 67), id="three times"),
        pytest.param("a@4x.png", (300, 201), id="no density that there is"),
    ],
)
def test_dense_pictures_are_shown_smaller(path: str, shown: tuple[int, int]) -> None:
    """By their name; the size of the file stays known."""
    picture = gallery(png(300, 201)).place(path)
    assert (picture.size, picture.full) == (shown, (300, 201))


@pytest.mark.parametrize(
    ("data", "message", "hint"),
    [
        pytest.param(None, "there is no picture a b.png", "beside the issue", id="missing"),
        pytest.param(b"hello", "a b.png is not a PNG, JPEG or GIF picture", None, id="no picture"),
        pytest.param(b"RIFF\0\0\0\0WEBPVP8 ", "is a picture in WebP", "Outlook", id="WebP"),
        pytest.param(b'<?xml version="1.0"?>\n<svg xmlns="x">', "is a picture in SVG", "@2x.png", id="SVG"),
        pytest.param(b"\0\0\0\x20ftypavif", "is a picture in AVIF", "PNG", id="AVIF"),
        pytest.param(b"\0\0\0\x18ftypheic", "is a picture in HEIC", "JPEG", id="HEIC"),
        pytest.param(b"BM\1\2\3\4\0\0\0\0", "is a picture in BMP", "PNG", id="BMP"),
        pytest.param(b"II*\0\x08\0", "is a picture in TIFF", "PNG", id="TIFF"),
        pytest.param(jpeg(3, 2)[:9], "is damaged", "save it again", id="damaged"),
        pytest.param(jpeg(0, 2), "is damaged", "save it again", id="without width"),
        pytest.param(
            png(3, 2) + bytes(LARGEST_PICTURE), "more than 3 MB", "1,200 pixels", id="too many bytes"
        ),
    ],
)
def test_what_is_unfit_for_a_letter(data: bytes | None, message: str, hint: str | None) -> None:
    """It stops the issue, and says why."""
    with pytest.raises(PictureUnfit, match=message.replace(".", r"\.")) as caught:
        gallery(data).place("a%20b.png")
    assert (hint is None) == (caught.value.hint is None)
    assert (hint or "") in (caught.value.hint or "")


def test_the_same_bytes_travel_once() -> None:
    """Under the first of their names, without one that no header can hold."""
    shown = gallery(png(3, 2))
    first, again = shown.place("a%0Ab.png"), shown.place("c.png")
    assert first.address == again.address
    (image,) = shown.embedded
    assert (first.address, image.file_name) == (f"cid:{image.content_id}", "")


def test_hosted_pictures_do_not_travel() -> None:
    """Their address is the host's, and the page can still be shown without a network."""
    shown = gallery(png(3, 2), "https://e.com/i")
    assert shown.place("./a b.png").address == "https://e.com/i/a%20b.png"
    assert shown.embedded == ()
    assert shown.data_addresses["https://e.com/i/a%20b.png"].startswith("data:image/png;base64,")
