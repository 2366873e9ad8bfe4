"""Cells that a spreadsheet would calculate, made harmless on the way out and themselves again on the way in.

OWASP's advice on CSV injection: an apostrophe in front. A cell that has one already gets another, so that the
way back is exact.
"""

from __future__ import annotations

import re

_CALCULATED = re.compile(r"'*[=+\-@\t\r\n]")
_GUARDED = re.compile(r"''*[=+\-@\t\r\n]")


def guarded(cell: str) -> str:
    """The cell with an apostrophe in front where a spreadsheet would take it for a formula."""
    return f"'{cell}" if _CALCULATED.match(cell) else cell


def unguarded(cell: str) -> str:
    """The cell as it was before `guarded`."""
    return cell[1:] if _GUARDED.match(cell) else cell
