"""Real programs as test servers: each on a free port, stopped at the end, skipped by name when missing."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NoReturn

import pytest

_STARTS_WITHIN = 10.0
_PATHS = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"))


def missing(program: str) -> NoReturn:
    """Skip the test that needs `program`; where servers are required (CI), fail it."""
    if os.environ.get("DISPATCH_REQUIRE_SERVERS") == "1":
        pytest.fail(f"{program} is not installed, and DISPATCH_REQUIRE_SERVERS=1")
    pytest.skip(f"{program} is not installed")


def program(name: str) -> str:
    """The path of an installed program, the system's own folders included."""
    return shutil.which(name, path=_PATHS) or missing(name)


def free_port() -> int:
    """A loopback port that nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def smtp_sink(*options: str, backlog: int = 1000) -> Iterator[int]:
    """Postfix's smtp-sink with its own `options` (`-p` for no PIPELINING and so on); yields its port."""
    port = free_port()
    user = ["-u", pwd.getpwuid(65534).pw_name] if os.geteuid() == 0 else []
    with _running([program("smtp-sink"), *user, *options, f"127.0.0.1:{port}", str(backlog)]):
        await_port(port)
        yield port


@contextmanager
def _running(command: Sequence[str]) -> Iterator[None]:
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.terminate()
        process.wait(10)


def await_port(port: int) -> None:
    """Wait until somebody listens there."""
    patience = time.monotonic() + _STARTS_WITHIN
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            if time.monotonic() > patience:
                raise
            time.sleep(0.02)
        else:
            return
