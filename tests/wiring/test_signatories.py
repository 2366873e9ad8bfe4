"""Signatures made in other processes: as good as those of this one, and none is missing when they die."""

from __future__ import annotations

import asyncio
import os
import signal
from functools import partial

import pytest

from dispatch.mail.dkim import Signer
from dispatch.wiring import signatories
from dispatch.wiring.drive import drive
from dispatch.wiring.signatories import signing
from tests.mail.test_dkim import MAIL, NOW, SIGNER, verifies

COUNT = 200


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first signature is enough to ask for help, and there is always another core."""
    monkeypatch.setattr(signatories, "_ALONE", 1)
    monkeypatch.setattr(signatories, "idle_cores", lambda: 1)


def _told(signer: Signer, pid: int, message: bytes) -> bytes:
    """A field that tells in which process it was made: a time of its own there."""
    return signer.sign(message, NOW if os.getpid() == pid else NOW + 1)


def _letters() -> list[bytes]:
    return [MAIL.replace(b"Hello, Bob", b"Hello, Bob %d" % number) for number in range(COUNT)]


async def _ready(desk: signatories._Desk, *, everybody: bool = False) -> None:
    for _ in range(3000):
        ready = [one.is_ready for one in desk._signatories]
        if len(ready) == desk._count and (all if everybody else any)(ready):
            return
        await asyncio.sleep(0.01)
    raise TimeoutError


def test_all_are_signed_elsewhere_and_verify() -> None:
    """Each answer belongs to its own message."""

    async def go() -> list[bytes]:
        async with signing(partial(_told, SIGNER, os.getpid())) as sign:
            assert sign is not None
            await sign(MAIL)
            await _ready(sign.__self__)  # type: ignore[attr-defined] # the desk
            return await asyncio.gather(*map(sign, _letters()))

    fields = drive(go())
    assert all(b"t=%d;" % (NOW + 1) in field for field in fields)
    assert all(verifies(field + letter) for field, letter in zip(fields, _letters(), strict=True))


def test_one_that_dies_leaves_nothing_unsigned() -> None:
    """What it was asked for, and all that comes later, is signed here."""

    async def go() -> list[bytes]:
        async with signing(partial(_told, SIGNER, os.getpid())) as sign:
            assert sign is not None
            await sign(MAIL)
            desk = sign.__self__  # type: ignore[attr-defined] # the desk
            await _ready(desk, everybody=True)
            processes = [one._process.pid for one in desk._signatories]
            for pid in processes:
                os.kill(pid, signal.SIGSTOP)
            asked = [sign(letter) for letter in _letters()]
            for pid in processes:
                os.kill(pid, signal.SIGKILL)
            fields = await asyncio.gather(*asked)
            return [*fields, await sign(MAIL)]

    fields = drive(go())
    assert all(b"t=%d;" % NOW in field for field in fields)
    assert all(verifies(field + letter) for field, letter in zip(fields, [*_letters(), MAIL], strict=True))


def test_what_nobody_waits_for_any_more_disturbs_nothing() -> None:
    """A copy that was given up has its signature thrown away, and the next one gets its own."""

    async def go() -> bytes:
        async with signing(partial(_told, SIGNER, os.getpid())) as sign:
            assert sign is not None
            await sign(MAIL)
            await _ready(sign.__self__)  # type: ignore[attr-defined] # the desk
            given_up, wanted = sign(_letters()[0]), sign(_letters()[1])
            given_up.cancel()
            return await wanted

    assert verifies(drive(go()) + _letters()[1])


def test_a_stop_signal_does_not_end_them() -> None:
    """A service manager tells every process of the group; letters in flight still need their signatures."""

    async def go() -> bytes:
        async with signing(partial(_told, SIGNER, os.getpid())) as sign:
            assert sign is not None
            await sign(MAIL)
            desk = sign.__self__  # type: ignore[attr-defined] # the desk
            await _ready(desk)
            for one in desk._signatories:
                if one.is_ready:  # before, nobody needs it
                    os.kill(one._process.pid, signal.SIGTERM)
                    os.kill(one._process.pid, signal.SIGINT)
            await asyncio.sleep(0.2)
            return await sign(MAIL)

    assert b"t=%d;" % (NOW + 1) in drive(go())


def test_without_a_key_there_is_nothing_to_await() -> None:
    """None stays None."""

    async def go() -> object:
        async with signing(None) as sign:
            return sign

    assert drive(go()) is None
