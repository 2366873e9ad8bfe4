"""A message of a stranger's taken apart: headers, parts and their text, within fixed bounds.

The email package of the standard library has no bounds: it recurses as deep as the message nests, and some of
its parsing is quadratic. Whoever can write to a bounce address chooses the input, so this reader does less,
never raises over bad syntax, and takes time in proportion to what it reads.
"""

from __future__ import annotations

import binascii
import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice, pairwise

MAX_READ = 1 << 20  # octets of a message that are looked at; what a report says stands at its beginning
MAX_DEPTH = 12
_MAX_PARTS = 60
_MAX_HEADERS = 400
_MAX_VALUE = 4_000
_MAX_TEXT = 1 << 17

_FIELD = re.compile(rb"([!-9;-~]{1,80})[ \t]*:(.*)", re.DOTALL)
_BLANK_LINES = re.compile(rb"\A[ \t\n]+\n")
# Headers that no text mentions at the start of a line before its first blank one.
_SURELY_HEADER = re.compile(
    rb"^(?:content-type|mime-version|message-id|x-[\w-]{1,60}):", re.IGNORECASE | re.MULTILINE
)
_CHARSET = re.compile(
    r"utf-?8|us-ascii|ascii|iso-?8859-?\d{1,2}|windows-?\d{3,4}|cp\d{3,4}|koi8-?[ru]|gb2312|gbk|gb18030|big5|"
    r"shift[-_]?jis|sjis|euc-?(?:jp|kr)|iso-?2022-?(?:jp|kr)(?:-\w{1,3})?|ks_c_5601-1987|tis-620|mac-?roman"
)
_PARAMETER = re.compile(r""";\s*([\w.*-]{1,40})\s*=\s*(?:"([^"]{0,300})"|([^;\s"]{1,300}))""")
_WORD = re.compile(r"=\?([\w.:-]{1,40})(?:\*[\w-]{1,10})?\?([bq])\?([^?]{0,2000})\?=", re.IGNORECASE)
_BETWEEN_WORDS = re.compile(r"(\?=)\s{1,20}(?==\?)")
_TAG = re.compile(r"<(/?\w{1,12})[^<>]{0,2000}>|<!--[^<>]{0,2000}-->")
_STYLE = re.compile(r"<(style|script)\b[^<>]{0,500}>[^<]{0,20000}</\1>", re.IGNORECASE)
_BREAKING = frozenset(
    {"br", "p", "/p", "div", "/div", "tr", "/tr", "li", "h1", "h2", "h3", "pre", "/td", "table"}
)
_WHOLE_MESSAGES = frozenset({"message/rfc822", "message/global", "message/news"})
_ONLY_HEADERS = frozenset({"text/rfc822-headers", "message/global-headers", "message/rfc822-headers"})


class TooDeep(ValueError):
    """Parts within parts, deeper than any mail server makes them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part: names of headers in lower case, values unfolded and decoded. `text` is that of a leaf.

    A message within a message is a part with one child, which has the headers of that message.
    """

    headers: tuple[tuple[str, str], ...] = ()
    kind: str = "text/plain"
    parameters: dict[str, str] = field(default_factory=dict)
    text: str = ""
    children: tuple[Part, ...] = ()

    def get(self, name: str) -> str:
        """The first header of this name; empty when there is none."""
        return next((value for known, value in self.headers if known == name), "")

    def all(self, *names: str) -> list[str]:
        """Every value of these headers, in order."""
        return [value for known, value in self.headers if known in names]

    def walk(self) -> Iterator[Part]:
        """This part and all below it, in the order of the message."""
        yield self
        for child in self.children:
            yield from child.walk()

    @property
    def is_message(self) -> bool:
        """Whether another message, or its headers, is inside."""
        return self.kind in _WHOLE_MESSAGES or self.kind in _ONLY_HEADERS


def take_apart(raw: bytes) -> Part:
    """The parts of a message, of which at most MAX_READ octets are read. Raises TooDeep."""
    lines = raw[:MAX_READ].replace(b"\0", b"").replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    lines = _BLANK_LINES.sub(b"", lines)
    if lines.startswith((b"From ", b">From ")):
        lines = lines.partition(b"\n")[2]
    return _Reader().message(lines, 0)


class _Reader:
    """Counts the parts of one message while it is taken apart."""

    def __init__(self) -> None:
        self._parts = 0

    def message(self, data: bytes, depth: int) -> Part:
        if depth > MAX_DEPTH:
            raise TooDeep(f"parts are nested more than {MAX_DEPTH} deep")
        self._parts += 1
        headers, body = _split(data)
        found = dict(reversed(headers))
        kind, parameters = _content_type(found.get("content-type", ""))
        boundary = parameters.get("boundary", "").encode("utf-8", "surrogateescape")
        if kind.startswith("multipart/") and boundary:
            if pieces := _pieces(body, boundary, _MAX_PARTS - self._parts):
                children = tuple(self.message(piece, depth + 1) for piece in pieces)
                return Part(headers=headers, kind=kind, parameters=parameters, children=children)
            kind = "text/plain"
        body = _transferred(body, found.get("content-transfer-encoding", ""))
        if kind in _WHOLE_MESSAGES:
            inside = (self.message(body.lstrip(b"\n"), depth + 1),)
            return Part(headers=headers, kind=kind, parameters=parameters, children=inside)
        if kind in _ONLY_HEADERS:
            inside = (Part(headers=_split(body.lstrip(b"\n"))[0]),)
            return Part(headers=headers, kind=kind, parameters=parameters, children=inside)
        return Part(headers=headers, kind=kind, parameters=parameters, text=_text(body, kind, parameters))


