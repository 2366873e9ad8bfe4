"""The plain text of an issue, written from the blocks that its HTML is made of, for 72 columns.

Links become numbered notes at the end of their section. A line that holds statements only is no line of the
letter: page.py takes it out, its line end with it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from markdown_it.token import Token

from dispatch.render.column import Column
from dispatch.render.container import is_callout
from dispatch.render.footnotes import footnote_number
from dispatch.render.grid import column_widths, labelled, row_lines, rule
from dispatch.render.personal import Kind, Mask
from dispatch.render.phrases import Phrases
from dispatch.render.prose import Notes, Prose
from dispatch.render.raw import words_of_html
from dispatch.render.tree import Node
from dispatch.render.wrap import WIDTH, columns_of, wrapped

_UNDERLINES = {"h1": "=", "h2": "=", "h3": "-"}
_VALUES = {Kind.EXPRESSION, Kind.ADDRESS, Kind.ADDRESS_PART}
_VALUE_WIDTH = 8  # how wide a value is thought to be that is known only per reader
_ROOMY = {"blockquote", "container", "dl", "fence", "figure", "table"}  # they want blank lines around them
_NARROWEST = 20  # however deep a list is nested


def plain_text(
    blocks: Sequence[Node],
    mask: Mask,
    phrases: Phrases,
    address: Callable[[str], str],
    number: Callable[[int], str],
) -> str:
    """The blocks as text, tokens still in it.

    `address` makes the tokens in a link's target into tokens for an address; `number` gives for a list with
    conditional items a token that counts when the copy is filled.
    """
    return _Writer(mask, phrases, Notes(address), number).letter(blocks)


class _Writer:
    def __init__(self, mask: Mask, phrases: Phrases, notes: Notes, number: Callable[[int], str]) -> None:
        self._mask = mask
        self._notes = notes
        self._prose = Prose(mask, notes, phrases)
        self._number = number
        self._branches: list[set[str]] = []

    def letter(self, blocks: Sequence[Node]) -> str:
        column = Column(self._mask)
        for block in blocks:
            if block.type == "statement":
                self._top_statement(block.token.content, column)
                continue
            section = block.type == "heading" and block.token.tag in {"h1", "h2"}
            if (section or block.type == "footnote_block") and not self._branches:
                column.block(self._notes.taken(self._notes.waiting()))
            column.block(self._block(block, WIDTH))
        column.block(self._notes.taken(self._notes.waiting()))
        return "\n".join(column.lines).rstrip("\n") + "\n"

    def _top_statement(self, content: str, column: Column) -> None:
        """Statements between blocks. A branch takes its notes with it, so that they show with it only."""
        for part in self._mask.found_in(content):
            if part.tag in {"elif", "else", "endif", "endfor"} and self._branches:
                column.block(self._notes.taken(self._notes.waiting() - self._branches.pop()))
            if part.tag in {"if", "for", "elif", "else"}:
                self._branches.append(self._notes.waiting())
            if part.tag in {"for", "endfor"}:
                self._prose.pass_statements(part.token)
            column.statement(part.token)

    def _statements(self, content: str) -> str:
        """A line of statements, which says for whom the next lines are."""
        self._prose.pass_statements(content)
        return content

    def _cells(self, row: Node) -> list[str]:
        if row.type == "statement":
            self._prose.pass_statements(row.token.content)
        return [self._prose.words(cell.children[0].token.children or []) for cell in row.children]

    def _blocks(self, blocks: Sequence[Node], width: int, *, apart: bool = True) -> list[str]:
        column = Column(self._mask, apart=apart)
        for block in blocks:
            if block.type == "statement":
                column.statement(self._statements(block.token.content))
            else:
                column.block(self._block(block, max(width, _NARROWEST)))
        return column.lines

    def _block(self, block: Node, width: int) -> list[str]:
        write = getattr(self, f"_{block.type}", None)
        if write:
            lines: list[str] = write(block, width)
            return lines
        return self._blocks(block.children, width)

    # Each method below writes the block that it is named after.

    def _inline(self, block: Node, width: int) -> list[str]:
        return self._wrapped(self._prose.words(block.token.children or []), width)

    def _paragraph(self, block: Node, width: int) -> list[str]:
        if "button-row" in str(block.token.attrs.get("class", "")).split():
            return self._buttons(block.children[0].token.children or [], width)
        return self._blocks(block.children, width)

    def _buttons(self, children: Sequence[Token], width: int) -> list[str]:
        column = Column(self._mask)
        inside: list[Token] = []
        for child in children:
            if child.type == "link_close":
                words, target = self._prose.button(
                    self._prose.words(inside[1:]), str(inside[0].attrs["href"])
                )
                column.block([*self._wrapped(words, width), target])
                inside = []
            elif child.type == "link_open" or inside:
                inside.append(child)
        return column.lines

    def _heading(self, block: Node, width: int) -> list[str]:
        lines = self._blocks(block.children, width)
        underline = _UNDERLINES.get(block.token.tag, "")
        return [*lines, underline * max(map(self._width, lines))] if underline and lines else lines

    def _bullet_list(self, block: Node, width: int) -> list[str]:
        return self._items(block, width, lambda _at: "- ")

    def _ordered_list(self, block: Node, width: int) -> list[str]:
        first = int(block.token.attrs.get("start", 1))
        if any(child.type == "statement" for child in block.children):
            counter = self._number(first)
            return self._items(block, width, lambda _at: f"{counter}. ")
        size = len(str(first + len(block.children) - 1))
        return self._items(block, width, lambda at: f"{first + at:{size}}. ")

    def _items(self, block: Node, width: int, mark: Callable[[int], str]) -> list[str]:
        inside = [one for item in block.children for one in item.children]
        loose = any(
            one.type in _ROOMY or (one.type == "paragraph" and not one.token.hidden) for one in inside
        )
        lines: list[str] = []
        items = [child for child in block.children if child.type == "list_item"]
        for child in block.children:
            if child.type != "list_item":
                lines.append(self._statements(child.token.content))
                continue
            lead = mark(items.index(child))
            room = self._width(lead) if not self._mask.token.search(lead) else 3
            words = self._blocks(child.children, width - room, apart=loose) or [""]
            lines += self._indented(words, lead, " " * room)
            if loose and child is not block.children[-1]:
                lines.append("")
        return lines

    def _blockquote(self, block: Node, width: int) -> list[str]:
        return self._indented(self._blocks(block.children, width - 2), "> ", "> ")

    def _container(self, block: Node, width: int) -> list[str]:
        if not is_callout(block.token):
            return self._blocks(block.children, width)
        title, *inside = block.children
        lines = [*self._block(title, width - 2), *self._blocks(inside, width - 2)]
        return self._indented(lines, "| ", "| ")

    def _fence(self, block: Node, _width: int) -> list[str]:
        lines = block.token.content.expandtabs(4).rstrip("\n").split("\n")
        return self._indented(lines, "    ", "    ")

    _code_block = _fence

    def _hr(self, _block: Node, width: int) -> list[str]:
        return ["* * *".center(width).rstrip()]

    def _figure(self, block: Node, width: int) -> list[str]:
        meta = block.token.meta
        alt, caption = meta["image"].content, self._prose.words(meta["caption"])
        note = f" {self._prose.note(meta['link'])}" if meta["link"] else ""
        # Without words of its own a picture is there for its looks alone.
        words = self._prose.picture(alt) if alt or (note and not caption) else ""
        if not caption:
            return self._wrapped(words + note, width)
        return [*self._wrapped(words, width), *self._wrapped(caption + note, width)]

    def _html_block(self, block: Node, width: int) -> list[str]:
        html = block.token.content
        conditional = bool(self._mask.statement.search(html))
        lines: list[str] = []
        for lead, words in words_of_html(html, self._prose, conditional=conditional):
            inside = self._wrapped(words, width - len(lead))
            lines += self._indented(inside, lead, " " * len(lead))
        return lines

    def _dl(self, block: Node, width: int) -> list[str]:
        """Terms and what they mean, with a blank line before each further term."""
        column = Column(self._mask)
        entry: list[str] = []
        before = ""
        for child in block.children:
            if child.type == "statement" or (child.type == "dt" and before == "dd"):
                column.block(entry)
                entry = []
            if child.type == "statement":
                column.statement(self._statements(child.token.content))
            else:
                entry += self._block(child, width)
            before = child.type
        column.block(entry)
        return column.lines

    def _dd(self, block: Node, width: int) -> list[str]:
        return self._indented(self._blocks(block.children, width - 4), "    ", "    ")

    def _footnote_block(self, block: Node, width: int) -> list[str]:
        return [line for note in block.children for line in self._block(note, width)]

    def _footnote(self, block: Node, width: int) -> list[str]:
        lead = f"[n{footnote_number(block.token)}] "
        return self._indented(self._blocks(block.children, width - len(lead)), lead, " " * len(lead))

    def _footnote_anchor(self, _block: Node, _width: int) -> list[str]:
        return []

    def _table(self, block: Node, width: int) -> list[str]:
        rows = [row for part in block.children for row in part.children]
        words = [self._cells(row) for row in rows]
        widths = column_widths([cells for cells in words if cells], width, self._width)
        if widths is None:
            return self._labelled_rows(rows, words, width)
        aligns = [
            str(cell.token.attrs.get("style", "")).removeprefix("text-align:") for cell in rows[0].children
        ]
        head, *others = zip(rows, words, strict=True)
        lines = [*row_lines(head[1], widths, aligns, self._width), rule(widths)]
        for row, cells in others:
            lines += (
                [row.token.content]
                if row.type == "statement"
                else row_lines(cells, widths, aligns, self._width)
            )
        return lines

    def _labelled_rows(self, rows: Sequence[Node], words: Sequence[list[str]], width: int) -> list[str]:
        column = Column(self._mask)
        for row, cells in zip(rows[1:], words[1:], strict=True):
            if row.type == "statement":
                column.statement(row.token.content)
            else:
                column.block(labelled(words[0], cells, width, self._width))
        return column.lines

    # Lines.

    def _wrapped(self, text: str, width: int) -> list[str]:
        return wrapped(text, width, self._width) if text else []

    def _width(self, text: str) -> int:
        if self._mask.salt not in text:
            return columns_of(text)
        shown = self._mask.replaced(text, lambda part: "x" * _VALUE_WIDTH if part.kind in _VALUES else "")
        return columns_of(shown)

    def _indented(self, lines: Sequence[str], first: str, rest: str) -> list[str]:
        """The lines behind a lead; lines of statements have none, and no lead is spent on them."""
        written = []
        lead = first
        for line in lines:
            if line and not self._mask.token.sub("", line).strip() and self._mask.statement.search(line):
                written.append(line)
                continue
            written.append((lead + line).rstrip())
            lead = rest
        return written
