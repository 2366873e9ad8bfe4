"""A slip of the office: plain text to one person, that no vacation note answers."""

from __future__ import annotations

from datetime import UTC, datetime
from email import message_from_bytes, policy

from dispatch.mail.slip import write_slip
from dispatch.model.address import parse_address
from dispatch.model.attachment import Attachment
from dispatch.model.settings import Newsletter

NEWSLETTER = Newsletter(name="Größe", postal_address="1 Street\nTown")
NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def test_a_slip_says_what_it_was_given() -> None:
    """The paragraphs, the signature, a link that is whole; and no promise of a list."""
    link = "https://example.com/confirm/" + "x" * 200
    raw = write_slip(
        NEWSLETTER,
        to=parse_address("ann@example.com"),
        subject="Bestätigen Sie",
        paragraphs=["Grüße.", link],
        date=NOW,
        message_id="<1@example.com>",
    )
    message = message_from_bytes(raw, policy=policy.default)
    words = message.get_content().replace("\r\n", "\n")
    assert words == f"Grüße.\n\n{link}\n\n-- \nGröße\n1 Street\nTown\n"
    assert (message["Subject"], message["To"]) == ("Bestätigen Sie", "ann@example.com")
    assert message["Auto-Submitted"] == "auto-generated"
    assert [name for name in message if name.startswith("List-")] == []


def test_a_file_goes_along() -> None:
    """Beside the text, byte for byte."""
    raw = write_slip(
        NEWSLETTER,
        to=parse_address("ann@example.com"),
        subject="Yours",
        paragraphs=["Here."],
        date=NOW,
        message_id="<1@example.com>",
        attachments=[
            Attachment(file_name="data.json", media_type="application/json", data=b'{"a": "\xc3\xa9"}')
        ],
    )
    (attached,) = message_from_bytes(raw, policy=policy.default).iter_attachments()
    assert attached.get_payload(decode=True) == b'{"a": "\xc3\xa9"}'
