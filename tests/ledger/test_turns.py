"""Turns: one process at a time, and nobody for ever."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from dispatch.ledger.turns import Turns

_HOLDER = """
import sys
from pathlib import Path
from dispatch.ledger.turns import Turns
with Turns(Path(sys.argv[1])).turn():
    print("held", flush=True)
    sys.stdin.readline()
    Path(sys.argv[1]).write_text("done")
"""


def test_a_turn_is_waited_for(tmp_path: Path) -> None:
    """Until the process that has it gives it back."""
    ledger = tmp_path / "ledger.db"
    ledger.write_text("")
    holder = subprocess.Popen(
        [sys.executable, "-c", _HOLDER, str(ledger)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout is not None
    assert holder.stdin is not None
    assert holder.stdout.readline() == "held\n"
    holder.stdin.write("go on\n")
    holder.stdin.close()
    turns = Turns(ledger)
    with turns.turn():
        assert ledger.read_text() == "done"
    turns.close()
    assert holder.wait(10) == 0
    holder.stdout.close()


def test_the_turn_of_a_process_that_is_killed_is_free(tmp_path: Path) -> None:
    """The operating system takes it back."""
    ledger = tmp_path / "ledger.db"
    holder = subprocess.Popen(
        [sys.executable, "-c", _HOLDER, str(ledger)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    assert holder.stdin is not None
    assert holder.stdout.readline() == "held\n"
    holder.kill()
    turns = Turns(ledger)
    with turns.turn():
        assert holder.wait(10) < 0
    turns.close()
    holder.stdout.close()
    holder.stdin.close()


def test_where_no_file_can_be_made_there_are_no_turns(tmp_path: Path) -> None:
    """Then SQLite alone keeps writers apart, as it always does."""
    turns = Turns(tmp_path / "no such folder" / "ledger.db")
    with turns.turn():
        entered = True
    turns.close()
    assert entered
