"""No drill leaves a process of its own behind, however it ends."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.drills.drill import end_all


@pytest.fixture(autouse=True)
def _nobody_is_left() -> Iterator[None]:
    yield
    end_all()
