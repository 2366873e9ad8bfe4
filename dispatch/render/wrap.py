"""Lines of plain text: how wide they are, and where they break."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

WIDTH = 72

Measure = Callable[[str], int]

_JOINER, _AS_EMOJI = "\u200d", "\ufe0f"
_SKIN_TONES = range(0x1F3FB, 0x1F400)
_WIDE = (
    "\u1100-\u11ff\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff01-\uff60\uffe0-\uffe6"
    "\U00020000-\U0003fffd"
)
_NEVER_FIRST = (
    "、。，．・：；？！゛゜ヽヾゝゞ々ー’”）〕］｝〉》」』】〙〗〟｠»…‥,.:;?!)\\]}"
    "ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ"
)
_NEVER_LAST = "‘“（〔［｛〈《「『【〘〖〝｟«(\\[{"
# Scripts without blanks between words break between their letters (UAX 14, class ID), not before a full stop.
_BREAK = re.compile(
    rf"(?<=[{_WIDE}])(?<![{_NEVER_LAST}])(?![{_NEVER_FIRST}])|(?<![{_NEVER_LAST}\s])(?=[{_WIDE}])(?![{_NEVER_FIRST}])"
)
_CLOSING, _OPENING = set(_NEVER_FIRST), set(_NEVER_LAST)
_ADDRESS = re.compile(r"([a-z]+://[^\s、。，；：！？「」『』（）《》【】]+)")
_HANGUL = re.compile("[\u1100-\u11ff\uac00-\ud7a3]")  # Korean has blanks between its words


def columns_of(text: str) -> int:
    """How many columns a terminal needs: two for wide letters and emoji, none for combining ones (UAX 11)."""
    if text.isascii():
        return len(text)
    total, before = 0, ""
    for letter in text:
        total += _columns(letter, before)
        before = letter
    return total


def _columns(letter: str, before: str) -> int:
    if letter == _AS_EMOJI:  # it makes a picture, which is wide, of a sign that is narrow
        return int(bool(before) and _columns(before, "") == 1)
    if before == _JOINER or ord(letter) in _SKIN_TONES:
        return 0
    if unicodedata.category(letter) in {"Cf", "Me", "Mn"}:
        return 0
    return 2 if unicodedata.east_asian_width(letter) in "WF" else 1


def wrapped(text: str, width: int, measure: Measure = columns_of) -> list[str]:
    """The text in lines of at most `width`; a longer word, such as an address, has a line of its own."""
    return [line for paragraph in text.split("\n") for line in _filled(paragraph, width, measure)]


def _filled(text: str, width: int, measure: Measure) -> list[str]:
    lines: list[str] = []
    line, used = "", 0
    for word, blank in _words(text):
        size = measure(word)
        if line and used + blank + size > width:
            lines.append(line)
            line, used = word, size
        else:
            line, used = (line + " " * blank + word, used + blank + size) if line else (word, size)
    return [*lines, line]


def _words(text: str) -> list[tuple[str, int]]:
    """What is never broken, each with the blanks before it, one or none."""
    words: list[tuple[str, int]] = []
    for word in re.split("[ \t]+", text.strip(" \t")):
        pieces = [word] if word.isascii() else _pieces(word)
        words += [(piece, int(at == 0)) for at, piece in enumerate(pieces)]
    return words


def _pieces(word: str) -> list[str]:
    """A word cut where its script lets a line end, but never within an address."""
    pieces: list[str] = []
    for part in _ADDRESS.split(word):
        cut = [part] if _ADDRESS.fullmatch(part) or _HANGUL.search(part) else _BREAK.split(part)
        for piece in filter(None, cut):
            if pieces and (piece[0] in _CLOSING or pieces[-1][-1] in _OPENING):
                pieces[-1] += piece
            else:
                pieces.append(piece)
    return pieces
