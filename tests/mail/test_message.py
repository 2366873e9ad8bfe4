"""Whole mails: the fields that were meant and no others, parts that decode to what went in, clean lines."""

from __future__ import annotations

import os
import quopri
import re
from datetime import UTC, datetime, timedelta, timezone
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import compat32, default
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dispatch.mail.header import HeaderUnsafe
from dispatch.mail.message import Letterhead, prepare
from dispatch.model.address import Mailbox, parse_address, parse_mailbox
from dispatch.model.attachment import Attachment
from dispatch.model.image import EmbeddedImage

GOLDEN = Path(__file__).parents[1] / "golden"
ANN = parse_address("ann@example.com")
SENDER = parse_mailbox("Ann Meier <letters@example.com>")
DATE = datetime(2026, 3, 9, 7, 5, 3, tzinfo=UTC)
TEXT = b"Gr=C3=BC=C3=9Fe\r\n=2E\r\nan Ann\r\n"
HTML = b'<!DOCTYPE html>\r\n<p lang=3D"en">Gr=C3=BC=C3=9Fe</p>\r\n'
PIXEL = EmbeddedImage(
    content_id="pixel.1@example.com", media_type="image/png", file_name="pixel.png", data=bytes(range(256))
)
REPORT = Attachment(
    file_name="Jahresbericht für Zoë.pdf", media_type="application/pdf", data=bytes(range(256)) * 2
)
NOTES = Attachment(file_name="notes.txt", media_type="text/plain; charset=utf-8", data="Grüße\n".encode())
FORBIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
quoted_printable = st.binary(max_size=300).map(
    lambda octets: re.sub(rb"(?m)^\.", b"=2E", quopri.encodestring(octets.replace(b"\r", b""))).replace(
        b"\n", b"\r\n"
    )
)


def plain_letterhead(**changes: object) -> Letterhead:
    """A letterhead with every field, but for what the test changes."""
    settings: dict[str, object] = {
        "sender": SENDER,
        "reply_to": parse_mailbox("editor@example.com"),
        "list_id": "postmark.example.com",
        "list_name": "The Postmark",
        "feedback_id": "issue-7:postmark:dispatch:example",
        "boundary_seed": "issue-7",
        "unsubscribe_mailto": parse_mailbox("unsubscribe@example.com"),
    }
    return prepare(**{**settings, **changes})  # type: ignore[arg-type]


def mail(
    letterhead: Letterhead, *, html: bytes | None = HTML, text: bytes = TEXT, **changes: object
) -> bytes:
    """One mail to Ann, checked for the form that the wire needs."""
    facts: dict[str, object] = {
        "subject": "Hello",
        "to": ANN,
        "date": DATE,
        "message_id": "<abc@example.com>",
        "unsubscribe_url": "https://example.com/u/TOKEN",
        "unsubscribe_token": "TOKEN",
    }
    parts = [text], None if html is None else [html]
    data = b"".join(letterhead.assemble(*parts, **{**facts, **changes}))  # type: ignore[arg-type]
    assert data.endswith(b"\r\n")
    assert b"\n" not in data.replace(b"\r\n", b"")
    assert b"\r" not in data.replace(b"\r\n", b"")
    assert not data.startswith(b".")
    assert b"\r\n." not in data
    return data


def read(data: bytes) -> EmailMessage:
    """The mail as the standard library reads it; a defect anywhere fails the test."""
    message = BytesParser(policy=default).parsebytes(data)
    for part in message.walk():
        assert part.defects == []
        assert all(header.defects == () for header in part.values())
    return message


def decoded(body: bytes) -> bytes:
    """What quoted-printable stands for."""
    return quopri.decodestring(body)


def test_every_field_stands_once_and_in_order() -> None:
    """The fields of a full letter, as a reader's program sees them."""
    assert [(name, str(value)) for name, value in read(mail(plain_letterhead())).items()][:-1] == [
        ("From", "Ann Meier <letters@example.com>"),
        ("To", "ann@example.com"),
        ("Subject", "Hello"),
        ("Date", "Mon, 09 Mar 2026 07:05:03 +0000"),
        ("Message-ID", "<abc@example.com>"),
        (
            "List-Unsubscribe",
            "<https://example.com/u/TOKEN>, <mailto:unsubscribe@example.com?subject=unsubscribe%20TOKEN>",
        ),
        ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
        ("Reply-To", "editor@example.com"),
        ("List-Id", '"The Postmark" <postmark.example.com>'),
        ("Feedback-ID", "issue-7:postmark:dispatch:example"),
        ("MIME-Version", "1.0"),
    ]


