"""Addresses that a text mentions, found without reading any of it twice."""

from __future__ import annotations

import re
from collections.abc import Iterator

_MAX_FOUND = 400
# Neither punctuation nor, in text that is written without blanks, the East Asian letters before an address.
_NEVER = r"\s<>()\[\]\"',;:@\\|\u2010-\u2027\u3000-\u9fff\uac00-\ud7af\uff00-\uffef"
_LOCAL_END = re.compile(rf"[^={_NEVER}]{{1,64}}$")
_TAGGED_LOCAL_END = re.compile(rf"[^{_NEVER}]{{1,64}}$")  # `=` as in VERP
_LABEL = r"[^\W_\u3000-\u9fff\uac00-\ud7af\uff00-\uffef](?:[\w-]{0,61}[^\W_])?"
_DOMAIN = re.compile(
    rf"{_LABEL}(?:\.{_LABEL})" + r"{1,10}|\[\d{1,3}(?:\.\d{1,3}){3}\]|localhost\b",
)
# Who signs reports and answers questions; nobody's newsletter goes there.
_OFFICIALS = re.compile(
    r"mailer[-_.]?daemon|mail[-_.]?daemon|mdaemon|postmaster|abuse|no-?reply|do-?not-?reply|help-?desk|support|"
    r"hostmaster|webmaster-?noreply|bounces?|notify|daemon|mail[-_.]?admin|antispam|admin-?noreply",
    re.IGNORECASE,
)


def mentioned(text: str) -> Iterator[str]:
    """Every address in the text, in order, as it is spelled there."""
    for _, address in placed(text):
        yield address


def placed(text: str) -> Iterator[tuple[int, str]]:
    """The addresses with the places of their first characters."""
    place = -1
    for _ in range(_MAX_FOUND):
        place = text.find("@", place + 1)
        if place < 0:
            return
        before = text[max(0, place - 64) : place]
        local = (
            _TAGGED_LOCAL_END.search(before)
            if "+" in before or "bounce" in before
            else _LOCAL_END.search(before)
        )
        domain = _DOMAIN.match(text, place + 1)
        if local and domain and not local[0].startswith("."):
            found = f"{local[0].strip('.`*')}@{domain[0].rstrip('-')}"
            yield place - len(local[0]), found


def is_official(address: str) -> bool:
    """Whether this is the address of a mail system and not of a reader."""
    return bool(_OFFICIALS.fullmatch(address.partition("@")[0].partition("+")[0]))


def is_same(one: str, other: str) -> bool:
    """Whether two spellings are one address, as far as one can tell without more."""
    return one.lower() == other.lower()
