"""Pictures inside a mail and files beside it: back to the byte, under their names in any script."""

from __future__ import annotations

import re
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dispatch.mail.header import HeaderUnsafe
from dispatch.mail.part import attachment_part, image_part
from dispatch.model.attachment import Attachment
from dispatch.model.image import EmbeddedImage

FORBIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def picture(**changes: object) -> EmbeddedImage:
    """A small picture, but for what the test changes."""
    facts: dict[str, object] = {
        "content_id": "pixel.1@example.com",
        "media_type": "image/png",
        "file_name": "pixel.png",
        "data": bytes(range(256)),
    }
    return EmbeddedImage(**{**facts, **changes})  # type: ignore[arg-type]


def read(part: bytes) -> EmailMessage:
    """The part as the standard library reads it, without a defect and on lines of at most 78."""
    assert all(len(line) <= 78 for line in part.split(b"\r\n"))
    assert b"\r\n." not in part
    message = BytesParser(policy=default).parsebytes(part)
    assert message.defects == []
    assert all(header.defects == () for header in message.values())
    return message


@given(st.binary(max_size=400))
def test_a_picture_comes_back_to_the_byte(data: bytes) -> None:
    """Base64 on lines of 76, and the fields by which HTML and readers find it."""
    part = image_part(picture(data=data))
    assert not part.endswith(b"\n") or not data
    message = read(part)
    assert message.items() == [
        ("Content-Type", "image/png"),
        ("Content-Transfer-Encoding", "base64"),
        ("Content-ID", "<pixel.1@example.com>"),
        ("Content-Disposition", 'inline; filename="pixel.png"'),
    ]
    assert message.get_payload(decode=True) == data


def test_a_picture_without_a_name() -> None:
    """No name, no parameter."""
    assert read(image_part(picture(file_name="")))["Content-Disposition"] == "inline"


@given(st.text(min_size=1))
@example("a" * 300 + ".png")
@example("=?utf-8?q?x?=.png")
@example('say "cheese" \\ 100%.png')
@example("写真" * 60 + ".jpg")
@example(" x ")
def test_file_names_in_any_script(name: str) -> None:
    """The name comes back, or it is refused for a control character."""
    image = picture(file_name=name)
    if FORBIDDEN.search(name):
        with pytest.raises(HeaderUnsafe, match="Content-Disposition"):
            image_part(image)
        return
    message = read(image_part(image))
    assert message["Content-Disposition"].params["filename"] == name


@pytest.mark.parametrize(
    ("change", "field"),
    [
        pytest.param({"media_type": "image/png\r\nBcc: x"}, "Content-Type", id="type"),
        pytest.param({"media_type": "text/html"}, "Content-Type", id="not an image"),
        pytest.param({"content_id": "a>\r\nBcc: <x"}, "Content-ID", id="id"),
        pytest.param({"content_id": ""}, "Content-ID", id="no id"),
    ],
)
def test_an_unfit_image_is_refused(change: dict[str, str], field: str) -> None:
    """What an image says of itself cannot reach another field."""
    with pytest.raises(HeaderUnsafe, match=field):
        image_part(picture(**change))


@given(st.text(min_size=1, max_size=60), st.binary(max_size=300))
@example("Jahresbericht für Zoë & 東京.pdf", b"x")
def test_an_attachment_comes_back(name: str, data: bytes) -> None:
    """To the byte, and under its name, or the name is refused."""
    attachment = Attachment(file_name=name, media_type="application/pdf", data=data)
    if FORBIDDEN.search(name):
        with pytest.raises(HeaderUnsafe, match="Content-Disposition"):
            attachment_part(attachment)
        return
    message = read(attachment_part(attachment))
    assert message.get_content_disposition() == "attachment"
    assert message.get_content_type() == "application/pdf"
    assert message["Content-Disposition"].params["filename"] == name
    assert message.get_payload(decode=True) == data


@pytest.mark.parametrize(
    "media_type", ["message/rfc822", "multipart/mixed", "pdf", "text/plain\r\nBcc: x", "text/plain; name=x"]
)
def test_an_unfit_attachment_is_refused(media_type: str) -> None:
    """What cannot be in base64, and what would reach another field."""
    with pytest.raises(HeaderUnsafe, match="Content-Type"):
        attachment_part(Attachment(file_name="a", media_type=media_type, data=b"x"))