def test_what_is_not_configured_leaves_no_field() -> None:
    """The smallest letter has a sender and nothing that promises anything."""
    letterhead = prepare(sender=SENDER, boundary_seed="x")
    names = read(mail(letterhead, html=None, unsubscribe_url=None)).keys()
    assert names == [
        *("From", "To", "Subject", "Date", "Message-ID", "MIME-Version"),
        *("Content-Type", "Content-Transfer-Encoding"),
    ]


@pytest.mark.parametrize(
    ("mailto", "url", "token", "expected", "one_click"),
    [
        pytest.param(True, None, "T", "<mailto:leave@example.com?subject=unsubscribe%20T>", False, id="mail"),
        pytest.param(True, None, "", "<mailto:leave@example.com?subject=unsubscribe>", False, id="no token"),
        pytest.param(False, "https://x/u/T", "T", "<https://x/u/T>", True, id="web"),
        pytest.param(False, "http://x/u/T", "T", "<http://x/u/T>", False, id="web in clear"),
    ],
)
def test_ways_to_leave(mailto: bool, url: str | None, token: str, expected: str, one_click: bool) -> None:
    """One click is promised only where https can keep it (RFC 8058)."""
    mailbox = parse_mailbox("leave@example.com") if mailto else None
    letterhead = prepare(sender=SENDER, boundary_seed="x", unsubscribe_mailto=mailbox)
    message = read(mail(letterhead, unsubscribe_url=url, unsubscribe_token=token))
    assert message["List-Unsubscribe"] == expected
    assert ("List-Unsubscribe-Post" in message) is one_click


def test_an_odd_unsubscribe_address_is_escaped() -> None:
    """A local part may hold what a mailto URI cannot (RFC 6068)."""
    mailbox = parse_mailbox("a%b&c?d@example.com")
    message = read(mail(prepare(sender=SENDER, boundary_seed="x", unsubscribe_mailto=mailbox)))
    assert "<mailto:a%25b%26c%3Fd@example.com?subject=unsubscribe%20TOKEN>" in message["List-Unsubscribe"]


@given(quoted_printable, quoted_printable)
def test_text_and_html_come_back(text: bytes, html: bytes) -> None:
    """Two parts, text first, each equal to the byte after decoding."""
    message = read(mail(plain_letterhead(), text=text, html=html))
    assert message.get_content_type() == "multipart/alternative"
    parts = list(message.iter_parts())
    assert [part.get_content_type() for part in parts] == ["text/plain", "text/html"]
    assert [part.get_payload(decode=True) for part in parts] == [decoded(text), decoded(html)]
    assert all(part.get_content_charset() == "utf-8" for part in parts)


@given(quoted_printable)
def test_a_letter_without_html_is_one_text(text: bytes) -> None:
    """No multipart for one part; a last line without an end gets one."""
    message = read(mail(plain_letterhead(images=[PIXEL]), text=text, html=None))
    assert message.get_content_type() == "text/plain"
    payload = message.get_payload(decode=True)
    assert payload == decoded(text if text.endswith(b"\r\n") else text + b"\r\n")


@pytest.mark.parametrize("seed", ["issue-7", "", "ü" * 300], ids=ascii)
def test_boundaries_are_stable_and_cannot_occur_inside(seed: str) -> None:
    """The same seed gives the same bytes; `=_` exists in neither quoted-printable nor base64."""
    first, second = (mail(prepare(sender=SENDER, boundary_seed=seed, images=[PIXEL])) for _ in range(2))
    assert first == second
    boundaries = re.findall(rb'boundary="([^"]+)"', first)
    assert len(set(boundaries)) == 2
    assert all(boundary.startswith(b"=_") and len(boundary) <= 70 for boundary in boundaries)
    assert not any(one != other and one.startswith(other) for one in boundaries for other in boundaries)
    assert first != mail(prepare(sender=SENDER, boundary_seed=seed + "x", images=[PIXEL]))


