"""What every test shares: a fresh project in an empty folder, and the command line run inside or outside."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.project import TestProject

# How long an example takes is the machine's affair, and no test's.
settings.register_profile("dispatch", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("dispatch")


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting of the developer's own machine reaches a test."""
    import os

    for name in list(os.environ):
        if name.startswith("DISPATCH_") and name not in {
            "DISPATCH_REQUIRE_SERVERS",
            "DISPATCH_UPDATE_GOLDEN",
        }:
            monkeypatch.delenv(name)
    monkeypatch.setenv("NO_COLOR", "1")


@pytest.fixture
def project(tmp_path: Path) -> TestProject:
    """A small newsletter project without a relay, so that the sandbox takes its mail."""
    return TestProject(tmp_path / "letter")
