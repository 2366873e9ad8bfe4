"""The author's own HTML as plain text: paragraphs, items, cells, links and what stands for pictures."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html.parser import HTMLParser

from dispatch.render.prose import Prose

_BLOCKS = {
    *("address", "article", "aside", "blockquote", "center", "dd", "div", "dl", "dt", "fieldset"),
    *("figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li"),
    *("main", "nav", "ol", "p", "pre", "section", "table", "tbody", "tfoot", "thead", "tr", "ul"),
}
_UNSEEN = {"head", "script", "style", "template", "title"}
_VOID = {"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"}
_HIDDEN = re.compile(r"display\s*:\s*none|mso-hide\s*:\s*all", re.IGNORECASE)

Attributes = Sequence[tuple[str, str | None]]


def words_of_html(html: str, prose: Prose, *, conditional: bool) -> list[tuple[str, str]]:
    """Paragraphs, each with the lead of its first line (`- ` for an item)."""
    reader = _Reader(prose, conditional)
    reader.feed(html)
    reader.close()
    reader.end_paragraph()
    return reader.paragraphs


class _Reader(HTMLParser):
    def __init__(self, prose: Prose, conditional: bool) -> None:
        super().__init__(convert_charrefs=True)
        self.paragraphs: list[tuple[str, str]] = []
        self._prose = prose
        self._conditional = conditional
        self._words = ""
        self._lead = ""
        self._links: list[tuple[str, int]] = []
        self._lists: list[int | None] = []  # of each list that is open: its next number, None for bullets
        self._layout: list[bool] = []  # of each table that is open: whether it only arranges
        self._unseen: list[str] = []

    def end_paragraph(self) -> None:
        """What was read so far is a paragraph, unless it is nothing."""
        lines = [" ".join(line.split()) for line in self._words.split("\n")]
        words = "\n".join(lines).strip("\n ").removesuffix(" |")
        if words:
            self.paragraphs.append((self._lead, words))
            self._lead = ""
        self._words = ""
        self._links = [(target, 0) for target, _ in self._links]

    def handle_starttag(self, tag: str, attrs: Attributes) -> None:
        values = dict(attrs)
        hidden = "hidden" in values or bool(_HIDDEN.search(values.get("style") or ""))
        if self._unseen or ((tag in _UNSEEN or hidden) and tag not in _VOID):
            if not self._unseen or tag == self._unseen[0]:
                self._unseen.append(tag)
            return
        if tag in _BLOCKS:
            self.end_paragraph()
        self._begin(tag, values)

    def _begin(self, tag: str, values: dict[str, str | None]) -> None:
        if tag in {"ul", "ol"}:
            self._lists.append(1 if tag == "ol" else None)
        elif tag == "li":
            self._lead = self._item()
        elif tag == "table":
            self._layout.append(values.get("role") in {"presentation", "none"})
        elif tag in {"td", "th"} and self._layout and self._layout[-1]:
            self.end_paragraph()
        elif tag in {"td", "th"}:
            self._words += " | " if self._words.strip() else ""
        elif tag == "a":
            self._links.append((values.get("href") or "", len(self._words)))
        elif tag == "br":
            self._words += "\n"
        elif tag == "img" and values.get("alt"):
            self._words += self._prose.picture(values["alt"] or "")

    def _item(self) -> str:
        number = self._lists[-1] if self._lists else None
        if number is None:
            return "  " * (len(self._lists) - 1) + "- "
        self._lists[-1] = number + 1
        return "  " * (len(self._lists) - 1) + f"{number}. "

    def handle_endtag(self, tag: str) -> None:
        if self._unseen:
            if tag == self._unseen[0]:
                self._unseen.pop()
            return
        if tag == "a" and self._links:
            target, start = self._links.pop()
            self._words += self._prose.behind(target, self._words[start:], conditional=self._conditional)
        if tag in _BLOCKS:
            self.end_paragraph()
        if tag in {"ul", "ol"} and self._lists:
            self._lists.pop()
        if tag == "table" and self._layout:
            self._layout.pop()

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self._words += re.sub(r"\s+", " ", data)
