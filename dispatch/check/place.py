"""Where things stand: lines of the sources that a page is made of, found again in the finished page.

Tags that an author wrote in HTML are stamped with their place before the page is made. What Markdown made has
no stamp; it is looked for in the issue by its words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import unquote

STAMP = "data-dispatch-at"
_TAG = re.compile(r"\{[{%#]|<([a-zA-Z][a-zA-Z0-9]*)(?=[\s/>])")
_CLOSINGS = {"{{": "}}", "{%": "%}", "{#": "#}"}
_TYPOGRAPHY = str.maketrans(
    {"’": "'", "‘": "'", "“": '"', "”": '"', "–": "", "—": "", "…": "", "\u00a0": " "}
)
_MARKS = re.compile(r"[*_`~\\]|\.{2,}|-{2,}")
_SHORTEST = 3


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands, for a person to go to. `line` is 1-based; None is the whole file."""

    file: str
    line: int | None = None

    def __str__(self) -> str:
        return self.file if self.line is None else f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A file that a page is made of. `text` begins at line `first`; the issue's is its body."""

    file: str
    text: str
    first: int = 1


class Sources:
    """The issue and the templates of a page, and what stands where in them."""

    def __init__(self, issue: Source, templates: Iterable[Source] = ()) -> None:
        self.issue = issue
        self.all: tuple[Source, ...] = (issue, *templates)
        self._plain = [_plain(line) for line in issue.text.split("\n")]

    def at(self, stamp: str) -> Place | None:
        """The place that a stamp names."""
        number, _, line = stamp.partition("-")
        if not (number.isdecimal() and line.isdecimal() and int(number) < len(self.all)):
            return None
        return Place(self.all[int(number)].file, int(line))

    def find(self, wanted: str, *, nth: int = 0, start: int = 1) -> Place | None:
        """The nth place where a text stands literally, the issue first, from its line `start` on."""
        if not wanted:
            return None
        places = [
            Place(source.file, number)
            for source in self.all
            for number, line in enumerate(source.text.split("\n"), start=source.first)
            if wanted in line and (source is not self.issue or number >= start)
        ]
        return places[min(nth, len(places) - 1)] if places else None

    def find_last(self, wanted: str) -> Place | None:
        """The last line of the issue, or else of a template, where a text stands."""
        for source in self.all:
            lines = source.text.split("\n")
            for number in range(len(lines) - 1, -1, -1):
                if wanted in lines[number]:
                    return Place(source.file, source.first + number)
        return None

    def find_words(self, words: str, *, start: int = 1) -> Place | None:
        """The first line of the issue, from line `start` on, that has these words, marks not counted."""
        wanted = _plain(words)
        if len(wanted) < _SHORTEST:
            return None
        skipped = max(0, start - self.issue.first)
        for index, line in enumerate(self._plain[skipped:], start=skipped):
            if wanted in line:
                return Place(self.issue.file, self.issue.first + index)
        return None

    def find_style(self, line: str) -> Place | None:
        """The template line that a line of a finished style sheet came from."""
        wanted = line.strip()
        if not wanted:
            return None
        for source in self.all[1:]:
            for number, written in enumerate(source.text.split("\n"), start=1):
                if written.strip() == wanted or _could_be(written.strip(), wanted):
                    return Place(source.file, number)
        return None


def stamped(source: str, number: int, first: int = 1) -> str:
    """The source with every tag stamped, outside of Jinja's delimiters. Lines stay as they are."""
    written: list[str] = []
    position = end = 0
    while match := _TAG.search(source, position):
        if match[1] is None:
            close = source.find(_CLOSINGS[match[0]], match.end())
            position = match.end() if close < 0 else close + 2
            continue
        line = first + source.count("\n", 0, match.start())
        written += [source[end : match.end()], f' {STAMP}="{number}-{line}"']
        position = end = match.end()
    return "".join([*written, source[end:]])


def lines_in_words(lines: Sequence[int], most: int = 10) -> str:
    """`line 4`, `lines 4, 9 and 12`, `lines 1, 2, ... and 990 more`."""
    if len(lines) == 1:
        return f"line {lines[0]}"
    shown = [str(line) for line in lines[:most]]
    if len(lines) > most:
        return f"lines {', '.join(shown)} and {len(lines) - most:,} more"
    return f"lines {', '.join(shown[:-1])} and {shown[-1]}"


def _plain(text: str) -> str:
    """Words without Markdown's marks and typographic signs, so that both sides of the renderer agree."""
    return " ".join(_MARKS.sub("", unquote(text).translate(_TYPOGRAPHY)).split()).casefold()


def _could_be(written: str, finished: str) -> bool:
    """Whether a template line with expressions in it may have become this line."""
    if "{{" not in written:
        return False
    parts = re.split(r"\{\{.*?\}\}", written)
    return len("".join(parts)) > _SHORTEST and bool(re.fullmatch(".*?".join(map(re.escape, parts)), finished))
