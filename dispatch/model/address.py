"""E-mail addresses: parsed once, kept as written, compared by a key that case, IDN and blanks cannot dodge.

The only place that splits an address at its `@`, and the only door to email-validator.
"""

from __future__ import annotations

import json
import re
import unicodedata
from contextlib import suppress
from dataclasses import dataclass
from typing import NamedTuple

# What one list in practice is made of: dot-atoms and host names that email-validator would return unchanged.
# Everything else, and everything unusual, takes the careful path; a test holds the two against each other.
_PLAIN = re.compile(
    r"[a-z0-9_+-]++(?:\.[a-z0-9_+-]++)*+@(?:[a-z0-9](?:[a-z0-9]{0,30}+(?:-[a-z0-9]++){0,3}+)\.){1,4}"
    r"(?:[a-z]{2}|com|org|net|edu|gov|info|biz|dev|app|email|news|blog|online)"
)
# C0, DEL, C1, the line separators and lone surrogates: each can break a header field in two, or end the run.
_UNSAFE_IN_NAME = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_PLAIN_LIMIT = 60  # below this no part can be longer than RFC 5321 section 4.5.3.1 allows
_LONGEST = 1000  # far over the 254 of RFC 5321; longer texts are refused unread
_LONGEST_REASON = 200  # email-validator lists every sign that it does not like


class AddressInvalid(ValueError):
    """The text is not an address that mail can be sent to; the message says why, for a reader."""


class Address(NamedTuple):
    """One mailbox address. A tuple, which is made in a third of the time of a frozen dataclass.

    `written` is what the owner wrote, without surrounding blanks; `local` and `domain` are its halves, the
    domain as A-labels in lower case (RFC 5890); `key` is who this is: NFC, lower case, A-label domain.
    """

    written: str
    local: str
    domain: str
    key: str

    @property
    def envelope(self) -> str:
        """The address for MAIL FROM and RCPT TO."""
        return f"{self.local}@{self.domain}"

    @property
    def needs_smtputf8(self) -> bool:
        """Whether the local part is outside ASCII, so that only a relay with SMTPUTF8 takes it (RFC 6531)."""
        return not self.local.isascii()


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailbox:
    """A display name (may be empty, any script) and an address: `Ann <ann@example.com>`."""

    name: str
    address: Address

    def __str__(self) -> str:
        return f"{self.name} <{self.address.written}>" if self.name else self.address.written


def parse_address(text: str) -> Address:
    """Read one address; blanks around it are dropped. Raises AddressInvalid.

    Reserved names such as `.test` are allowed (a list for a rehearsal is made of them); deliverability is
    never looked up.
    """
    written = text.strip()
    if len(written) <= _PLAIN_LIMIT and _PLAIN.fullmatch(written):
        local, _, domain = written.partition("@")
        # A named tuple's own __new__ is written in Python, and takes twice as long.
        return tuple.__new__(Address, (written, local, domain, written))
    if not written:
        raise AddressInvalid("the address is empty")
    if len(written) > _LONGEST:
        raise AddressInvalid(f"an address of {len(written)} characters is too long")
    # Most lists have none that it must judge, and most commands no address at all: it takes a while to load.
    from email_validator import EmailNotValidError, validate_email  # noqa: PLC0415

    try:
        valid = validate_email(
            written, check_deliverability=False, test_environment=True, allow_quoted_local=False
        )
    except EmailNotValidError as error:
        raise AddressInvalid(_short(error)) from error
    domain = (valid.ascii_domain or valid.domain).lower()
    local = unicodedata.normalize("NFC", valid.local_part)
    key = f"{unicodedata.normalize('NFC', local.lower())}@{domain}"
    return Address(written=written, local=local, domain=domain, key=key)


def domain_of(key: str) -> str:
    """The domain of an address's key; a key has no other `@`."""
    return key.rpartition("@")[2]


def spellings(address: Address) -> frozenset[str]:
    """The ways in which programs write this address, JSON's escapes too; case makes no difference to any."""
    local, _, domain = address.key.rpartition("@")
    domains = {domain}
    from email_validator import validate_email  # noqa: PLC0415

    with suppress(ValueError):  # a quirk of a domain that the plain path never asked about
        checked = validate_email(address.envelope, check_deliverability=False, test_environment=True)
        domains.add(checked.domain)
    forms = {address.written, address.key} | {f"{local}@{one}" for one in domains}
    composed = {unicodedata.normalize(form, one) for one in forms for form in ("NFC", "NFD")}
    return frozenset(composed | {json.dumps(one)[1:-1] for one in composed})


def parse_mailbox(text: str) -> Mailbox:
    """Read `Name <address>` or a bare address. Raises AddressInvalid."""
    name, bracket, rest = text.strip().rpartition("<")
    if not bracket:
        return Mailbox(name="", address=parse_address(text))
    if not rest.endswith(">"):
        raise AddressInvalid("a < without its >; write it as: Name <name@example.com>")
    if _UNSAFE_IN_NAME.search(name):
        raise AddressInvalid("the name before the address has a line break or control character in it")
    return Mailbox(name=_unquoted(name.strip()), address=parse_address(rest[:-1]))


def _unquoted(name: str) -> str:
    """A display name without the quotes that RFC 5322 wants around commas, and that people may leave out."""
    if len(name) > 1 and name[0] == name[-1] == '"':
        return re.sub(r"\\(.)", r"\1", name[1:-1])
    return name


def _short(error: ValueError) -> str:
    """email-validator's first sentence, begun small, so that it stands after a colon."""
    sentence = str(error).split(". ", 1)[0].rstrip(".")
    return sentence[:1].lower() + sentence[1:_LONGEST_REASON]
