"""Letters: a compiled page and a letterhead make the finished message for one person."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from dispatch.mail.header import check_header_value
from dispatch.mail.message import Letterhead
from dispatch.mail.token import Keyring
from dispatch.mail.trace import BOUNCE, PREFERENCES, UNSUBSCRIBE
from dispatch.model.address import Address, parse_address
from dispatch.model.delivery import Claim
from dispatch.model.settings import Newsletter
from dispatch.render.blanks import Blank
from dispatch.render.page import Copy, Links, Page


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One message ready for the wire, and the address of the one it is for.

    `sender` is where reports about this copy are to come back to, empty when it is the issue's own sender;
    `envelope_id` is the mark that a report carries home (RFC 3461 ENVID).
    """

    to: Address
    message: bytes
    sender: str = ""
    envelope_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letters:
    """What one issue's copies have in common. `sign` puts a DKIM signature in front, when given."""

    page: Page
    letterhead: Letterhead
    keyring: Keyring
    newsletter: Newsletter
    view_url: str = ""
    subject_prefix: str = ""
    sign: Callable[[bytes], bytes] | None = None

    def draft(self, claim: Claim) -> Letter:
        """The message for a claimed copy, unsigned. Raises HeaderUnsafe for what no header field can hold."""
        mark = self.keyring.caseless_token(BOUNCE, claim.delivery_id)
        message = self._message(
            claim.fields,
            to := parse_address(claim.email),
            token=self.keyring.token(UNSUBSCRIBE, claim.delivery_id),
            choices=self.keyring.token(PREFERENCES, claim.delivery_id),
            date=claim.message_date,
            message_id=claim.message_id,
        )
        return Letter(to=to, message=message, sender=self._return_address(mark), envelope_id=mark)

    def write(
        self, fields: Mapping[str, str], *, to: Address, token: str, date: datetime, message_id: str
    ) -> Letter:
        """The message for these fields. Raises HeaderUnsafe for a value that no header field can hold."""
        message = self._message(fields, to, token=token, date=date, message_id=message_id)
        return Letter(to=to, message=self.sign(message) if self.sign else message)

    def _message(
        self,
        fields: Mapping[str, str],
        to: Address,
        *,
        token: str,
        date: datetime,
        message_id: str,
        choices: str = "",
    ) -> bytes:
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

    def rehearse(self, fields: Mapping[str, str]) -> Copy:
        """A copy filled as in earnest, its token good for nothing. Raises HeaderUnsafe as `draft` does."""
        copy = self.page.fill(fields, self.links(self.keyring.token("rehearsal", 0)))
        check_header_value(copy.subject, field="Subject")
        return copy

    def blank_finder(self) -> Callable[[Mapping[str, str]], frozenset[Blank]]:
        """What tells, for the fields of one reader, which expressions would show nothing in the copy."""
        links = self.links(self.keyring.token("rehearsal", 0))
        return lambda fields: self.page.blanks(fields, links)

    def links(self, token: str, choices: str = "") -> Links:
        """The addresses that belong to one reader; without a public address one unsubscribes by mail.

        `choices` is the token of the page of choices. A proof has one token for both, which opens nothing.
        """
        public_url = self.newsletter.public_url
        return Links(
            unsubscribe_url=self.one_click_url(token) or self._mail_to_leave(token),
            preferences_url=f"{public_url}/p/{choices or token}" if public_url else "",
            view_url=self.view_url,
        )

    def one_click_url(self, token: str) -> str | None:
        """Where a POST unsubscribes (RFC 8058); None without a public address."""
        return f"{self.newsletter.public_url}/u/{token}" if self.newsletter.public_url else None

    def _return_address(self, mark: str) -> str:
        """VERP: an envelope sender of this copy's own, where the newsletter has a bounce address."""
        mailbox = self.newsletter.bounce_address
        return f"{mailbox.address.local}+{mark}@{mailbox.address.domain}" if mailbox else ""

    def _mail_to_leave(self, token: str) -> str:
        mailbox = self.newsletter.unsubscribe_mailto or self.newsletter.reply_to or self.newsletter.sender
        return f"mailto:{mailbox.address.envelope}?subject={quote(f'unsubscribe {token}')}"
