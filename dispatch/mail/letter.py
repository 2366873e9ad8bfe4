"""Letters: a compiled page and a letterhead make the finished message for one person."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from urllib.parse import quote

from dispatch.mail.header import check_header_value
from dispatch.mail.message import Letterhead
from dispatch.mail.token import Keyring
from dispatch.mail.trace import BOUNCE, PREFERENCES, UNSUBSCRIBE
from dispatch.model.address import Address, parse_address
from dispatch.model.delivery import Claim
from dispatch.model.settings import Newsletter
from dispatch.render.blanks import Blank
from dispatch.render.page import Links, Page


class Letter(NamedTuple):
    """One message ready for the wire, in chunks, and the address of the one it is for.

    `sender` is where reports about this copy are to come back to, empty when it is the issue's own sender;
    `envelope_id` is the mark that a report carries home (RFC 3461 ENVID).
    """

    to: Address
    chunks: Sequence[bytes]
    sender: str = ""
    envelope_id: str = ""

    @property
    def message(self) -> bytes:
        """The chunks in one piece."""
        return b"".join(self.chunks)

    @property
    def size(self) -> int:
        """How many octets it has."""
        return sum(map(len, self.chunks))


@dataclass(frozen=True, slots=True, kw_only=True)
class Letters:
    """What one issue's copies have in common. `sign` gives the DKIM signature for a message."""

    page: Page
    letterhead: Letterhead
    keyring: Keyring
    newsletter: Newsletter
    view_url: str = ""
    subject_prefix: str = ""
    sign: Callable[[bytes], bytes] | None = None

    def draft(self, claim: Claim, *, marked: bool) -> Letter:
        """The message for a claimed copy, unsigned. Raises HeaderUnsafe for what no header field can hold.

        It has an `envelope_id` when it is to be `marked`: for a relay that carries one.
        """
        to, number = parse_address(claim.email), claim.delivery_id
        mailbox = self.newsletter.bounce_address
        mark = self.keyring.caseless_token(BOUNCE, number) if marked or mailbox else ""
        chunks = self._chunks(
            claim.fields,
            to,
            token=self.keyring.token(UNSUBSCRIBE, number),
            choices=self.keyring.token(PREFERENCES, number) if self.newsletter.public_url else "",
            date=claim.message_date,
            message_id=claim.message_id,
        )
        # VERP: an envelope sender of this copy's own, where the newsletter has a bounce address.
        sender = f"{mailbox.address.local}+{mark}@{mailbox.address.domain}" if mailbox else ""
        return Letter(to, chunks, sender, mark)

    def write(
        self, fields: Mapping[str, str], *, to: Address, token: str, date: datetime, message_id: str
    ) -> Letter:
        """The message for these fields. Raises HeaderUnsafe for a value that no header field can hold."""
        chunks = self._chunks(fields, to, token=token, date=date, message_id=message_id)
        return Letter(to, [self.sign(b"".join(chunks)), *chunks] if self.sign else chunks)

    def _chunks(
        self,
        fields: Mapping[str, str],
        to: Address,
        *,
        token: str,
        date: datetime,
        message_id: str,
        choices: str = "",
    ) -> list[bytes]:
        copy = self.page.fill(fields, self.links(token, choices))
        return self.letterhead.assemble(
            copy.text,
            copy.html,
            subject=self.subject_prefix + copy.subject,
            to=to,
            date=date,
            message_id=message_id,
            unsubscribe_token=token,
            unsubscribe_url=self.one_click_url(token),
        )

    def rehearsal(self) -> Callable[[Mapping[str, str]], int]:
        """What makes everything of one reader's copy, and gives the size of its HTML in bytes.

        It raises HeaderUnsafe as `draft` does.
        """
        measured = self.page.measuring(self._links_for_nobody())

        def rehearse(fields: Mapping[str, str]) -> int:
            subject, html_bytes = measured(fields)
            check_header_value(subject, field="Subject")
            return html_bytes

        return rehearse

    def blank_finder(self) -> Callable[[Mapping[str, str]], frozenset[Blank]]:
        """What tells, for the fields of one reader, which expressions would show nothing in the copy."""
        links = self._links_for_nobody()
        return lambda fields: self.page.blanks(fields, links)

    def _links_for_nobody(self) -> Links:
        """As long as everybody's, and good for nothing."""
        return self.links(self.keyring.token("rehearsal", 0))

    def links(self, token: str, choices: str = "") -> Links:
        """The addresses that belong to one reader; without a public address one unsubscribes by mail.

        `choices` is the token of the page of choices. A proof has one token for both, which opens nothing.
        """
        one_click = self.one_click_url(token)
        if one_click is None:
            return Links(self._mail_to_leave(token), "", self.view_url)
        return Links(one_click, f"{self.newsletter.public_url}/p/{choices or token}", self.view_url)

    def one_click_url(self, token: str) -> str | None:
        """Where a POST unsubscribes (RFC 8058); None without a public address."""
        return f"{self.newsletter.public_url}/u/{token}" if self.newsletter.public_url else None

    def _mail_to_leave(self, token: str) -> str:
        mailbox = self.newsletter.unsubscribe_mailto or self.newsletter.reply_to or self.newsletter.sender
        return f"mailto:{mailbox.address.envelope}?subject={quote(f'unsubscribe {token}')}"
