"""A slip: a short letter of the newsletter's office to one person, in plain text, part of no issue."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from dispatch.mail.message import prepare
from dispatch.model.address import Address
from dispatch.model.attachment import Attachment
from dispatch.model.settings import Newsletter
from dispatch.render.wire import encode

# RFC 3834 section 5: no vacation note is to answer it.
_AUTOMATIC = {"Auto-Submitted": "auto-generated"}


def write_slip(
    newsletter: Newsletter,
    *,
    to: Address,
    subject: str,
    paragraphs: Sequence[str],
    date: datetime,
    message_id: str,
    attachments: Sequence[Attachment] = (),
) -> bytes:
    """The full message; the postal address ends it. Raises HeaderUnsafe.

    It has no List-Unsubscribe: who is not on the list yet has nothing to leave.
    """
    letterhead = prepare(
        sender=newsletter.sender,
        reply_to=newsletter.reply_to,
        boundary_seed=message_id,
        attachments=attachments,
        extra=_AUTOMATIC,
    )
    signature = [f"-- \n{newsletter.name}", newsletter.postal_address]
    text = "\n\n".join(paragraphs) + "\n\n" + "\n".join(one for one in signature if one) + "\n"
    chunks = letterhead.assemble(
        [encode(text).encode("ascii")],
        None,
        subject=subject,
        to=to,
        date=date,
        message_id=message_id,
        unsubscribe_url=None,
    )
    return b"".join(chunks)
