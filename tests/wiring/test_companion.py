"""The line between two processes: whole questions, in order, and the end of whoever asks."""

from __future__ import annotations

import socket

from hypothesis import given
from hypothesis import strategies as st

from dispatch.wiring.companion import Questions, _framed, _Frames


@given(st.lists(st.binary(max_size=300), max_size=20), st.data())
def test_what_is_said_is_heard_in_its_pieces(said: list[bytes], data: st.DataObject) -> None:
    """However it is cut on the way."""
    stream = b"".join(map(_framed, said))
    frames, heard = _Frames(), list[bytes]()
    while stream:
        cut = data.draw(st.integers(min_value=1, max_value=len(stream)))
        heard += frames.found(stream[:cut])
        stream = stream[cut:]
    assert heard == said


def test_all_that_waits_is_gathered_and_then_nothing() -> None:
    """Also what was asked by somebody who has ended since, which can be seen."""
    ours, theirs = socket.socketpair()
    with theirs:
        asked = Questions(theirs)
        with ours:
            ours.sendall(_framed(b"one") + _framed(b"") + _framed(b"three"))
            assert asked.gathered() == [b"one", b"", b"three"]
            ours.sendall(_framed(b"four"))
            assert not asked.has_nobody()
        assert asked.has_nobody()
        assert asked.gathered() == [b"four"]
        assert asked.gathered() == []
