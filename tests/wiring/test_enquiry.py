"""SpamAssassin's client, asked through its own program."""

from __future__ import annotations

from pathlib import Path

import pytest

from dispatch.wiring.enquiry import ask_spamc

_MAIL = b"Subject: x\r\n\r\nbody\r\n"


def _program(folder: Path, script: str) -> None:
    path = folder / "spamc"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("cat >/dev/null; echo 6.1/5.0; exit 1", (6.1, 5.0)),
        ("cat >/dev/null; echo 0/0", None),
        ("echo nonsense", None),
    ],
)
def test_points_are_what_spamc_prints(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, expected: tuple[float, float] | None
) -> None:
    """Exit code 1 means spam, 0/0 that no daemon answered."""
    _program(tmp_path, script)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")

    assert ask_spamc(_MAIL) == expected


def test_without_spamc_nothing_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Most machines have none."""
    monkeypatch.setenv("PATH", str(tmp_path))

    assert ask_spamc(_MAIL) is None
