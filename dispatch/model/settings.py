"""The whole configuration as one frozen tree, checked by pydantic; read/config_file.py fills it.

Paths are as written: relative ones are meant from the folder of the configuration file.
"""

from __future__ import annotations

import ipaddress
from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Any
from zoneinfo import available_timezones

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, model_validator

from dispatch.model.address import Mailbox, parse_mailbox
from dispatch.model.pace import Rate, parse_duration, parse_rate


class _Table(BaseModel):
    model_config = ConfigDict(
        frozen=True, extra="forbid", arbitrary_types_allowed=True, populate_by_name=True
    )


def _mailbox(value: Any) -> Any:
    return parse_mailbox(value) if isinstance(value, str) else value


def _duration(value: Any) -> Any:
    return parse_duration(value) if isinstance(value, str) else value


def _rate(value: Any) -> Any:
    return parse_rate(value) if isinstance(value, str) else value


def _rates(value: Any) -> Any:
    values = [value] if isinstance(value, str | Rate) else value
    return tuple(_rate(one) for one in values) if isinstance(values, list | tuple) else values


def _timezone(value: str) -> str:
    if value not in available_timezones():
        raise ValueError(f"{value!r} is not an IANA time zone such as Europe/Zurich")
    return value


def _http_url(value: str) -> str:
    if not value.startswith(("https://", "http://")):
        raise ValueError(f"{value!r} is not a web address; it begins with https://")
    return value.rstrip("/")


MailboxField = Annotated[Mailbox, BeforeValidator(_mailbox)]
Duration = Annotated[timedelta, BeforeValidator(_duration)]
Rates = Annotated[tuple[Rate, ...], BeforeValidator(_rates)]
OneRate = Annotated[Rate, BeforeValidator(_rate)]
WebAddress = Annotated[str, BeforeValidator(_http_url)]


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
    sender: MailboxField = Field(
        default_factory=lambda: parse_mailbox("Newsletter <newsletter@example.com>"), alias="from"
    )
    reply_to: MailboxField | None = None
    postal_address: str = ""
    list_id: str = ""
    language: str = "en"
    timezone: Annotated[str, BeforeValidator(_timezone)] = "UTC"
    public_url: WebAddress | None = None
    unsubscribe_mailto: MailboxField | None = None
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


class SubscriberList(_Table):
    """Where the subscribers stand."""

    file: str = "subscribers.csv"


class LedgerSettings(_Table):
    """Where the ledger is kept."""

    url: str = "sqlite:///.dispatch/ledger.db"


class Sending(_Table):
    """How copies leave."""

    sessions: int = Field(default=4, ge=1, le=500)
    max_messages: int = Field(default=100, ge=1)
    max_age: Duration = timedelta(hours=24)
    on_uncertain: OnUncertain = OnUncertain.RESEND
    uncertain_after: Duration = timedelta(minutes=10)
    domain_rate: dict[str, OneRate] = Field(default_factory=dict)


class Relay(_Table):
    """One SMTP server that takes our mail."""

    host: str
    port: int = Field(default=587, ge=1, le=65535)
    security: Security | None = None
    user: str | None = None
    password: SecretStr | None = None
    password_file: str | None = None
    password_command: str | None = None
    allow_plaintext: bool = False
    rate: Rates = ()
    weight: int = Field(default=1, ge=1)
    ca_file: str | None = None

    @property
    def name(self) -> str:
        """`host:port`, as it stands in messages and in the ledger."""
        return f"{self.host}:{self.port}"

    @property
    def is_loopback(self) -> bool:
        """Whether the relay is on this machine."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

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


class Dkim(_Table):
    """How copies are signed."""

    domain: str
    selector: str
    key_file: str


class Settings(_Table):
    """Everything that can be configured."""

    newsletter: Newsletter = Newsletter()
    list: SubscriberList = SubscriberList()
    ledger: LedgerSettings = LedgerSettings()
    sending: Sending = Sending()
    relay: tuple[Relay, ...] = ()
    dkim: Dkim | None = None
