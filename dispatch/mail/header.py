"""Header fields as bytes, in any script, and never more fields than were meant (RFC 5322, RFC 2047).

Our own and fast, because the standard library's EmailMessage is too slow for the sending loop and too
trusting for values out of a CSV; the tests hold every field against its parser.
"""

from __future__ import annotations

import re
from binascii import b2a_base64

from dispatch.model.address import Address, Mailbox

LINE = 76  # RFC 2047 section 2 for lines with encoded-words; the 78 of RFC 5322 has two to spare for relays
LONGEST_LINE = 998  # RFC 5322 section 2.1.1: a server may refuse more
_ENCODED_WORD = 75
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
# A run of good characters is matched several times faster than a bad one is searched for.
_GOOD_URI = re.compile(r"[!-;=?-~]+")
_GOOD_ADDRESS = re.compile(r"[A-Za-z0-9.@_+-]+")
_NOT_IN_ADDRESS = re.compile(r'[\s\x00-\x20\x7f-\x9f\u2028\u2029\ud800-\udfff<>()\[\]:;,\\"]|=\?')
_NOT_IN_PLAIN = re.compile(r"[^ -~]|=\?")
_NOT_IN_URI = re.compile(r"[^!-~]|[<>]|=\?")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,49}")  # the longest leaves room for an encoded-word beside it
_WORD = re.compile(r" *[^ ]+")
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?: [A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")


class HeaderUnsafe(ValueError):
    """A value that no header field can hold; the message never repeats the offending text itself."""

    def __init__(self, field: str, culprit: str) -> None:
        place = f"the header field {field}" if field else "a header field"
        super().__init__(f"{culprit} cannot stand in {place}")
        self.field = field
        self.culprit = culprit


def check_header_value(value: str, *, field: str = "") -> None:
    """Refuse C0 (tabs and line ends), DEL, C1 (NEL), U+2028/9 and lone surrogates. Raises HeaderUnsafe."""
    if value.isascii() and value.isprintable():
        return
    if found := _CONTROL.search(value):
        raise HeaderUnsafe(field, _named(found))


def check_field_name(name: str) -> None:
    """Refuse what is no field name, or one of more than 50 characters. Raises HeaderUnsafe."""
    if not _NAME.fullmatch(name):
        raise HeaderUnsafe(ascii(name[:50]), "any value")


def text_field(name: str, value: str) -> bytes:
    """An unstructured field such as Subject: folded ASCII as it is, everything else as encoded-words.

    Encoded are also a literal `=?`, blanks at the ends and words that fit no line. Raises HeaderUnsafe.
    """
    check_header_value(value, field=name)
    room = LINE - len(name) - 2
    folded = _folded(value, room) if _survives_as_it_is(value) else None
    if folded is None:
        folded = "\r\n ".join(_encoded_words(value, room))
    return f"{name}: {folded}\r\n".encode("ascii")


def plain_field(name: str, value: str) -> bytes:
    """A field that is never encoded nor folded, such as Message-ID: ASCII only. Raises HeaderUnsafe."""
    if found := _NOT_IN_PLAIN.search(value):
        raise HeaderUnsafe(name, _named(found))
    if len(name) + 2 + len(value) > LONGEST_LINE:
        raise HeaderUnsafe(name, f"a value of {len(value)} characters")
    return f"{name}: {value}\r\n".encode("ascii")


def uri_field(name: str, *uris: str) -> bytes:
    """URIs in angle brackets, folded only between them (RFC 2369). Raises HeaderUnsafe."""
    for uri in uris:
        if not _GOOD_URI.fullmatch(uri) or "=?" in uri:
            raise HeaderUnsafe(name, _named(_NOT_IN_URI.search(uri)))
        if len(name) + len(uri) + 5 > LONGEST_LINE:
            raise HeaderUnsafe(name, f"an address of {len(uri)} characters")
    return (f"{name}: <" + ">,\r\n <".join(uris) + ">\r\n").encode("ascii")


def mailbox_field(name: str, *mailboxes: Mailbox) -> bytes:
    """From, To or Reply-To: names as atoms, quoted or encoded, addresses whole and never encoded.

    Blanks around a name are dropped. A local part outside of ASCII stands in raw UTF-8 (RFC 6532).
    Raises HeaderUnsafe.
    """
    units: list[str] = []
    for mailbox in mailboxes:
        check_header_value(mailbox.name, field=name)
        address = checked_address(name, mailbox.address)
        phrase = _phrase(mailbox.name.strip(), LINE - len(name) - 2)
        units += [*phrase, f"<{address}>," if phrase else f"{address},"]
    units[-1] = units[-1][:-1]
    return filled_field(name, units)


def checked_address(field: str, address: Address) -> str:
    """The address as it stands in a header. Raises HeaderUnsafe for what would end it early or be decoded."""
    text = address.envelope
    if not _GOOD_ADDRESS.fullmatch(text) and (found := _NOT_IN_ADDRESS.search(text)):
        raise HeaderUnsafe(field, _named(found))
    return text


def filled_field(name: str, units: list[str]) -> bytes:
    """A field of units that are safe and never break; the first stands beside the field's name."""
    line, lines = f"{name}: {units[0]}", []
    for unit in units[1:]:
        if len(line) + 1 + len(unit) > LINE:
            lines.append(line)
            line = f" {unit}"
        else:
            line += f" {unit}"
    return ("\r\n".join([*lines, line]) + "\r\n").encode()


def quoted(text: str) -> str:
    """A quoted-string of RFC 5322."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def is_quotable(text: str) -> bool:
    """Whether a quoted-string carries this text through every parser unchanged."""
    return _survives_as_it_is(text) and text.isprintable() and "  " not in text


def _survives_as_it_is(value: str) -> bool:
    return value.isascii() and "=?" not in value and value == value.strip()


def _named(found: re.Match[str] | None) -> str:
    if found is None:
        return "an empty value"
    return "the character " + " ".join(f"U+{ord(character):04X}" for character in found[0])


def _folded(value: str, room: int) -> str | None:
    """`value` with line ends before its blanks, or None when a word fits no line."""
    if len(value) <= room:
        return value
    lines, line = [], ""
    for word in _WORD.findall(value):
        if len(line) + len(word) <= room:
            line += word
            continue
        if not line or len(word) > LINE:
            return None
        lines.append(line)
        line, room = word, LINE
    return "\r\n".join([*lines, line])


def _encoded_words(value: str, room: int) -> list[str]:
    """`value` in base64 encoded-words, cut between characters; the first is at most `room` long."""
    octets, words, start = value.encode(), [], 0
    while start < len(octets):
        end = start + (min(room, _ENCODED_WORD) - 12) // 4 * 3
        while end < len(octets) and octets[end] & 0xC0 == 0x80:
            end -= 1
        words.append(f"=?UTF-8?B?{b2a_base64(octets[start:end], newline=False).decode('ascii')}?=")
        start, room = end, _ENCODED_WORD
    return words


def _phrase(name: str, room: int) -> list[str]:
    """A display name as units between which a line may end."""
    if not name:
        return []
    if is_quotable(name):
        text = name if _ATOMS.fullmatch(name) else quoted(name)
        if len(text) <= room:
            return [text]
    return _encoded_words(name, room)
