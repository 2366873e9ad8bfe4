"""A ledger in a fresh folder, open while a test lasts."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from dispatch.ledger.connect import open_ledger
from dispatch.ledger.ledger import Ledger
from tests.ledger.people import URL


@pytest.fixture(scope="session")
def empty_ledger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project's folder with a ledger that was migrated once, to be copied."""
    root = tmp_path_factory.mktemp("empty-ledger")
    open_ledger(URL, root=root).close()
    return root


@pytest.fixture
def ledger(tmp_path: Path, empty_ledger: Path) -> Iterator[Ledger]:
    """An empty ledger of the test's own."""
    shutil.copytree(empty_ledger, tmp_path, dirs_exist_ok=True)
    with open_ledger(URL, root=tmp_path) as opened:
        yield opened
