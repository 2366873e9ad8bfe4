"""Text into quoted-printable (RFC 2045, section 6.7) in pieces that can be joined as they are.

A piece ends at a line end or at a soft line break, so the next piece always begins a line. No line is longer
than 76 bytes, none begins with a dot (nothing is left for SMTP to stuff, RFC 5321 section 4.5.2) or with
`From `, and no two blanks stand together, so that the body is its own relaxed form (RFC 6376, section 3.4.4).
"""

from __future__ import annotations

import quopri
import re
from collections.abc import Callable
from typing import NamedTuple

_WIDTH = 76
_SOFT_BREAK = "=\r\n"

# A value that needs nothing: one line of plain ASCII without `=` and without two blanks together.
_PLAIN = re.compile(r"(?!\.|From )[!-<>-~]++(?: [!-<>-~]++)*+")

# `{` before `{`, `%` or `#` would open something in the template that static text becomes a part of.
_UNSAFE = re.compile(r"[^ -<>-~]+|(?<= ) |\{(?=[{%#])")
_LINE_END = re.compile(r"\r\n?|\n")


class Form(NamedTuple):
    """How texts are finally written: by `encode`. What is `plain` gets no more than the `ending` by it."""

    encode: Callable[[str], str]
    plain: str
    longest_plain: int
    ending: str


def encode(text: str) -> str:
    """One piece of a body. Any line end becomes CRLF; the empty text is the empty piece."""
    if len(text) < _WIDTH and _PLAIN.fullmatch(text):
        return text + _SOFT_BREAK
    *lines, rest = _LINE_END.split(text)
    whole = [_folded(_quoted_line(line), _WIDTH) + "\r\n" for line in lines]
    if rest:
        whole.append(_folded(_quoted(rest), _WIDTH - 1) + _SOFT_BREAK)
    return "".join(whole)


QUOTED_PRINTABLE = Form(encode, _PLAIN.pattern, _WIDTH - 1, _SOFT_BREAK)
AS_IT_IS = Form(str, "(?s:.*)", 1_000, "")


def decode(body: bytes) -> str:
    """What a mail program reads: the text of a body, its lines ended by `\\n`."""
    return quopri.decodestring(body).decode().replace("\r\n", "\n")


def _quoted(line: str) -> str:
    return _UNSAFE.sub(lambda match: _hex(match[0]), line)


def _hex(text: str) -> str:
    return "".join(f"={byte:02X}" for byte in text.encode("utf-8", "replace"))


def _quoted_line(line: str) -> str:
    """Quoted, a blank at the end too: a line must not end in one."""
    return _quoted(line[:-1]) + "=20" if line.endswith(" ") else _quoted(line)


def _folded(line: str, last_width: int) -> str:
    """The line broken softly, its last segment at most `last_width` long."""
    segments = []
    line = _harmless_start(line)
    while len(line) > last_width:
        cut = _WIDTH - 1
        if line[cut - 1] == "=":
            cut -= 1
        elif line[cut - 2] == "=":
            cut -= 2
        segments.append(line[:cut])
        line = _harmless_start(line[cut:])
    return _SOFT_BREAK.join([*segments, line])


def _harmless_start(line: str) -> str:
    if line.startswith("."):
        return "=2E" + line[1:]
    if line.startswith("From "):
        return "=46rom " + line[5:]
    return line
