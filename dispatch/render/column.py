"""Blocks of plain text one under the other, some of them there for some readers only."""

from __future__ import annotations

from collections.abc import Sequence

from dispatch.render.personal import Mask


class Column:
    """Lines, with a blank one between blocks, whichever of the blocks a reader gets.

    The blank line belongs to the block behind it, inside of the same condition; before the first block that
    everybody gets it belongs to the block before it.
    """

    def __init__(self, mask: Mask, *, apart: bool = True) -> None:
        self.lines: list[str] = []
        self._mask = mask
        self._apart = apart
        self._depth = 0
        self._begun = False

    def statement(self, content: str) -> None:
        """Add a line of statements, which is no line of the letter."""
        for part in self._mask.found_in(content):
            self._depth += (part.tag in {"if", "for"}) - part.tag.startswith("end")
        self.lines.append(content)

    def block(self, lines: Sequence[str]) -> None:
        """Add the lines of a block."""
        if not lines:
            return
        self.lines += ["", *lines] if self._apart and self._begun else lines
        if self._depth == 0:
            self._begun = True
        elif self._apart and not self._begun:
            self.lines.append("")
