"""The configuration: what is read from where, what wins, and what is told when it cannot be used."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.errors import ConfigInvalid
from dispatch.model.settings import Security, Settings
from dispatch.read.config_file import Configuration, read_configuration, redacted, schema

EXAMPLE = """\
[newsletter]
name = "The Weekly"
from = "Ann <ann@example.com>"
postal_address = \"\"\"
12 Canal Street
8001 Zurich\"\"\"
timezone = "Europe/Zurich"
public_url = "https://news.example.com"

[ledger]
url = "postgresql://ann:canary@db.example.com/news?sslpassword=canary&x=1"

[sending]
sessions = 4
max_age = "36h"
domain_rate = { "gmail.com" = "20/s" }

[[relay]]
host = "smtp.example.com"
user = "ann"
password = "canary"
rate = ["14/s", "50000/d"]

[[relay]]
host = "localhost"
port = 1025

[dkim]
domain = "example.com"
selector = "s1"
key_file = "dkim.pem"
"""


def read(
    text: str | bytes | None,
    environment: Mapping[str, str] | None = None,
    dotenv: Mapping[str, str] | None = None,
) -> Configuration:
    """The configuration that is in this text and these variables."""
    file = None if text is None else "dispatch.toml"
    return read_configuration(text, file=file, environment=environment or {}, dotenv=dotenv or {})


def refusal(
    text: str | bytes | None,
    environment: Mapping[str, str] | None = None,
    dotenv: Mapping[str, str] | None = None,
) -> ConfigInvalid:
    """What is said of it."""
    with pytest.raises(ConfigInvalid) as caught:
        read(text, environment, dotenv)
    return caught.value


def test_a_file_is_read_with_the_line_of_each_value() -> None:
    """And what it does not say is default."""
    configuration = read(EXAMPLE)
    settings, origins = configuration.settings, configuration.origins

    assert settings.newsletter.name == "The Weekly"
    assert settings.newsletter.postal_address == "12 Canal Street\n8001 Zurich"
    assert settings.sending.max_age == timedelta(hours=36)
    assert [relay.protection for relay in settings.relay] == [Security.STARTTLS, Security.NONE]
    assert settings.dkim is not None
    assert {key: origins[key] for key in ("newsletter.name", "newsletter.from", "newsletter.tagline")} == {
        "newsletter.name": "dispatch.toml:2",
        "newsletter.from": "dispatch.toml:3",
        "newsletter.tagline": "default",
    }
    assert origins["newsletter.timezone"] == "dispatch.toml:7"
    assert origins['sending.domain_rate."gmail.com"'] == "dispatch.toml:16"
    assert (origins["relay.1.host"], origins["relay.2.host"]) == ("dispatch.toml:19", "dispatch.toml:25")
    assert (origins["relay.1.port"], origins["relay.2.port"]) == ("default", "dispatch.toml:26")
    assert origins["dkim.selector"] == "dispatch.toml:30"


def test_nothing_at_all_is_a_configuration() -> None:
    """Everything is default."""
    configuration = read(None)

    assert configuration.settings == Settings()
    assert set(configuration.origins.values()) == {"default"}
    assert configuration.file is None


def test_the_environment_wins_over_dotenv_and_that_over_the_file() -> None:
    """And each value knows where it comes from."""
    configuration = read(
        '[newsletter]\nname = "file"\ntagline = "file"\nlist_id = "file"',
        environment={"DISPATCH_NEWSLETTER__NAME": "environment", "PATH": "/bin", "DISPATCH_CONFIG": "x.toml"},
        dotenv={
            "DISPATCH_NEWSLETTER__NAME": "dotenv",
            "DISPATCH_NEWSLETTER__TAGLINE": "dotenv",
            "OTHER": "x",
        },
    )
    newsletter, origins = configuration.settings.newsletter, configuration.origins

    assert (newsletter.name, newsletter.tagline, newsletter.list_id) == ("environment", "dotenv", "file")
    assert origins["newsletter.name"] == "environment DISPATCH_NEWSLETTER__NAME"
    assert origins["newsletter.tagline"] == ".env"
    assert origins["newsletter.list_id"] == "dispatch.toml:4"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(None, id="no file"),
        pytest.param("", id="an empty file"),
        pytest.param("relay = []", id="no relay"),
        pytest.param('[[relay]]\nhost = "b.example"\n', id="a relay"),
    ],
)
def test_variables_set_the_first_relay(text: str | None) -> None:
    """Also when the file has none."""
    relay = read(text, {"DISPATCH_RELAY__HOST": "a.example", "DISPATCH_RELAY__PORT": "465"}).settings.relay

    assert [(one.host, one.port) for one in relay] == [("a.example", 465)]


def test_a_password_from_the_environment_belongs_to_the_relay_of_the_file() -> None:
    """The others keep their own."""
    relays = read(EXAMPLE, {"DISPATCH_RELAY__PASSWORD": "another"}).settings.relay

    assert relays[0].password is not None
    assert (relays[0].password.get_secret_value(), relays[1].password) == ("another", None)


def test_pyproject_has_it_under_tool_dispatch() -> None:
    """What else is in that file is not ours; without our table all is default."""
    text = '[project]\nname = "x"\n[tool.ruff]\nline-length = 1\n[tool.dispatch.newsletter]\nname = "A"\n'
    table = ("tool", "dispatch")
    configuration = read_configuration(text, file="pyproject.toml", table=table, environment={}, dotenv={})
    nothing = read_configuration("[project]", file="pyproject.toml", table=table, environment={}, dotenv={})

    assert configuration.settings.newsletter.name == "A"
    assert configuration.origins["newsletter.name"] == "pyproject.toml:6"
    assert nothing.settings == Settings()


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        pytest.param("[tool]\ndispatch = 1", 2, "tool.dispatch must be a table", id="no table"),
        pytest.param("[tool.dispatch]\nx = 1", 2, "unknown table x", id="an unknown table"),
        pytest.param("[tool.dispatch.list]\nfiel = 1", 2, "unknown key list.fiel", id="an unknown key"),
        pytest.param(
            "[tool.dispatch]\nlist = { file = 1 }",
            2,
            "list.file: must be a text in quotes, not 1",
            id="a value",
        ),
    ],
)
def test_pyproject_is_checked_as_well(text: str, line: int, message: str) -> None:
    """With its own lines."""
    with pytest.raises(ConfigInvalid) as caught:
        read_configuration(text, file="pyproject.toml", table=("tool", "dispatch"), environment={}, dotenv={})

    assert (caught.value.line, caught.value.message) == (line, message)


@pytest.mark.parametrize(
    ("text", "line", "message", "hint"),
    [
        pytest.param(
            '[newsletter]\nnmae = "x"', 2, "unknown key newsletter.nmae", "did you mean name?", id="a slip"
        ),
        pytest.param(
            '[newsletter]\nsender = "x"', 2, "unknown key newsletter.sender", None, id="an inner name"
        ),
        pytest.param(
            '[[relay]]\nhots = "x"', 2, "unknown key relay.hots", "did you mean host?", id="in a relay"
        ),
        pytest.param("[newsleter]\n", 1, "unknown table newsleter", "did you mean newsletter?", id="a table"),
        pytest.param("\n[postbox]\nx = 1\n", 2, "unknown table postbox", None, id="a table of later"),
        pytest.param('name = "x"', 1, "unknown table name", None, id="a key outside tables"),
        pytest.param(
            'newsletter = "x"', 1, "write newsletter as a table, under [newsletter]", None, id="no table"
        ),
        pytest.param(
            '[relay]\nhost = "x"', 1, "write relay as a table, under [[relay]]", None, id="one bracket"
        ),
        pytest.param(
            'relay = ["x"]', 1, "write relay as a table, under [[relay]]", None, id="relays as texts"
        ),
        pytest.param(
            "[[relay]]\nport = 25",
            1,
            "[[relay]] has no host",
            "write host = ... in it",
            id="a relay without host",
        ),
        pytest.param(
            '\n[dkim]\ndomain = "a.ch"\nkey_file = "x"',
            2,
            "[dkim] has no selector",
            "write selector = ... in it",
            id="half a dkim",
        ),
        pytest.param(
            "[newsletter]\nname = 5",
            2,
            "newsletter.name: must be a text in quotes, not 5",
            None,
            id="a number",
        ),
        pytest.param(
            "[newsletter]\nname = 1979-05-27",
            2,
            "newsletter.name: must be a text in quotes",
            None,
            id="a date",
        ),
        pytest.param(
            '[newsletter]\nname = "a\\nb"',
            2,
            "newsletter.name: there is a line break or a control character in it",
            None,
            id="a line break",
        ),
        pytest.param(
            '[newsletter]\nfrom = "Ann"',
            2,
            "newsletter.from: an email address must have an @-sign",
            None,
            id="no address",
        ),
        pytest.param(
            '[newsletter]\ntimezone = "Zurich"',
            2,
            "newsletter.timezone: 'Zurich' is not an IANA time zone such as Europe/Zurich",
            None,
            id="no time zone",
        ),
        pytest.param(
            '[newsletter]\nname = "x"\nimages = "host"',
            1,
            'newsletter: images = "host" needs public_url, the web address they are published under',
            None,
            id="pictures nowhere",
        ),
        pytest.param(
            "[sending]\nsessions = 501",
            2,
            "sending.sessions: must be at most 500, not 501",
            None,
            id="too many",
        ),
        pytest.param(
            "[sending]\nsessions = 0", 2, "sending.sessions: must be at least 1, not 0", None, id="too few"
        ),
        pytest.param(
            '[sending]\nsessions = "4"',
            2,
            "sending.sessions: must be a whole number, not '4'",
            None,
            id="a text for a number",
        ),
        pytest.param(
            f"[sending]\nsessions = 0x{'f' * 5000}",
            2,
            "sending.sessions: must be at most 500",
            None,
            id="a number too long to show",
        ),
        pytest.param(
            '[sending]\non_uncertain = "guess"',
            2,
            "sending.on_uncertain: must be resend, hold or assume-sent, not 'guess'",
            None,
            id="no such choice",
        ),
        pytest.param(
            '[sending]\nmax_age = "soon"',
            2,
            "sending.max_age: 'soon' is not a duration; write it as 30s, 15m, 24h or 2d",
            None,
            id="no duration",
        ),
        pytest.param(
            "[sending]\nmax_age = 5", 2, "sending.max_age: must be a text in quotes", None, id="no unit"
        ),
        pytest.param(
            "[sending.domain_rate]\n'gmail.com' = '20/s'\n'b.ch' = 'x'",
            3,
            "sending.domain_rate.b.ch: 'x' is not a rate; write it as 14/s, 200/m, 2000/h or 50000/d",
            None,
            id="no rate",
        ),
        pytest.param(
            "[sending]\ndomain_rate = 5",
            2,
            "sending.domain_rate: must be a table, not 5",
            None,
            id="rates no table",
        ),
        pytest.param(
            '[[relay]]\nhost = "a"\n[[relay]]\nhost = "b"\nallow_plaintext = 1',
            5,
            "relay.allow_plaintext: must be true or false, not 1",
            None,
            id="one for true, in the second relay",
        ),
        pytest.param(
            '[[relay]]\nhost = "a.example"\nsecurity = "none"',
            1,
            'relay: security = "none" sends mail and password in clear to a.example; '
            'use "starttls" or "tls", or set allow_plaintext = true',
            None,
            id="a password in clear",
        ),
        pytest.param("[newsletter]\nname = ", 2, "the file is not TOML: invalid value", None, id="no TOML"),
        pytest.param(
            b"[newsletter]\nname = '\xe9'",
            2,
            "the byte 0xE9 is not UTF-8",
            "save the file as UTF-8",
            id="Latin-1",
        ),
        pytest.param('"a\\u001b[2J" = 1', 1, "unknown table a\ufffd[2J", None, id="an escape in a key"),
    ],
)
def test_what_cannot_be_used_is_told_with_its_line(
    text: str | bytes, line: int, message: str, hint: str | None
) -> None:
    """In plain words, with what was perhaps meant."""
    error = refusal(text)

    assert (error.file, error.line, error.message) == ("dispatch.toml", line, message)
    assert hint is None or error.hint == hint


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        pytest.param(
            {"DISPATCH_SENDING__SESSIONS": "many"},
            "DISPATCH_SENDING__SESSIONS: must be a whole number, not 'many'",
            id="no number",
        ),
        pytest.param(
            {"DISPATCH_RELAY__HOST": "a", "DISPATCH_RELAY__ALLOW_PLAINTEXT": "perhaps"},
            "DISPATCH_RELAY__ALLOW_PLAINTEXT: must be true or false, not 'perhaps'",
            id="no truth",
        ),
        pytest.param(
            {"DISPATCH_SENDING__DOMAIN_RATE": "gmail.com"},
            "DISPATCH_SENDING__DOMAIN_RATE: '' is not a rate; write it as 14/s, 200/m, 2000/h or 50000/d",
            id="a domain without a rate",
        ),
        pytest.param({"DISPATCH_RELAY__PORT": "25"}, "[[relay]] has no host", id="a relay without host"),
        pytest.param(
            {"DISPATCH_RELAY__PASWORD": "canary"},
            "the variable DISPATCH_RELAY__PASWORD is no setting",
            id="no setting",
        ),
    ],
)
def test_a_variable_that_cannot_be_used_is_told_by_its_name(
    environment: dict[str, str], message: str
) -> None:
    """Wherever it is set."""
    error = refusal(None, environment)
    in_dotenv = refusal(None, None, environment)

    assert (error.message, error.file) == (message, None)
    assert (in_dotenv.message, in_dotenv.file) in {(message, ".env"), (message, None)}


@pytest.mark.parametrize(
    ("text", "environment"),
    [
        pytest.param('[[relay]]\nhost = "a"\npassword = "canary\\u0007"', {}, id="a control character"),
        pytest.param('[[relay]]\nhost = "a"\npassword = ["canary"]', {}, id="an array"),
        pytest.param('[[relay]]\npassword = "canary"', {}, id="no host"),
        pytest.param(None, {"DISPATCH_RELAY__PASSWORD": "canary"}, id="no host, from the environment"),
        pytest.param(
            None, {"DISPATCH_RELAY__PASSWORD": "canary\x07"}, id="a control character in a variable"
        ),
        pytest.param('[ledger]\nurl = "postgresql://a:canary@b\\u0000"', {}, id="in a web address"),
        pytest.param('[[relay]]\npassword = "canary', {}, id="a quote that is not closed"),
    ],
)
def test_a_secret_is_in_no_message(text: str | None, environment: dict[str, str]) -> None:
    """Neither in the words nor in the hint."""
    error = refusal(text, environment)

    assert "canary" not in f"{error} {error.hint} {error.__cause__ and error}"


def test_redacted_shows_everything_but_the_secrets() -> None:
    """With public names, values as one would write them, and origins."""
    shown = {key: (value, origin) for key, value, origin in redacted(read(EXAMPLE))}

    assert "canary" not in str(shown)
    assert shown["relay.1.password"] == ("********", "dispatch.toml:21")
    assert shown["relay.2.password"] == ("", "default")
    assert shown["ledger.url"] == (
        "postgresql://ann:********@db.example.com/news?sslpassword=********&x=1",
        "dispatch.toml:11",
    )
    assert shown["newsletter.from"] == ("Ann <ann@example.com>", "dispatch.toml:3")
    assert shown["newsletter.postal_address"][0] == "12 Canal Street\\n8001 Zurich"
    assert shown["sending.max_age"][0] == "36h"
    assert shown["relay.1.rate"][0] == "14/s, 50000/d"
    assert shown["relay.1.allow_plaintext"] == ("false", "default")


def test_every_setting_is_shown_and_has_an_origin() -> None:
    """The two lists are of the same keys."""
    configuration = read(EXAMPLE)

    assert [key for key, _, _ in redacted(configuration)] == list(configuration.origins)


def test_the_schema_has_the_public_names() -> None:
    """It is what an editor completes and checks a file by."""
    found = json.loads(json.dumps(schema()))
    newsletter = found["$defs"]["Newsletter"]["properties"]

    assert set(found["properties"]) >= {"newsletter", "list", "ledger", "sending", "relay", "dkim"}
    assert "from" in newsletter
    assert "sender" not in newsletter
    assert found["$defs"]["Sending"]["properties"]["sessions"]["maximum"] == 500
    assert found["additionalProperties"] is False


TEXTS = st.sampled_from(
    [
        *(
            "[newsletter]\n",
            "[[relay]]\n",
            "[sending]\n",
            "[dkim]\n",
            "[relay]\n",
            "[x]\n",
            "name",
            "host",
            "from",
        ),
        *(
            "timezone",
            "sessions",
            "max_age",
            "domain_rate",
            "rate",
            "password",
            " = ",
            "\n",
            "1",
            "true",
            '"a"',
        ),
        *(
            '"a@b.ch"',
            "[",
            "]",
            "{",
            "}",
            ",",
            ".",
            "1979-05-27",
            "'''",
            '"""',
            "\\",
            "#",
            "nan",
            '"14/s"',
            "'",
        ),
    ]
)


