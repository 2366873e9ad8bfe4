"""The whole configuration as one frozen tree, checked by pydantic; read/config_file.py fills it.

Paths are as written: relative ones are meant from the folder of the configuration file.
"""

from __future__ import annotations

import ipaddress
from datetime import timedelta
from enum import StrEnum
from typing import Any

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationInfo,
    field_validator,
    model_validator,
)

from dispatch.model.address import Mailbox, parse_mailbox
from dispatch.model.setting_types import (
    CONTROL,
    DomainName,
    DurationText,
    HostName,
    LanguageTag,
    ListId,
    MailboxText,
    NameList,
    RateText,
    RateTexts,
    TagName,
    TimeZoneName,
    WebAddress,
)
from dispatch.model.theme import Theme

_LOCAL_PART_LEFT = 32


def is_loopback(host: str) -> bool:
    """Whether a host is this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    @field_validator("*", mode="before")
    @classmethod
    def _refuse_control_characters(cls, value: Any, info: ValidationInfo) -> Any:
        """Most settings end in a header field or a path; only a postal address has lines."""
        lines = info.field_name == "postal_address"
        if isinstance(value, str) and CONTROL.search(value.replace("\n", "") if lines else value):
            raise ValueError("there is a line break or a control character in it")
        return value


class Security(StrEnum):
    """How the connection to a relay is protected."""

    TLS = "tls"  # TLS from the first byte, usually port 465
    STARTTLS = "starttls"  # required before anything else is said, usually port 587
    NONE = "none"  # in clear; refused outside loopback without allow_plaintext


class OnUncertain(StrEnum):
    """What to do about a copy that may or may not have been accepted."""

    RESEND = "resend"  # once, after a pause, with the same Message-ID and Date
    HOLD = "hold"  # nothing until somebody decides
    ASSUME_SENT = "assume-sent"


class Images(StrEnum):
    """Where the pictures of an issue are when a reader opens it."""

    EMBED = "embed"  # inside the mail, by Content-ID
    HOST = "host"  # on the web, under public_url


class Newsletter(_Table):
    """Who writes, to whom one answers, and what every copy says about itself."""

    name: str = "My newsletter"
    tagline: str = ""
    sender: MailboxText = Field(
        default_factory=lambda: parse_mailbox("Newsletter <newsletter@example.com>"), alias="from"
    )
    reply_to: MailboxText | None = None
    postal_address: str = ""
    list_id: ListId = ""
    language: LanguageTag = "en"
    timezone: TimeZoneName = "UTC"
    public_url: WebAddress | None = None
    unsubscribe_mailto: MailboxText | None = None
    bounce_address: MailboxText | None = None
    images: Images | None = None

    @property
    def image_host(self) -> str | None:
        """The web address that local pictures are published under; None when they travel in the mail."""
        wanted = self.images or (Images.HOST if self.public_url else Images.EMBED)
        return self.public_url if wanted is Images.HOST else None

    @model_validator(mode="after")
    def _hosted_images_need_a_host(self) -> Newsletter:
        if self.images is Images.HOST and not self.public_url:
            raise ValueError('images = "host" needs public_url, the web address they are published under')
        return self

    @field_validator("bounce_address")
    @classmethod
    def _leave_room_for_the_token(cls, value: Mailbox | None) -> Mailbox | None:
        """RFC 5321 4.5.3.1.1: 64 octets of local part, of which the plus and the token take 32."""
        if value is not None and (len(value.address.local) > _LOCAL_PART_LEFT or "+" in value.address.local):
            raise ValueError(
                f"{value.address.written} is no bounce address: at most {_LOCAL_PART_LEFT} characters "
                "and no plus before the @, because a plus and a token of 31 are put behind them"
            )
        return value


class SubscriberList(_Table):
    """Where the subscribers stand."""

    file: str = "subscribers.csv"


class LedgerSettings(_Table):
    """Where the ledger is kept."""

    url: str = "sqlite:///.dispatch/ledger.db"


class Sending(_Table):
    """How copies leave."""

    sessions: int = Field(default=4, ge=1, le=500, strict=True)
    max_messages: int = Field(default=100, ge=1, strict=True)
    max_age: DurationText = timedelta(hours=24)
    on_uncertain: OnUncertain = OnUncertain.RESEND
    uncertain_after: DurationText = timedelta(minutes=10)
    domain_rate: dict[DomainName, RateText] = Field(default_factory=dict)


class Relay(_Table):
    """One SMTP server that takes our mail."""

    host: HostName
    port: int = Field(default=587, ge=1, le=65535, strict=True)
    security: Security | None = None
    user: str | None = None
    password: SecretStr | None = None
    password_file: str | None = None
    password_command: str | None = None
    allow_plaintext: bool = Field(default=False, strict=True)
    rate: RateTexts = ()
    weight: int = Field(default=1, ge=1, strict=True)
    ca_file: str | None = None

    @property
    def name(self) -> str:
        """`host:port`, as it stands in messages and in the ledger."""
        return f"{self.host}:{self.port}"

    @property
    def is_loopback(self) -> bool:
        """Whether the relay is on this machine."""
        return is_loopback(self.host)

    @property
    def protection(self) -> Security:
        """`security`, or what the port and the place mean when it is left out."""
        if self.security is not None:
            return self.security
        if self.port == 465:
            return Security.TLS
        return Security.NONE if self.is_loopback else Security.STARTTLS

    @model_validator(mode="after")
    def _no_secrets_in_clear(self) -> Relay:
        if self.protection is Security.NONE and not (self.is_loopback or self.allow_plaintext):
            raise ValueError(
                f'security = "none" sends mail and password in clear to {self.host}; '
                'use "starttls" or "tls", or set allow_plaintext = true'
            )
        return self


class ImapAccount(_Table):
    """A mailbox on an IMAP server. The recorded is moved to `done`, the unreadable to `quarantine`."""

    host: HostName
    port: int = Field(default=993, ge=1, le=65535, strict=True)
    security: Security | None = None
    user: str
    password: SecretStr | None = None
    password_file: str | None = None
    password_command: str | None = None
    allow_plaintext: bool = Field(default=False, strict=True)
    ca_file: str | None = None
    folder: str = "INBOX"
    done: str = "dispatch-done"
    quarantine: str = "dispatch-quarantine"

    @property
    def name(self) -> str:
        """`user@host:port`, as it stands in messages."""
        return f"{self.user}@{self.host}:{self.port}"

    @property
    def protection(self) -> Security:
        """`security`, or what the port means when it is left out."""
        return self.security or (Security.TLS if self.port == 993 else Security.STARTTLS)

    @model_validator(mode="after")
    def _no_secrets_in_clear(self) -> ImapAccount:
        if self.protection is Security.NONE and not (is_loopback(self.host) or self.allow_plaintext):
            raise ValueError(
                f'security = "none" sends the password in clear to {self.host}; '
                'use "starttls" or "tls", or set allow_plaintext = true'
            )
        return self


class Inbox(_Table):
    """Where bounces, complaints and mailed unsubscriptions arrive, and when soft bounces are enough."""

    maildir: str | None = None
    mbox: str | None = None
    imap: ImapAccount | None = None
    soft_days: int = Field(default=5, ge=1, le=365, strict=True)
    soft_window: DurationText = timedelta(days=60)


class Web(_Table):
    """What readers find on their pages. `choices` are the tags that they choose from, each in words."""

    choices: dict[TagName, str] = Field(default_factory=dict, max_length=40)

    @field_validator("choices")
    @classmethod
    def _can_be_told_apart(cls, value: dict[str, str]) -> dict[str, str]:
        """Tags are compared without regard to case."""
        if len({tag.casefold() for tag in value}) != len(value):
            raise ValueError("two tags differ by case only, and would be one")
        if any(CONTROL.search(words) for words in value.values()):
            raise ValueError("there is a line break or a control character in the words of a tag")
        return {tag: words.strip() or tag for tag, words in value.items()}


class Dkim(_Table):
    """How copies are signed."""

    domain: DomainName
    selector: str
    key_file: str


class Check(_Table):
    """What `dispatch check` looks at. `clients` are the readers' mail programs; none means the usual."""

    ignore: NameList = ()
    clients: NameList = ()


class Settings(_Table):
    """Everything that can be configured."""

    newsletter: Newsletter = Newsletter()
    theme: Theme = Theme()
    list: SubscriberList = SubscriberList()
    ledger: LedgerSettings = LedgerSettings()
    sending: Sending = Sending()
    relay: tuple[Relay, ...] = ()
    dkim: Dkim | None = None
    inbox: Inbox = Inbox()
    web: Web = Web()
    check: Check = Check()
