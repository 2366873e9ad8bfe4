"""What `status` answers where not all is well."""

from __future__ import annotations

import sqlite3
from contextlib import closing

from tests.project import TestProject


def test_a_ledger_that_does_not_add_up_is_no_success(project: TestProject) -> None:
    """The table says so, and the error what is wrong with which rows."""
    assert project.run("send", "news", "--yes").code == 0
    with closing(sqlite3.connect(project.root / ".dispatch" / "ledger.db")) as ledger:
        ledger.execute("UPDATE issue SET listed = listed + 1")
        ledger.commit()
    answer = project.run("status", "news")
    assert answer.code == 1
    assert "DOES NOT ADD UP" in answer.out
    assert "rows were listed" in answer.err
    assert "dispatch doctor --ledger" in answer.err
