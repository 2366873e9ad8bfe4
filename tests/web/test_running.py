"""The running server: it leaves who never asks, and ends by a signal with what was asked answered."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from pathlib import Path

import pytest

from dispatch.errors import UsageError
from dispatch.mail.letter import Letter
from dispatch.mail.reply import Verdict
from dispatch.web.porch import Message, Receive, Scope, Send
from dispatch.web.postbox import Postbox
from dispatch.web.running import PatientProtocol, bound, bound_at, run


async def _hello(_scope: Scope, receive: Receive, send: Send) -> None:
    message: Message = await receive()
    assert message["type"] == "http.request"
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"5")]})
    await send({"type": "http.response.body", "body": b"hello"})


async def _deliver(_letter: Letter) -> Verdict:
    raise AssertionError("nobody writes a letter here")


@pytest.mark.parametrize(
    "sent", [b"", b"GET / HTTP/1.1\r\nHost:", b"GET / HTTP/1.1\r\nHost: x\r\n\r\nGET / "]
)
def test_who_does_not_ask_is_left(monkeypatch: pytest.MonkeyPatch, sent: bytes) -> None:
    """A head that never ends, the first of a connection or a later one, keeps no place."""
    monkeypatch.setattr(PatientProtocol, "patience", 0.1)
    listener = bound("127.0.0.1", 0)
    port = listener.getsockname()[1]

    async def visit() -> bytes:
        serving = asyncio.create_task(
            run(_hello, listener, Postbox(_deliver, lambda _words: None), ready=lambda: None)
        )
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(sent)
        answer = await asyncio.wait_for(reader.read(), 10)
        writer.close()
        os.kill(os.getpid(), signal.SIGTERM)
        assert await asyncio.wait_for(serving, 10) == signal.SIGTERM
        return answer

    answer = asyncio.run(visit())
    assert answer.endswith(b"hello") == sent.endswith(b"\r\n\r\nGET / ")


def test_a_place_that_is_taken_is_said(tmp_path: Path) -> None:
    """A port, and a socket on which somebody answers; one that was left behind is replaced."""
    with bound("127.0.0.1", 0) as taken, pytest.raises(UsageError, match="cannot be used"):
        bound("127.0.0.1", taken.getsockname()[1])
    with pytest.raises(UsageError, match="cannot be used"):
        bound("no such host.invalid", 8025)
    place = tmp_path / "s"
    with bound_at(place), pytest.raises(UsageError, match="cannot be made"):
        bound_at(place)
    with bound_at(place) as again:
        assert again.family is socket.AF_UNIX
    with pytest.raises(UsageError, match="cannot be made"):
        bound_at(tmp_path / "nowhere" / "s")
