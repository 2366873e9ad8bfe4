"""How the work is dealt out; what the processes do with it stands in flow/test_processes.py."""

from __future__ import annotations

import pickle

from hypothesis import given
from hypothesis import strategies as st

from dispatch.errors import LoginRefused
from dispatch.wiring.crew import shares


@given(whole=st.integers(min_value=0, max_value=10_000), parts=st.integers(min_value=1, max_value=64))
def test_shares_are_even_and_all_that_there_is(whole: int, parts: int) -> None:
    """Nobody has more than one more than another."""
    dealt = shares(whole, parts)
    assert (len(dealt), sum(dealt)) == (parts, whole)
    assert max(dealt) - min(dealt) <= 1


def test_an_error_comes_whole_out_of_another_process() -> None:
    """With its place and what to do, and the exit code of its kind."""
    error = LoginRefused("no", file="dispatch.toml", line=3, hint="look")
    again = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes
    assert isinstance(again, LoginRefused)
    assert (again.message, again.where, again.hint) == ("no", "dispatch.toml:3", "look")