def test_images_are_related_to_the_html() -> None:
    """Each picture comes back to the byte, found by its Content-ID, beside the HTML that shows it."""
    second = EmbeddedImage(content_id="b@x", media_type="image/jpeg", file_name="", data=b"")
    message = read(mail(plain_letterhead(images=[PIXEL, second])))
    text, related = message.iter_parts()
    assert text.get_content_type() == "text/plain"
    assert related.get_content_type() == "multipart/related"
    html, *pictures = related.iter_parts()
    assert html.get_payload(decode=True) == decoded(HTML)
    facts = [
        (part["Content-ID"], part.get_content_type(), part.get_filename(), part.get_payload(decode=True))
        for part in pictures
    ]
    assert facts == [
        ("<pixel.1@example.com>", "image/png", "pixel.png", PIXEL.data),
        ("<b@x>", "image/jpeg", None, b""),
    ]
    assert [part.get_content_disposition() for part in pictures] == ["inline", "inline"]


@given(subject=st.text(), name=st.text(), list_name=st.text(), note=st.text())
@example(subject="=?UTF-8?Q?=0A?=Bcc: x", name='"', list_name="=?UTF-8?Q?=0A?=", note="x: y")
@example(subject="a\r\nBcc: x", name="", list_name="", note="")
@example(subject="", name="Meier, Ann", list_name="Die Poströhre", note="x" * 2000)
def test_no_value_adds_or_hides_a_field(subject: str, name: str, list_name: str, note: str) -> None:
    """Any text in every field: the parsed fields are exactly the intended ones, or the letter is refused."""
    if any(FORBIDDEN.search(value) for value in (subject, name, list_name, note)):
        with pytest.raises(HeaderUnsafe):
            _with_values(subject, name, list_name, note)
        return
    data = _with_values(subject, name, list_name, note)
    message = read(data)
    assert BytesParser(policy=compat32).parsebytes(data).keys() == message.keys()
    assert message.keys() == [
        *("From", "To", "Subject", "Date", "Message-ID", "List-Id", "X-Note", "MIME-Version"),
        "Content-Type",
    ]
    assert (message["Subject"], message["X-Note"]) == (subject, note)
    assert str(message["List-Id"]).endswith("<postmark.example.com>")


def _with_values(subject: str, name: str, list_name: str, note: str) -> bytes:
    letterhead = prepare(
        sender=Mailbox(name=name, address=ANN),
        list_id="postmark.example.com",
        list_name=list_name,
        boundary_seed="x",
        extra={"X-Note": note},
    )
    return mail(letterhead, subject=subject, unsubscribe_url=None)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        pytest.param("The Postmark", '"The Postmark" <postmark.example.com>', id="ascii"),
        pytest.param('The "Post"', '"The \\"Post\\"" <postmark.example.com>', id="quotes"),
        pytest.param("Die Poströhre", "<postmark.example.com>", id="not ascii"),
        pytest.param("=?UTF-8?Q?x?=", "<postmark.example.com>", id="looks encoded"),
        pytest.param("x" * 61, "<postmark.example.com>", id="too long"),
        pytest.param("", "<postmark.example.com>", id="none"),
    ],
)
def test_list_id(name: str, expected: str) -> None:
    """The name is a nicety: it stands there in plain ASCII or not at all."""
    assert read(mail(plain_letterhead(list_name=name)))["List-Id"] == expected


@pytest.mark.parametrize("list_id", ["a b", "a>", "a@b", "ü.example", "a\r\nBcc: x", "a..b"], ids=ascii)
def test_a_strange_list_id_is_refused(list_id: str) -> None:
    """RFC 2919 wants dots between plain words."""
    with pytest.raises(HeaderUnsafe, match="List-Id"):
        plain_letterhead(list_id=list_id)


