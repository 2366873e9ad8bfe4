"""How often garbage is looked for."""

from __future__ import annotations

import gc
import subprocess
import sys

from dispatch.wiring.collector import collect_seldom


def test_it_is_looked_for_seldom() -> None:
    """Rarely enough for a letter to cost nothing, and not never: a server runs for months."""
    before = gc.get_threshold()
    try:
        collect_seldom()
        young, *older = gc.get_threshold()
    finally:
        gc.set_threshold(*before)
    assert 10_000 <= young <= 100_000
    assert all(older)


def test_every_command_has_it() -> None:
    """Whatever is typed."""
    words = "import gc, sys; from dispatch.__main__ import main; sys.argv = ['dispatch', '--version']\n"
    words += "try:\n    main()\nexcept SystemExit:\n    print(gc.get_threshold()[0])"
    done = subprocess.run([sys.executable, "-c", words], capture_output=True, text=True, check=True)
    assert int(done.stdout.split()[-1]) >= 10_000
