"""How a camera was held."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.render.exif import orientation
from tests.pictures import exif


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("held", range(1, 9))
def test_orientations(held: int, order: str) -> None:
    """In both orders of bytes."""
    assert orientation(exif(held, order)[4:]) == held


@given(st.binary(max_size=80))
def test_nonsense_is_upright(tail: bytes) -> None:
    """Or whatever number stands there; it comes back, and without an error."""
    assert orientation(b"http://ns.adobe.com/" + tail) == 1
    assert 0 <= orientation(b"Exif\0\0II*\0" + tail) < 65_536
