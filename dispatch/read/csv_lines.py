"""Bytes in, physical lines out: UTF-8 decoded piece by piece, each line with its own kind of end.

A line ends with LF, CR LF or CR and nothing else. Python's own splitlines() also breaks at U+2028, NEL and
form feeds, which to CSV are signs like any other.
"""

from __future__ import annotations

import codecs
import hashlib
import io
import re
from collections.abc import Iterable, Iterator

LONGEST = 1024 * 1024  # characters of one line or record; what is longer is cut, so that memory stays flat
_UNREADABLE = re.compile("[\0\ud800-\udfff]")


class Lines:
    """Iterates over the lines of a stream.

    A byte that is not UTF-8 comes as the lone surrogate that `surrogateescape` makes of it, and turns
    `suspicious` on, as a NUL does: from then on a reader looks into what it gets (see `unreadable`).
    `sha256` is that of all bytes, in hexadecimal, once the stream is exhausted. `marked` tells of a byte
    order mark at the top, which is no part of a line; `cut`, of a line of which only the beginning came.
    """

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = chunks
        self.suspicious = False
        self.marked = False
        self.cut = False
        self.sha256 = ""

    def __iter__(self) -> Iterator[str]:
        rest = ""
        cutting = False  # within the rest of a line that is too long
        for text in self._texts():
            lines = list(io.StringIO(rest + text, newline=""))
            # A CR at the end may be half of a CR LF, and a line without an end may go on in the next piece.
            rest = lines.pop() if lines and not lines[-1].endswith("\n") else ""
            for line in lines:
                if not cutting:
                    yield line
                cutting = False
            if len(rest) > LONGEST and not rest.endswith("\r"):
                if not cutting:
                    yield rest
                rest, cutting, self.cut = "", True, True
        if rest and not cutting:
            yield rest

    def _texts(self) -> Iterator[str]:
        decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
        digest = hashlib.sha256()
        mark = "\ufeff"  # until the first sign is there; "utf-8-sig" would lose half a mark at the end
        for chunk in self._chunks:
            digest.update(chunk)
            if text := decoder.decode(chunk):
                self.marked = self.marked or (bool(mark) and text.startswith(mark))
                yield self._inspected(text.removeprefix(mark))
                mark = ""
        yield self._inspected(decoder.decode(b"", final=True))
        self.sha256 = digest.hexdigest()

    def _inspected(self, text: str) -> str:
        if not self.suspicious and ("\0" in text or not _is_whole(text)):
            self.suspicious = True
        return text


def unreadable(text: str) -> str | None:
    """What in `text` cannot be read: `a NUL`, `the byte 0xE9, which is not UTF-8`; None when all can."""
    found = _UNREADABLE.search(text)
    if not found:
        return None
    if found[0] == "\0":
        return "a NUL"
    return f"the byte 0x{ord(found[0]) - 0xDC00:02X}, which is not UTF-8"


def _is_whole(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