def _split(data: bytes) -> tuple[tuple[tuple[str, str], ...], bytes]:
    """Headers and body; the first line that is no header ends the headers, as a blank one does.

    Unless more of them follow: what was copied out of a web page has lost the blanks before folded lines.
    """
    blank = data.find(b"\n\n")
    surely = max((mark.start() for mark in _SURELY_HEADER.finditer(data, 0, max(blank, 0))), default=0)
    fields: list[tuple[str, list[bytes]]] = []
    place = 0
    while place < len(data):
        end = data.find(b"\n", place)
        end = len(data) if end < 0 else end
        line = data[place:end]
        match = _FIELD.fullmatch(line)
        if match:
            if len(fields) < _MAX_HEADERS:
                fields.append((match[1].decode("ascii").lower(), [match[2]]))
        elif (
            fields
            and line.strip()
            and (line[:1] in b" \t" or place < surely or fields[-1][1][-1].rstrip().endswith(b";"))
        ):
            fields[-1][1].append(line)
        else:
            place = end + 1 if not line.strip() else place
            break
        place = end + 1
    headers = tuple((name, _value(b"".join(lines)[:_MAX_VALUE])) for name, lines in fields)
    return headers, data[place:]


def _value(raw: bytes) -> str:
    value = _BETWEEN_WORDS.sub(r"\1", _decoded(raw, "").strip())
    return _WORD.sub(_word, value)


def _word(match: re.Match[str]) -> str:
    content = match[3].encode("utf-8", "replace")
    if match[2] in "bB":
        return _decoded(_from_base64(content), match[1])
    return _decoded(binascii.a2b_qp(content, header=True), match[1])


def _content_type(value: str) -> tuple[str, dict[str, str]]:
    kind, _, _ = value.partition(";")
    parameters = {name.lower(): quoted or plain for name, quoted, plain in _PARAMETER.findall(value)}
    return kind.strip().lower() or "text/plain", parameters


def _pieces(body: bytes, boundary: bytes, at_most: int) -> list[bytes]:
    """What stands between the boundaries; a missing last one, as in a message cut short, is no matter."""
    lines = re.finditer(rb"^--" + re.escape(boundary) + rb"(--)?[ \t]*$", body, re.MULTILINE)
    marks = [(mark.start(), mark.end() + 1, bool(mark[1])) for mark in islice(lines, at_most + 1)]
    marks.append((len(body) + 1, 0, True))
    pieces: list[bytes] = []
    for (_, begin, last), (end, _, _) in pairwise(marks):
        if last or len(pieces) == at_most:
            break
        pieces.append(body[begin : max(begin, end - 1)])
    return pieces


def _transferred(body: bytes, encoding: str) -> bytes:
    name = encoding.strip().lower()
    if name == "base64":
        return _from_base64(body)
    if name == "quoted-printable":
        return binascii.a2b_qp(body)
    return body


def _from_base64(data: bytes) -> bytes:
    """What can be decoded; padding is made up, foreign signs are passed over."""
    clean = re.sub(rb"[^A-Za-z0-9+/]", b"", data)
    try:
        return binascii.a2b_base64(clean[: len(clean) - (len(clean) % 4 == 1)] + b"==")
    except binascii.Error:
        return data


def _text(body: bytes, kind: str, parameters: dict[str, str]) -> str:
    if kind.startswith(("image/", "audio/", "video/", "application/")):
        return ""
    text = _decoded(body[:_MAX_TEXT], parameters.get("charset", "")).replace("\r", "")
    return words_of_html(text) if kind == "text/html" else text


def words_of_html(markup: str) -> str:
    """The words of a page, roughly: enough to find an address and a reason."""
    without = _TAG.sub(
        lambda tag: "\n" if (tag[1] or "").lower() in _BREAKING else " ", _STYLE.sub(" ", markup)
    )
    return html.unescape(without).replace("\xa0", " ")


def _decoded(data: bytes, charset: str) -> str:
    """Text by its charset where that is a known one; wrong and misspelt ones are guessed."""
    name = charset.strip().strip("\"'").lower()
    guesses = [name] if _CHARSET.fullmatch(name) else []
    if b"\x1b$" in data:
        guesses.append("iso-2022-jp")
    for guess in (*guesses, "utf-8"):
        try:
            return data.decode(guess)
        except (LookupError, ValueError):
            continue
    return data.decode("latin-1")
