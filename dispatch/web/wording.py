"""What the readers' pages and letters say, in the newsletter's language: TOML files in the folder `words`."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files

_FALLBACK = "en"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """Phrases by page and part. `known` fills their places; `language` is what they are in."""

    language: str
    phrases: Mapping[str, Mapping[str, str]]
    known: Mapping[str, str]

    def say(self, page: str, part: str, **more: str) -> str:
        """One phrase; what stands in braces in it is put in, and never read again."""
        words = self.phrases[page][part]
        values = {**self.known, **more}
        pieces = words.split("{")
        filled = [values[name] + rest for name, _, rest in (piece.partition("}") for piece in pieces[1:])]
        return pieces[0] + "".join(filled)


def wording(language: str, **known: str) -> Wording:
    """By the primary tag of the language; English where there are no words in it."""
    primary = language.replace("_", "-").split("-")[0].lower()
    found = files("dispatch.web").joinpath("words", f"{primary}.toml")
    if not found.is_file():
        return wording(_FALLBACK, **known)
    phrases = tomllib.loads(found.read_text(encoding="utf-8"))
    return Wording(language=language, phrases=phrases, known=known)
