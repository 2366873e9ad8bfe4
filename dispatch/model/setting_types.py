"""The types of single settings: what may be written for a mailbox, a rate or a host, and how it reads back.

Each takes its finished value or the text that people write for it, and refuses everything else.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Annotated, Any, TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, PlainSerializer, PlainValidator, WithJsonSchema

from dispatch.model.address import Mailbox, parse_address, parse_mailbox
from dispatch.model.pace import Rate, format_duration, parse_duration, parse_rate

Value = TypeVar("Value")

_DOT_ATOM = re.compile(r"[A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)*")
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*")
_WEB_ADDRESS = re.compile(r"https?://[A-Za-z0-9.:\[\]-]+(?:/[A-Za-z0-9._~/%-]*)?")
_HOST = re.compile(r"[^\s/@\\\"'<>]+")
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def _read_by(parse: Callable[[str], Value], kind: type[Value]) -> Callable[[Any], Value]:
    def read(value: Any) -> Value:
        if isinstance(value, kind):
            return value
        if not isinstance(value, str):
            raise ValueError("must be a text in quotes")  # noqa: TRY004 - pydantic reports a ValueError only
        return parse(value)

    return read


def _read_names(value: Any) -> tuple[str, ...]:
    """A list of names, or one text with commas as in an environment variable."""
    several = value.split(",") if isinstance(value, str) else value
    if not isinstance(several, list | tuple) or not all(isinstance(one, str) for one in several):
        raise ValueError("must be a list of texts in quotes")
    return tuple(one.strip() for one in several if one.strip())


def _tag(value: str) -> str:
    """A tag that a cell of the list can hold among others, and a form in a page."""
    if not value.strip() or value != value.strip() or any(sign in value for sign in ",;") or len(value) > 60:
        raise ValueError(f"{value!r} is no tag: write up to 60 characters, without a comma or semicolon")
    if CONTROL.search(value):
        raise ValueError("there is a line break or a control character in a tag")
    return value


_read_rate = _read_by(parse_rate, Rate)


def _read_rates(value: Any) -> tuple[Rate, ...]:
    several = value if isinstance(value, list | tuple) else [value]
    return tuple(_read_rate(one) for one in several)


def _timezone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"{value!r} is not an IANA time zone such as Europe/Zurich") from error
    return value


def _web_address(value: str) -> str:
    """A base address that other addresses are made from, fit to stand in a header field."""
    if not _WEB_ADDRESS.fullmatch(value) or not _names_a_host(value):
        raise ValueError(f"{value!r} is not a web address such as https://news.example.com")
    return value.rstrip("/")


def _names_a_host(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _list_id(value: str) -> str:
    if value and not _DOT_ATOM.fullmatch(value):
        raise ValueError(f"{value!r} is not a list id; write a name with dots, such as weekly.example.com")
    return value


def _language(value: str) -> str:
    if not _LANGUAGE.fullmatch(value):
        raise ValueError(f"{value!r} is not a language tag such as en or pt-BR")
    return value


def _host(value: str) -> str:
    if not _HOST.fullmatch(value):
        raise ValueError(f"{value!r} is not the name of a host such as smtp.example.com")
    return value


def _domain(value: str) -> str:
    """A mail domain as A-labels in lower case, as addresses carry it."""
    return parse_address(f"postmaster@{value}").domain


_TEXT = WithJsonSchema({"type": "string"})
_TEXTS = WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]})

MailboxText = Annotated[
    Mailbox,
    PlainValidator(_read_by(parse_mailbox, Mailbox)),
    PlainSerializer(str, when_used="json"),
    _TEXT,
]
DurationText = Annotated[
    timedelta,
    PlainValidator(_read_by(parse_duration, timedelta)),
    PlainSerializer(format_duration, when_used="json"),
    _TEXT,
]
RateText = Annotated[Rate, PlainValidator(_read_rate), PlainSerializer(str, when_used="json"), _TEXT]
RateTexts = Annotated[
    tuple[Rate, ...],
    PlainValidator(_read_rates),
    PlainSerializer(lambda rates: [str(rate) for rate in rates], when_used="json"),
    _TEXTS,
]
NameList = Annotated[
    tuple[str, ...], PlainValidator(_read_names), PlainSerializer(list, when_used="json"), _TEXTS
]
TagName = Annotated[str, AfterValidator(_tag)]
TimeZoneName = Annotated[str, AfterValidator(_timezone)]
WebAddress = Annotated[str, AfterValidator(_web_address)]
ListId = Annotated[str, AfterValidator(_list_id)]
LanguageTag = Annotated[str, AfterValidator(_language)]
HostName = Annotated[str, AfterValidator(_host)]
DomainName = Annotated[str, AfterValidator(_domain)]
