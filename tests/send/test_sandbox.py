"""The sandbox is a real relay: sessions speak to it as to any other, and its Maildir has what they sent."""

from __future__ import annotations

import asyncio
import logging
import mailbox
import smtplib
from collections.abc import Callable
from pathlib import Path

import pytest
import uvloop

from dispatch.mail.reply import Scope, Verdict
from dispatch.model.delivery import State
from dispatch.model.settings import Security
from dispatch.send.sandbox import Sandbox
from dispatch.send.session import Session, Timeouts

MESSAGE = b"Subject: hello\r\nTo: ann@example.com\r\n\r\nWords and more =C3=BC.\r\n"
SENDER, ANN = "news@example.com", "ann@example.com"
LOOPS = pytest.mark.parametrize(
    "run", [pytest.param(asyncio.run, id="asyncio"), pytest.param(uvloop.run, id="uvloop")]
)


async def _handed() -> bool:
    return True


async def _send(outbox: Path, recipients: list[str], smtputf8: bool = False) -> list[Verdict]:
    async with Sandbox(outbox) as relay:
        session = Session(relay, password=None, hostname="sender.example.com", timeouts=Timeouts(quit=1))
        await session.open()
        verdicts = [
            await session.deliver(SENDER, recipient, MESSAGE, _handed, smtputf8=smtputf8)
            for recipient in recipients
        ]
        await session.quit()
    return verdicts


@LOOPS
def test_what_is_sent_stands_in_the_outbox(run: Callable[..., list[Verdict]], tmp_path: Path) -> None:
    """One file a message, envelope on top, every octet of it, and nothing half written left."""
    outbox = tmp_path / ".dispatch" / "outbox"
    verdicts = run(_send(outbox, [ANN, "ben@example.com"]))
    assert [verdict.state for verdict in verdicts] == [State.SENT, State.SENT]
    files = sorted((outbox / "new").iterdir())
    assert [file.read_bytes() for file in files] == [
        f"Return-Path: <{SENDER}>\nDelivered-To: {recipient}\n".encode() + MESSAGE.replace(b"\r\n", b"\n")
        for recipient in (ANN, "ben@example.com")
    ]
    assert list((outbox / "tmp").iterdir()) == []
    assert outbox.stat().st_mode & 0o077 == 0
    assert len(mailbox.Maildir(outbox)) == 2


def test_an_address_in_any_script_is_taken(tmp_path: Path) -> None:
    """The sandbox offers SMTPUTF8, so that a rehearsal shows everybody's letter."""
    [verdict] = asyncio.run(_send(tmp_path, ["ジョー@example.com"], smtputf8=True))
    assert verdict.state is State.SENT
    [file] = (tmp_path / "new").iterdir()
    assert "Delivered-To: ジョー@example.com\n" in file.read_text("utf-8")


def test_it_offers_what_the_session_can_use(tmp_path: Path) -> None:
    """Pipelining too, so that the way of a letter through the sandbox is the real one."""

    async def run() -> None:
        async with Sandbox(tmp_path) as relay:
            assert (relay.host, relay.protection) == ("127.0.0.1", Security.NONE)
            session = Session(relay, password=None, hostname="sender.example.com")
            await session.open()
            assert session.capabilities.pipelining
            assert session.capabilities.smtputf8
            assert session.capabilities.size == 2**25
            await session.quit()

    asyncio.run(run())


def test_a_full_outbox_defers(tmp_path: Path) -> None:
    """What could not be stored was not accepted; the copy is tried again."""

    async def run() -> Verdict:
        async with Sandbox(tmp_path) as relay:
            for file in (tmp_path / "new").iterdir():
                file.unlink()
            (tmp_path / "new").rmdir()
            session = Session(relay, password=None, hostname="sender.example.com")
            await session.open()
            verdict = await session.deliver(SENDER, ANN, MESSAGE, _handed)
            await session.quit()
            return verdict

    verdict = asyncio.run(run())
    assert (verdict.scope, verdict.state) == (Scope.RECIPIENT, State.DEFERRED)
    assert list((tmp_path / "tmp").iterdir()) == []


@pytest.mark.parametrize("manner", ["idle", "in the body", "reset"])
def test_leaving_breaks_connections_off_quietly(
    manner: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A client that hangs or vanishes neither delays the end nor leaves a trace on the screen."""

    async def run() -> None:
        async with Sandbox(tmp_path) as relay:
            _, writer = await asyncio.open_connection(relay.host, relay.port)
            if manner != "idle":
                writer.write(b"EHLO x\r\nMAIL FROM:<a@b.c>\r\nRCPT TO:<d@e.f>\r\nDATA\r\nhalf a mess")
            await asyncio.sleep(0.05)
            if manner == "reset":
                writer.write(b"age\r\n.\r\n" + b"NOOP\r\n" * 1000)
                writer.transport.abort()
        writer.transport.abort()
        await asyncio.sleep(0.01)

    with caplog.at_level(logging.WARNING):
        asyncio.run(run())
    assert [record.getMessage() for record in caplog.records] == []


def test_twenty_sessions_at_a_time_lose_nothing(tmp_path: Path) -> None:
    """Every message of a busy run is there, once."""

    async def run() -> None:
        async with Sandbox(tmp_path) as relay:

            async def one(number: int) -> None:
                session = Session(relay, password=None, hostname="sender.example.com")
                await session.open()
                for count in range(5):
                    await session.deliver(SENDER, f"p{number}.{count}@example.com", MESSAGE, _handed)
                await session.quit()

            await asyncio.gather(*(one(number) for number in range(20)))

    asyncio.run(run())
    told = {message["Delivered-To"] for message in mailbox.Maildir(tmp_path)}
    assert told == {f"p{number}.{count}@example.com" for number in range(20) for count in range(5)}
    assert len(list((tmp_path / "new").iterdir())) == 100


def test_any_smtp_client_can_talk_to_it(tmp_path: Path) -> None:
    """The standard library's client, as an independent witness."""

    async def run() -> None:
        async with Sandbox(tmp_path) as relay:

            def send() -> None:
                with smtplib.SMTP(relay.host, relay.port) as client:
                    client.sendmail(SENDER, [ANN, "ben@example.com"], MESSAGE + b".dotted\r\n")

            await asyncio.to_thread(send)

    asyncio.run(run())
    [file] = (tmp_path / "new").iterdir()
    assert file.read_bytes().endswith(b"\n.dotted\n")
    assert file.read_text().count("Delivered-To: ") == 2
