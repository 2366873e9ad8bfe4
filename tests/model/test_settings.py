"""The configuration as a tree: its defaults, what it refuses, and how it reads back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from dispatch.model.pace import Rate
from dispatch.model.settings import Newsletter, Relay, Security, Settings


def test_no_configuration_at_all_is_enough() -> None:
    """Every setting has a default, and without a relay the sandbox is the relay."""
    settings = Settings()

    assert (settings.relay, settings.dkim) == ((), None)
    assert settings.list.file == "subscribers.csv"
    assert settings.sending.max_age == timedelta(hours=24)
    assert str(settings.newsletter.sender) == "Newsletter <newsletter@example.com>"


def test_texts_become_values() -> None:
    """A mailbox, a duration, a rate and the domain of a rate are read, not kept as text."""
    settings = Settings.model_validate(
        {
            "newsletter": {"from": "Ann <ann@bücher.example>", "public_url": "https://news.example.com/a/"},
            "sending": {"max_age": "15m", "domain_rate": {"BÜCHER.example": "20/s"}},
            "relay": [
                {"host": "smtp.example.com", "rate": ["14/s", "50000/d"]},
                {"host": "b", "rate": "1/m"},
            ],
        }
    )

    assert settings.newsletter.sender.address.envelope == "ann@xn--bcher-kva.example"
    assert settings.newsletter.public_url == "https://news.example.com/a"
    assert settings.sending.max_age == timedelta(minutes=15)
    assert settings.sending.domain_rate == {"xn--bcher-kva.example": Rate(20, 1)}
    assert [relay.rate for relay in settings.relay] == [(Rate(14, 1), Rate(50000, 86400)), (Rate(1, 60),)]


@pytest.mark.parametrize(
    ("table", "written"),
    [
        pytest.param("newsletter", {"name": 5}, id="a number for a name"),
        pytest.param("newsletter", {"name": "a\r\nBcc: x@example.com"}, id="a line break in the name"),
        pytest.param("newsletter", {"tagline": "\x1b[2J"}, id="a control character"),
        pytest.param("newsletter", {"postal_address": "a\n\x00"}, id="a NUL in the postal address"),
        pytest.param("newsletter", {"from": "Ann"}, id="a sender without an address"),
        pytest.param("newsletter", {"from": {"name": "Ann", "address": {}}}, id="a table for a mailbox"),
        pytest.param("newsletter", {"from": ["ann@example.com"]}, id="an array for a mailbox"),
        pytest.param("newsletter", {"timezone": "Zurich"}, id="no time zone"),
        pytest.param("newsletter", {"timezone": "../etc/passwd"}, id="a path for a time zone"),
        pytest.param("newsletter", {"timezone": "Europe"}, id="a folder of time zones"),
        pytest.param("newsletter", {"timezone": ["UTC"]}, id="an array for a time zone"),
        pytest.param("newsletter", {"timezone": "x" * 5000}, id="a long time zone"),
        pytest.param("newsletter", {"public_url": 5}, id="a number for a web address"),
        pytest.param("newsletter", {"public_url": "news.example.com"}, id="no scheme"),
        pytest.param("newsletter", {"public_url": "https://"}, id="no host"),
        pytest.param("newsletter", {"public_url": "https://[::1"}, id="a broken host"),
        pytest.param("newsletter", {"public_url": "https://a.example:99999"}, id="a port out of range"),
        pytest.param("newsletter", {"public_url": "https://a.example/?x=1"}, id="a query"),
        pytest.param("newsletter", {"public_url": "https://a.example/> x"}, id="a bracket"),
        pytest.param("newsletter", {"public_url": "javascript:alert(1)"}, id="a script"),
        pytest.param("newsletter", {"list_id": "<weekly>"}, id="brackets in the list id"),
        pytest.param("newsletter", {"language": "en_GB.UTF-8"}, id="a locale for a language"),
        pytest.param("newsletter", {"images": "host"}, id="pictures on a host without public_url"),
        pytest.param("sending", {"sessions": 0}, id="no session"),
        pytest.param("sending", {"sessions": 501}, id="too many sessions"),
        pytest.param("sending", {"sessions": True}, id="true for a number"),
        pytest.param("sending", {"sessions": "4"}, id="a text for a number"),
        pytest.param("sending", {"sessions": 4.5}, id="a fraction"),
        pytest.param("sending", {"max_age": 5}, id="a duration without a unit"),
        pytest.param("sending", {"max_age": "9" * 30 + "d"}, id="a duration beyond the calendar"),
        pytest.param("sending", {"on_uncertain": "guess"}, id="no such choice"),
        pytest.param("sending", {"domain_rate": {"gmail.com": 20}}, id="a rate without a unit"),
        pytest.param("sending", {"domain_rate": {"a b": "20/s"}}, id="no domain"),
        pytest.param("dkim", {"domain": "example.com"}, id="half a dkim"),
        pytest.param("postbox", {}, id="no such table"),
        pytest.param("newsletter", {"bounce_address": "a+b@example.com"}, id="a plus before our plus"),
        pytest.param("newsletter", {"bounce_address": f"{'a' * 33}@example.com"}, id="no room for the token"),
        pytest.param("inbox", {"soft_days": 0}, id="no days"),
        pytest.param("inbox", {"imap": {"host": "imap.example.com"}}, id="nobody to log in as"),
        pytest.param(
            "inbox",
            {"imap": {"host": "imap.example.com", "user": "a", "security": "none"}},
            id="a password in clear",
        ),
    ],
)
def test_what_cannot_be_meant_is_refused(table: str, written: dict[str, Any]) -> None:
    """By a ValidationError, never by another exception."""
    with pytest.raises(ValidationError):
        Settings.model_validate({table: written})


@pytest.mark.parametrize(
    ("relay", "protection"),
    [
        pytest.param({"host": "smtp.example.com"}, Security.STARTTLS, id="port 587"),
        pytest.param({"host": "smtp.example.com", "port": 465}, Security.TLS, id="port 465"),
        pytest.param({"host": "smtp.example.com", "port": 25}, Security.STARTTLS, id="port 25"),
        pytest.param({"host": "localhost", "port": 1025}, Security.NONE, id="localhost"),
        pytest.param({"host": "127.0.0.1", "port": 1025}, Security.NONE, id="loopback"),
        pytest.param({"host": "::1"}, Security.NONE, id="loopback of IPv6"),
        pytest.param({"host": "127.0.0.1", "security": "starttls"}, Security.STARTTLS, id="as written"),
        pytest.param(
            {"host": "10.0.0.1", "security": "none", "allow_plaintext": True}, Security.NONE, id="allowed"
        ),
    ],
)
def test_how_a_relay_is_protected(relay: dict[str, Any], protection: Security) -> None:
    """What is left out is TLS wherever the wire leaves this machine."""
    assert Relay.model_validate(relay).protection is protection


def test_no_secret_goes_in_clear_over_a_network() -> None:
    """`none` outside loopback wants an explicit yes."""
    with pytest.raises(ValidationError, match="sends mail and password in clear"):
        Relay.model_validate({"host": "smtp.example.com", "security": "none"})


@pytest.mark.parametrize("host", ["", "smtp://a.example", "a b", "ann@a.example", "a.example/x", "a\r\n"])
def test_what_is_no_host_is_refused(host: str) -> None:
    """The name of a host is neither an address of the web nor a mailbox."""
    with pytest.raises(ValidationError):
        Relay.model_validate({"host": host})


def test_a_password_is_never_shown() -> None:
    """Neither as text nor as JSON."""
    relay = Relay.model_validate({"host": "a", "password": "canary"})

    assert "canary" not in repr(relay) + str(relay) + relay.model_dump_json()
    assert relay.password is not None
    assert relay.password.get_secret_value() == "canary"


def test_settings_read_back_as_they_are_written() -> None:
    """The tree as JSON, by its public names, is a configuration that gives the same tree."""
    settings = Settings.model_validate(
        {
            "newsletter": {
                "from": "Ann <ann@example.com>",
                "reply_to": "bob@example.com",
                "timezone": "Asia/Tokyo",
            },
            "sending": {"max_age": "90m", "domain_rate": {"gmail.com": "20/s"}},
            "relay": [{"host": "a.example", "rate": "14/s"}],
            "dkim": {"domain": "example.com", "selector": "s1", "key_file": "dkim.pem"},
        }
    )
    written = settings.model_dump(mode="json", by_alias=True)

    assert written["newsletter"]["from"] == "Ann <ann@example.com>"
    assert written["sending"]["max_age"] == "90m"
    assert Settings.model_validate(written) == settings


def test_the_tree_is_frozen() -> None:
    """Nothing changes after it was read."""
    with pytest.raises(ValidationError, match="frozen"):
        Newsletter().name = "Other"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("newsletter", "host"),
    [
        pytest.param({}, None, id="no web address"),
        pytest.param({"public_url": "https://a.example"}, "https://a.example", id="a web address"),
        pytest.param({"public_url": "https://a.example", "images": "embed"}, None, id="inside the mail"),
    ],
)
def test_where_pictures_stand(newsletter: dict[str, Any], host: str | None) -> None:
    """Under public_url when there is one, unless they are wanted inside the mail."""
    assert Newsletter.model_validate(newsletter).image_host == host


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ({}, Security.TLS),
        ({"port": 143}, Security.STARTTLS),
        ({"host": "127.0.0.1", "port": 143, "security": "none"}, Security.NONE),
    ],
)
def test_imap_is_protected_by_what_its_port_means(written: dict[str, Any], expected: Security) -> None:
    """993 is TLS from the first byte, others ask for STARTTLS, in clear only on this machine."""
    account = {"host": "imap.example.com", "user": "ann", **written}
    imap = Settings.model_validate({"inbox": {"imap": account}}).inbox.imap
    assert imap is not None
    assert imap.protection is expected
