"""Where the mail goes, beside Postfix's smtp-sink: a sink that is never the limit, and a slow way to one."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_SOURCE = Path(__file__).with_name("sink.c")
_ROOT = Path(__file__).resolve().parents[2]


def compiler() -> str | None:
    """A C compiler, or None: without one there is no fast sink."""
    return shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")


@contextmanager
def fast_sink() -> Iterator[int]:
    """Compile sink.c, run it, and give its port."""
    with tempfile.TemporaryDirectory() as name:
        binary = Path(name) / "sink"
        subprocess.run([compiler() or "cc", "-O2", "-o", str(binary), str(_SOURCE)], check=True)
        with _speaking([str(binary)]) as port:
            yield port


@contextmanager
def slow_way(port: int, milliseconds: int) -> Iterator[int]:
    """A port whose answers are those of another port, each so much later."""
    command = [sys.executable, "-m", "tests.benchmarks.delay", str(port), str(milliseconds)]
    with _speaking(command) as slow:
        yield slow


@contextmanager
def _speaking(command: list[str]) -> Iterator[int]:
    """A program that prints its port, and ends when its standard input does."""
    process = subprocess.Popen(command, cwd=_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield int(process.stdout.readline())
    finally:
        process.stdin.close()
        process.stdout.close()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
