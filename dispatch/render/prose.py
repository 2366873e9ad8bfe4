"""The words of a paragraph as plain text, and the numbered notes that its links become."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from html import unescape

from markdown_it.token import Token

from dispatch.render.footnotes import footnote_number
from dispatch.render.personal import Kind, Mask
from dispatch.render.phrases import Phrases

_MARKS = {"strong": "*", "em": "_", "s": "~"}
_ANCHOR = re.compile(r"<a\b[^>]*?\bhref\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))", re.IGNORECASE)
_ALT = re.compile(r"<img\b[^>]*?\balt\s*=\s*(?:\"([^\"]*)\"|'([^']*)')", re.IGNORECASE)
_ENDS_A_SENTENCE = re.compile(r"[.:!?…。！？]\s*$")


class Notes:
    """The addresses that links point to, numbered once each. `address` makes tokens fit for an address."""

    def __init__(self, address: Callable[[str], str]) -> None:
        self.address = address
        self._waiting: dict[str, int] = {}  # those that still want their line
        self._used = 0

    def mark(self, target: str) -> str:
        """The number that stands behind the words of a link."""
        address = self.address(target)
        if address not in self._waiting:
            self._used += 1
            self._waiting[address] = self._used
        return f"[{self._waiting[address]}]"

    def waiting(self) -> set[str]:
        """The addresses without a line so far."""
        return set(self._waiting)

    def taken(self, addresses: Iterable[str]) -> list[str]:
        """The lines of these addresses, which wait no longer."""
        wanted = set(addresses)
        numbers = {one: number for one, number in self._waiting.items() if one in wanted}
        self._waiting = {one: number for one, number in self._waiting.items() if one not in wanted}
        return [f"[{number}] {one}" for one, number in numbers.items()]


class Prose:
    """What stands within a block."""

    def __init__(self, mask: Mask, notes: Notes, phrases: Phrases) -> None:
        self._mask = mask
        self._notes = notes
        self._phrases = phrases
        self._held = 0

    def pass_statements(self, content: str) -> None:
        """Read a line of statements: what stands behind an open one is there for some readers only.

        Its links bring their addresses with them, for a note at the end of the section would be everybody's,
        and would not know the variable of a loop.
        """
        for part in self._mask.found_in(content):
            self._held += (part.tag in {"if", "for"}) - part.tag.startswith("end")

    def words(self, children: Sequence[Token]) -> str:
        """Inline tokens as text. A link that some readers do not get brings its address with it."""
        written = ""
        links: list[tuple[str, int]] = []
        depth = 0
        for child in children:
            depth += self._depth(child)
            target, ends = self._opens(child), _closes(child)
            if target is not None:
                links.append((target, len(written)))
            elif ends and links:
                target, start = links.pop()
                written += self.behind(target, written[start:], conditional=depth > 0)
            elif not ends:
                written += self._word(child)
        return written.strip()

    def button(self, words: str, target: str) -> list[str]:
        """A button as two lines: what it says, and where it leads."""
        lead = words if _ENDS_A_SENTENCE.search(words) else f"{words}:"
        return [lead, self._notes.address(target)]

    def picture(self, alt: str) -> str:
        """What stands for a picture."""
        return f"[{self._phrases.picture}: {alt}]" if alt else f"[{self._phrases.picture}]"

    def behind(self, target: str, words: str, *, conditional: bool) -> str:
        """What stands behind a link's words."""
        plain = target.removeprefix("mailto:").removeprefix("tel:")
        said = words.strip()
        if said in {target, plain, unescape(plain)} or re.sub(r"https?://", "", plain) == said:
            return ""
        if target.startswith("#") or not target:
            return ""
        if conditional:
            return f" ({self._notes.address(target)})"
        return (" " if said else "") + self.note(target)

    def note(self, target: str) -> str:
        """The number of an address, or the address itself where only some readers get the link."""
        if self._held or self._mask.statement.search(target):
            return f"({self._notes.address(target)})"
        return self._notes.mark(target)

    def _depth(self, child: Token) -> int:
        """How many conditions this token opens, less those that it closes."""
        if child.type != "text":
            return 0
        parts = [part for part in self._mask.found_in(child.content) if part.kind is Kind.STATEMENT]
        return sum((part.tag in {"if", "for"}) - part.tag.startswith("end") for part in parts)

    def _opens(self, child: Token) -> str | None:
        """Where the link leads that this token opens."""
        if child.type == "link_open":
            return str(child.attrs["href"])
        if child.type == "html_inline" and (match := _ANCHOR.match(child.content)):
            return unescape(match[1] or match[2] or match[3] or "")
        return None

    def _word(self, child: Token) -> str:
        if child.type == "image":
            return self.picture(child.content) if child.content else ""
        if child.type == "html_inline":
            return self._tag(child.content)
        if child.type in _WORDS:
            return _WORDS[child.type](child)
        return _MARKS.get(child.type.removesuffix("_open").removesuffix("_close"), "")

    def _tag(self, tag: str) -> str:
        if match := _ALT.match(tag):
            alt = unescape(match[1] or match[2] or "")
            return self.picture(alt) if alt else ""
        return "\n" if re.match(r"<br\b", tag, re.IGNORECASE) else ""


def _closes(child: Token) -> bool:
    return child.type == "link_close" or (
        child.type == "html_inline" and bool(re.match(r"</a\s*>", child.content, re.IGNORECASE))
    )


_WORDS: dict[str, Callable[[Token], str]] = {
    "text": lambda child: child.content,
    "code_inline": lambda child: f"`{child.content}`",
    "softbreak": lambda _child: " ",
    "hardbreak": lambda _child: "\n",
    "footnote_ref": lambda child: f"[n{footnote_number(child)}]",
}
