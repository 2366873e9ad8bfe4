"""The wheel: built, installed where nothing of the repository is near, and used."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.mark.slow
def test_the_wheel_works_outside_the_repository(tmp_path: Path) -> None:
    """It carries the templates, the sample and the migrations: `init` and `send` work from it alone."""
    build = [
        sys.executable,
        "-m",
        "build",
        "--wheel",
        "--no-isolation",
        "--outdir",
        str(tmp_path / "dist"),
        str(ROOT),
    ]
    subprocess.run(build, check=True, capture_output=True)
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    environment = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", environment], check=True)
    subprocess.run([environment / "bin" / "pip", "install", "--quiet", wheel], check=True)
    dispatch = environment / "bin" / "dispatch"
    subprocess.run([dispatch, "init", "demo"], cwd=tmp_path, check=True, capture_output=True)
    demo = tmp_path / "demo"
    (issue,) = (demo / "issues").glob("*.md")
    sent = subprocess.run(
        [dispatch, "send", issue.name, "--yes"], cwd=demo, check=True, capture_output=True, text=True
    )
    assert "16  sent" in sent.stdout
    assert len(list((demo / ".dispatch" / "outbox" / "new").iterdir())) == 16
    new = subprocess.run([dispatch, "new", "Next"], cwd=demo, check=True, capture_output=True, text=True)
    assert (demo / new.stdout.strip()).is_file()