@given(st.lists(TEXTS, max_size=20).map("".join) | st.text(max_size=40) | st.binary(max_size=40))
def test_any_text_is_a_configuration_or_config_invalid(text: str | bytes) -> None:
    """No file raises anything else."""
    try:
        configuration = read(text)
    except ConfigInvalid as error:
        message = str(error)
        assert message.isprintable()
        return
    assert len(redacted(configuration)) == len(configuration.origins)


SETTINGS = st.sampled_from(
    [
        *("newsletter.name", "newsletter.from", "newsletter.timezone", "newsletter.public_url", "list.file"),
        *("newsletter.language", "newsletter.list_id", "newsletter.images", "ledger.url", "dkim.domain"),
        *("sending.sessions", "sending.max_age", "sending.domain_rate", "relay.host", "relay.port"),
        *("relay.rate", "relay.password", "relay.security", "relay.allow_plaintext"),
    ]
)
VALUES = st.text(max_size=10) | st.sampled_from(["1", "14/s", "a.ch=1/s", "ann@example.com", "a.ch", "true"])


@given(st.dictionaries(SETTINGS, VALUES, max_size=5))
def test_any_environment_is_a_configuration_or_config_invalid(written: dict[str, str]) -> None:
    """No variable raises anything else, and what is set says so."""
    environment = {f"DISPATCH_{key.replace('.', '__')}".upper(): value for key, value in written.items()}
    try:
        configuration = read(None, environment)
    except ConfigInvalid as error:
        message = str(error)
        assert message.isprintable()
        return
    expected = {f"environment {name}" for name, value in environment.items() if value}
    assert set(configuration.origins.values()) - {"default"} == expected
