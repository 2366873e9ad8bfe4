"""The plain text of an issue, written from the blocks that its HTML is made of, for 72 columns.

Links become numbered notes at the end of their section. A line that holds statements only is no line of the
letter: page.py takes it out, its line end with it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from html import unescape

from markdown_it.token import Token

from dispatch.render.column import Column
from dispatch.render.markdown import CALLOUTS, container_name, footnote_number
from dispatch.render.personal import Kind, Mask
from dispatch.render.tree import Node
from dispatch.render.wrap import WIDTH, column_widths, columns_of, row_lines, wrapped

_MARKS = {"strong": "*", "em": "_", "s": "~"}
_UNDERLINES = {"h1": "=", "h2": "=", "h3": "-"}
_VALUES = {Kind.EXPRESSION, Kind.ADDRESS, Kind.ADDRESS_PART}
_VALUE_WIDTH = 8  # how wide a value is thought to be that is known only per reader
_NO_WORDS = re.compile(r"<!--.*?-->|<(style|script|head)\b.*?</\1\s*>", re.DOTALL | re.IGNORECASE)
_BREAKS = re.compile(r"<br\b[^>]*>|</(?:p|div|tr|li|h[1-6])\s*>", re.IGNORECASE)


def plain_text(
    blocks: Sequence[Node], mask: Mask, address: Callable[[str], str], number: Callable[[int], str]
) -> str:
    """The blocks as text, tokens still in it.

    `address` makes the tokens in a link's target into tokens for an address; `number` gives for a list with
    conditional items a token that counts when the copy is filled.
    """
    return _Writer(mask, address, number).letter(blocks)


def _line_break(child: Token) -> str:
    return "\n" if re.match(r"<br\b", child.content, re.IGNORECASE) else ""


_WORDS: dict[str, Callable[[Token], str]] = {
    "text": lambda child: child.content,
    "code_inline": lambda child: f"`{child.content}`",
    "softbreak": lambda _child: " ",
    "hardbreak": lambda _child: "\n",
    "image": lambda child: f"[Image: {child.content}]" if child.content else "",
    "footnote_ref": lambda child: f"[n{footnote_number(child)}]",
    "html_inline": _line_break,
}


class _Writer:
    def __init__(self, mask: Mask, address: Callable[[str], str], number: Callable[[int], str]) -> None:
        self._mask = mask
        self._address = address
        self._number = number
        self._notes: dict[str, int] = {}  # addresses of this section that still want their line
        self._used = 0
        self._branches: list[set[str]] = []

    def letter(self, blocks: Sequence[Node]) -> str:
        column = Column(self._mask)
        for block in blocks:
            if block.type == "statement":
                self._top_statement(block.token.content, column)
                continue
            if block.type == "heading" and block.token.tag in {"h1", "h2"} and not self._branches:
                column.block(self._flushed(self._notes))
            column.block(self._block(block, WIDTH))
        column.block(self._flushed(self._notes))
        return "\n".join(column.lines).rstrip("\n") + "\n"

    def _top_statement(self, content: str, column: Column) -> None:
        """Statements between blocks. A branch takes its notes with it, so that they show with it only."""
        for part in self._mask.found_in(content):
            if part.tag in {"elif", "else", "endif", "endfor"} and self._branches:
                column.block(self._flushed(set(self._notes) - self._branches.pop()))
            if part.tag in {"if", "for", "elif", "else"}:
                self._branches.append(set(self._notes))
            column.statement(part.token)

    def _flushed(self, addresses: Iterable[str]) -> list[str]:
        wanted = [one for one in self._notes if one in set(addresses)]
        return [f"[{self._notes.pop(one)}] {one}" for one in wanted]

    def _blocks(self, blocks: Sequence[Node], width: int, *, apart: bool = True) -> list[str]:
        column = Column(self._mask, apart=apart)
        for block in blocks:
            if block.type == "statement":
                column.statement(block.token.content)
            else:
                column.block(self._block(block, width))
        return column.lines

    def _block(self, block: Node, width: int) -> list[str]:
        write = getattr(self, f"_{block.type}", None)
        if write:
            lines: list[str] = write(block, width)
            return lines
        return self._blocks(block.children, width)

    # Each method below writes the block that it is named after.

    def _inline(self, block: Node, width: int) -> list[str]:
        return self._wrapped(self._words(block.token.children or []), width)

    def _paragraph(self, block: Node, width: int) -> list[str]:
        if "button-row" in str(block.token.attrs.get("class", "")):
            return self._button(block.children[0].token.children or [], width)
        return self._blocks(block.children, width)

    def _button(self, children: Sequence[Token], width: int) -> list[str]:
        target = self._address(str(children[0].attrs["href"]))
        return [*self._wrapped(self._words(children[1:-1]) + ":", width), target]

    def _heading(self, block: Node, width: int) -> list[str]:
        lines = self._blocks(block.children, width)
        rule = _UNDERLINES.get(block.token.tag, "")
        return [*lines, rule * max(map(self._width, lines))] if rule else lines

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
        loose = any(
            one.type == "paragraph" and not one.token.hidden
            for item in block.children
            for one in item.children
        )
        lines: list[str] = []
        items = [child for child in block.children if child.type == "list_item"]
        for child in block.children:
            if child.type != "list_item":
                lines.append(child.token.content)
                continue
            lead = mark(items.index(child))
            room = self._width(lead) if not self._mask.token.search(lead) else 3
            lines += self._indented(self._blocks(child.children, width - room, apart=loose), lead, " " * room)
            if loose and child is not block.children[-1]:
                lines.append("")
        return lines

    def _blockquote(self, block: Node, width: int) -> list[str]:
        return self._indented(self._blocks(block.children, width - 2), "> ", "> ")

    def _container_box(self, block: Node, width: int) -> list[str]:
        name, title = container_name(block.token)
        if name not in CALLOUTS:
            return (
                [*self._wrapped(title, width), "", *self._blocks(block.children, width)]
                if title
                else self._blocks(block.children, width)
            )
        lines = [*self._wrapped(title, width - 2), *self._blocks(block.children, width - 2)]
        return self._indented(lines, "| ", "| ")

    def _fence(self, block: Node, _width: int) -> list[str]:
        return self._indented(block.token.content.rstrip("\n").split("\n"), "    ", "    ")

    _code_block = _fence

    def _hr(self, _block: Node, width: int) -> list[str]:
        return ["* * *".center(width).rstrip()]

    def _figure(self, block: Node, width: int) -> list[str]:
        meta = block.token.meta
        image, caption, link = meta["image"], str(meta["caption"]), str(meta["link"])
        if link and link != image.attrs["src"]:
            caption += self._note(link)
        words = f"[Image: {image.content}]" if image.content else "[Image]"
        return [*self._wrapped(words, width), *self._wrapped(caption.strip(), width)]

    def _html_block(self, block: Node, width: int) -> list[str]:
        words = _BREAKS.sub("\n", _NO_WORDS.sub("", block.token.content))
        text = unescape(re.sub(r"<[^>]*>", "", words))
        paragraphs = [" ".join(line.split()) for line in text.split("\n")]
        return [line for paragraph in paragraphs if paragraph for line in self._wrapped(paragraph, width)]

    def _dt(self, block: Node, width: int) -> list[str]:
        return self._blocks(block.children, width)

    def _dl(self, block: Node, width: int) -> list[str]:
        return self._blocks(block.children, width, apart=False)

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
        cells = {
            id(row): [self._words(cell.children[0].token.children or []) for cell in row.children]
            for row in rows
        }
        widths = column_widths([cells[id(row)] for row in rows if row.children], width, self._width)
        aligns = [
            str(cell.token.attrs.get("style", "")).removeprefix("text-align:") for cell in rows[0].children
        ]
        lines: list[str] = []
        for row in rows:
            if row.type == "statement":
                lines.append(row.token.content)
                continue
            lines += row_lines(cells[id(row)], widths, aligns, self._width)
            if row is rows[0]:
                lines.append("  ".join("-" * size for size in widths))
        return lines

    # Words within a block.

    def _words(self, children: Sequence[Token]) -> str:
        written = ""
        links: list[tuple[str, int]] = []
        depth = 0
        for child in children:
            depth += sum(
                (part.tag in {"if", "for"}) - part.tag.startswith("end")
                for part in self._mask.found_in(child.content)
                if child.type == "text" and part.kind is Kind.STATEMENT
            )
            if child.type == "link_open":
                links.append((str(child.attrs["href"]), len(written)))
            elif child.type == "link_close" and links:
                target, start = links.pop()
                written += self._link(target, written[start:], conditional=depth > 0)
            else:
                written += self._word(child)
        return written.strip()

    def _word(self, child: Token) -> str:
        if child.type in _WORDS:
            return _WORDS[child.type](child)
        return _MARKS.get(child.type.removesuffix("_open").removesuffix("_close"), "")

    def _link(self, target: str, words: str, *, conditional: bool) -> str:
        """What stands behind a link's words."""
        plain = target.removeprefix("mailto:")
        if words in {target, plain, unescape(plain)} or target.startswith("#"):
            return ""
        if conditional or self._mask.statement.search(target):
            return f" ({self._address(target)})"
        return self._note(target)

    def _note(self, target: str) -> str:
        address = self._address(target)
        if address not in self._notes:
            self._used += 1
            self._notes[address] = self._used
        return f" [{self._notes[address]}]"

    # Lines.

    def _wrapped(self, text: str, width: int) -> list[str]:
        return wrapped(text, width, self._width)

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