@pytest.mark.parametrize(
    "name", ["Bcc", "subject", "Content-Type", "DKIM-Signature", "X Y", "X\r\nBcc"], ids=ascii
)
def test_extra_fields_cannot_replace_ours(name: str) -> None:
    """Fields that a mail has once, or that name recipients, are not for configuring."""
    with pytest.raises(HeaderUnsafe):
        plain_letterhead(extra={name: "x"})


def test_extra_list_fields_stay_unfolded() -> None:
    """List-Archive and its like hold URIs."""
    url = "<https://example.com/" + "x" * 100 + ">"
    assert f"\r\nList-Archive: {url}\r\n".encode() in mail(plain_letterhead(extra={"List-Archive": url}))


@pytest.mark.parametrize(
    "message_id", ["<a@b>\r\nBcc: x", "<ä@b>", "<a\t@b>", "<a@b> <c@d>", "a@b", ""], ids=ascii
)
def test_a_strange_message_id_is_refused(message_id: str) -> None:
    """It comes out of the ledger, which is a file like any other."""
    with pytest.raises(HeaderUnsafe, match="Message-ID"):
        mail(plain_letterhead(), message_id=message_id)


@given(st.datetimes(timezones=st.timezones() | st.just(timezone(timedelta(hours=5, minutes=45)))))
def test_the_date_is_the_same_moment(moment: datetime) -> None:
    """Whatever the zone, the mail says when, in UTC."""
    try:
        expected = moment.astimezone(UTC).replace(microsecond=0)
    except OverflowError:
        return
    date = read(mail(plain_letterhead(), date=moment))["Date"]
    if expected.year >= 1900:  # RFC 5322 section 3.3
        assert date.datetime == expected
    assert str(date).endswith(" +0000")


def test_a_date_without_a_zone_is_a_mistake() -> None:
    """Nobody could say which moment it means."""
    with pytest.raises(ValueError, match="time zone"):
        mail(plain_letterhead(), date=datetime(2026, 3, 9))  # noqa: DTZ001 - the mistake itself


def test_an_smtputf8_recipient_is_written_in_utf_8() -> None:
    """RFC 6532; the run sends such a mail only where SMTPUTF8 is offered."""
    assert "\r\nTo: zoë@example.com\r\n".encode() in mail(
        plain_letterhead(), to=parse_address("zoë@example.com")
    )


@pytest.mark.parametrize("html", [None, HTML], ids=["text alone", "text and HTML"])
def test_attachments_stand_beside_the_letter(html: bytes | None) -> None:
    """In multipart/mixed outside of everything: the letter as it would be alone, then the files."""
    letterhead = plain_letterhead(images=[PIXEL], attachments=[REPORT, NOTES])
    message = read(mail(letterhead, html=html))
    assert message.get_content_type() == "multipart/mixed"
    letter, report, notes = message.iter_parts()
    assert letter.get_content_type() == ("multipart/alternative" if html else "text/plain")
    assert [part.get_filename() for part in message.iter_attachments()] == [
        REPORT.file_name,
        NOTES.file_name,
    ]
    assert (report.get_content_type(), report.get_content()) == ("application/pdf", REPORT.data)
    assert (notes.get_content_type(), notes.get_content()) == ("text/plain", "Grüße\n")
    assert report.get_content_disposition() == "attachment"
    body = message.get_body(("html", "plain"))
    assert body is not None
    assert body.get_content_type() == ("text/html" if html else "text/plain")


@pytest.mark.parametrize("case", ["text", "html", "images", "attachments"])
def test_golden(case: str) -> None:
    """A whole mail to the byte. DISPATCH_UPDATE_GOLDEN=1 writes it anew."""
    letterhead = plain_letterhead(
        sender=parse_mailbox("Zoë, from the post <letters@bücher.example>"),
        images=[PIXEL] if case in {"images", "attachments"} else [],
        attachments=[REPORT, NOTES] if case == "attachments" else [],
    )
    data = mail(
        letterhead, html=None if case == "text" else HTML, subject="Grüße aus 東京: what a letter weighs"
    )
    golden = GOLDEN / f"mail-{case}.eml"
    if os.environ.get("DISPATCH_UPDATE_GOLDEN") == "1":
        golden.write_bytes(data)
    assert data == golden.read_bytes()
