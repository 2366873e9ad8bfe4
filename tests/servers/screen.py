"""mutt on a screen that a test can read: its keys are pressed through tmux, and what it shows comes back."""

from __future__ import annotations

import os
import re
import subprocess
import time
from pathlib import Path

from tests.servers.programs import program


class Screen:
    """mutt in a terminal of its own, its keys pressed and its screen read through tmux."""

    def __init__(self, folder: Path, mailbox: Path) -> None:
        self._tmux = [program("tmux"), "-S", str(folder / "tmux"), "-f", os.devnull]
        settings = folder / "muttrc"
        settings.write_text(
            'set charset=utf-8\nset beep=no\nset folder=/\nset attach_format="%3n %m/%M %I %d"\n'
        )
        command = [program("mutt"), "-n", "-F", str(settings), "-R", "-f", str(mailbox)]
        size = ["-x", "130", "-y", "40"]
        self._run(
            "new-session", "-d", *size, *command, env={**os.environ, "HOME": str(folder), "LC_ALL": "C.UTF-8"}
        )

    def after(self, key: str, expected: str) -> str:
        """What stands on the screen after a key, once `expected` is there."""
        if key:
            self._run("send-keys", key)
        patience = time.monotonic() + 20
        while not re.search(expected, shown := self._run("capture-pane", "-p")):
            assert time.monotonic() < patience, shown
            time.sleep(0.05)
        return shown

    def close(self) -> None:
        """End mutt and its terminal."""
        self._run("kill-server")

    def _run(self, *arguments: str, env: dict[str, str] | None = None) -> str:
        done = subprocess.run(
            [*self._tmux, *arguments], capture_output=True, text=True, timeout=20, check=True, env=env
        )
        return done.stdout
