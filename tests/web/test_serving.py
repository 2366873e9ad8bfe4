"""The server of the workbench: its port, and its end."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.servers.workbench import paid_letter, workbench


def test_a_port_that_is_taken_is_said(tmp_path: Path) -> None:
    """With what to do; exit 2."""
    letter = paid_letter(tmp_path / "letter")
    with workbench(letter) as served:
        answer = letter.run("preview", "--web", "--port", str(served.port))
    assert (answer.code, f"port {served.port} cannot be used" in answer.err) == (2, True)


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        (["--text"], 2, "--text cannot be combined with --web"),
        (["--watch", "--raw"], 2, "--raw, --watch cannot be combined with --web"),
        (["--as", "nobody@example.com"], 66, "is not in"),
        (["--port", "70000"], 2, "--port"),
        (["--port", "http"], 2, "--port"),
    ],
)
def test_a_slip_of_the_command_line_is_said_at_once(
    tmp_path: Path, options: list[str], code: int, words: str
) -> None:
    """Nothing is served."""
    answer = paid_letter(tmp_path / "letter").here("preview", "news", "--web", *options)
    assert (answer.code, words in answer.err, answer.out) == (code, True, "")


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM], ids=["ctrl-c", "terminated"])
def test_it_ends_when_it_is_told_to(tmp_path: Path, ending: signal.Signals) -> None:
    """Also while a page is listening, and without a word of complaint."""
    letter = paid_letter(tmp_path / "letter")
    command = [sys.executable, "-m", "dispatch", "preview", str(letter.issue), "--web", "--no-input"]
    process = subprocess.Popen(
        command, cwd=letter.root, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout
    address = process.stdout.readline().strip()
    listening = subprocess.Popen(["curl", "-sN", f"{address}events"], stdout=subprocess.PIPE)
    assert listening.stdout
    listening.stdout.readline()
    process.send_signal(ending)
    _, told = process.communicate(timeout=30)
    listening.communicate(timeout=30)
    assert process.returncode == (130 if ending is signal.SIGINT else -ending)
    assert "Traceback" not in told
    assert "error" not in told
