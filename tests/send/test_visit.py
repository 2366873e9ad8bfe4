"""A visit to a relay: what it learns, also half-way, and that it says nothing about mail."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest
import uvloop

from dispatch.mail.reply import Step
from dispatch.model.settings import Relay, Security
from dispatch.send.transaction import Timeouts
from dispatch.send.visit import Visit, visit
from tests.servers.certificates import Authority
from tests.servers.scripted import CUT, HANG, ScriptedServer, say

QUICK = Timeouts(connect=1, greeting=1, hello=0.3, tls=1, login=0.3, quit=0.3)
OFFERS = ("PIPELINING", "DSN", "SIZE 1000", "AUTH PLAIN")


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """The authority that ca_file names."""
    return Authority(tmp_path_factory.mktemp("authority"))


def visited(
    server: ScriptedServer, authority: Authority, security: Security = Security.STARTTLS, loop: bool = False
) -> Visit:
    """What a visit to this server learns."""

    async def go() -> Visit:
        async with server:
            relay = Relay(
                host="localhost", port=server.port, security=security, user="ann", ca_file=str(authority.file)
            )
            return await visit(relay, password="secret", hostname="me.example.com", timeouts=QUICK)

    return (uvloop.run if loop else asyncio.run)(go())


@pytest.mark.parametrize("loop", [False, True], ids=["asyncio", "uvloop"])
@pytest.mark.parametrize("security", [Security.TLS, Security.STARTTLS])
def test_a_whole_visit(authority: Authority, security: Security, loop: bool) -> None:
    """Greeting, TLS, certificate and offers; then QUIT."""
    tls = authority.server()
    kept = {"tls": tls} if security is Security.TLS else {"starttls": tls}
    server = ScriptedServer(offers=OFFERS, **kept)  # type: ignore[arg-type]
    seen = visited(server, authority, security, loop)
    assert seen.failure is None
    assert seen.greeting == "scripted.example.com ESMTP"
    assert seen.protocol == "TLSv1.3"
    assert seen.certificate is not None
    assert seen.certificate.names == ("localhost", "127.0.0.1")
    assert seen.certificate.begins < datetime.now(UTC) < seen.certificate.ends
    assert seen.offers is not None
    assert (seen.offers.size, seen.offers.dsn, seen.offers.smtputf8) == (1000, True, False)
    assert server.commands[-1] == "QUIT"
    assert {line.split(" ")[0] for line in server.commands} <= {"EHLO", "STARTTLS", "AUTH", "QUIT"}


def test_what_was_learned_stays_when_the_login_fails(authority: Authority) -> None:
    """The certificate and the offers are known by then."""
    server = ScriptedServer({"AUTH": say("535 5.7.8 no")}, offers=OFFERS, starttls=authority.server())
    seen = visited(server, authority)
    assert seen.failure is not None
    assert seen.failure.step is Step.LOGIN
    assert seen.protocol == "TLSv1.3"
    assert seen.certificate is not None
    assert seen.offers is not None


@pytest.mark.parametrize("security", [Security.TLS, Security.STARTTLS])
@pytest.mark.parametrize(("names", "expired"), [((), True), (("other.example.com",), False)])
def test_a_refused_certificate_is_fetched_without_a_login(
    authority: Authority, security: Security, names: tuple[str, ...], expired: bool
) -> None:
    """A second connection looks at it and leaves; neither says a secret."""
    tls = authority.server(*names, expired=expired)
    kept = {"tls": tls} if security is Security.TLS else {"starttls": tls}
    server = ScriptedServer(offers=OFFERS, **kept)  # type: ignore[arg-type]
    seen = visited(server, authority, security)
    assert seen.failure is not None
    assert seen.failure.step is Step.TLS
    assert seen.certificate is not None
    assert (seen.certificate.ends < datetime.now(UTC)) == expired
    assert seen.certificate.names == (names or ("localhost", "127.0.0.1"))
    assert not [line for line in server.commands if line.startswith(("AUTH", "MAIL"))]


def test_a_strangers_certificate_tells_nothing(authority: Authority, tmp_path: Path) -> None:
    """Nobody vouches for what stands in it."""
    server = ScriptedServer(offers=OFFERS, starttls=Authority(tmp_path).server())
    seen = visited(server, authority)
    assert seen.failure is not None
    assert seen.certificate is None


@pytest.mark.parametrize("act", [CUT, HANG, say("421 4.3.2 busy", cut=True)], ids=["cut", "hang", "421"])
@pytest.mark.parametrize("step", ["GREETING", "EHLO", "AUTH", "QUIT"])
def test_a_visit_ends_however_the_relay_behaves(authority: Authority, step: str, act: object) -> None:
    """With the step at which it failed; a goodbye that fails is none."""
    server = ScriptedServer({step: act}, offers=OFFERS)  # type: ignore[dict-item]
    seen = visited(server, authority, Security.NONE)
    assert (seen.failure is None) == (step == "QUIT")
