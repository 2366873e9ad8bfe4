"""The last trace of who was erased: free pages of the ledger, which may have to wait for their reader.

What was erased stays in pages that are free, and in the log, until the ledger's file is written anew; that
cannot be done while another program reads it. A mark in the folder of the state, left before anything is
erased and without a name in it, makes sure that it is done: by whoever has the ledger open next.
"""

from __future__ import annotations

import secrets

from dispatch.errors import LedgerUnavailable
from dispatch.ledger.connect import wipe
from dispatch.ledger.ledger import Ledger
from dispatch.ledger.place import BUSY_SECONDS
from dispatch.wiring.project import Project, private_folder

_MARKS = "to-wipe"


def leave_mark(project: Project) -> None:
    """Note that the ledger is to be wiped."""
    (private_folder(project.state / _MARKS) / secrets.token_hex(8)).touch(mode=0o600)


def finish(project: Project, ledger: Ledger, *, patience: float = BUSY_SECONDS) -> None:
    """Leave nothing of what was erased in free pages, if anything was.

    Raises LedgerUnavailable when another program uses the ledger for longer than `patience` seconds.
    """
    folder = project.state / _MARKS
    marks = list(folder.iterdir()) if folder.is_dir() else []
    if marks:
        wipe(ledger.database, patience=patience)
        for mark in marks:  # not those that were left meanwhile
            mark.unlink(missing_ok=True)


def is_finished(project: Project, ledger: Ledger, *, patience: float) -> bool:
    """The same for who leaves it to the next one when it cannot be done now."""
    try:
        finish(project, ledger, patience=patience)
    except LedgerUnavailable:
        return False
    return True
