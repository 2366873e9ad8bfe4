"""What a letter says of itself in its own language: quotation marks, titles of callouts, and the like."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrases:
    """Words and signs of one language. `quotes` are the outer pair, then the inner one."""

    quotes: tuple[str, str, str, str]
    callouts: dict[str, str]
    enlarge: str
    picture: str


def phrases_of(language: str) -> Phrases:
    """By a BCP 47 tag; English words where we have no others."""
    tag = language.replace("_", "-").lower()
    primary, _, region = tag.partition("-")
    note, tip, warning, enlarge, picture = _WORDS.get(primary, _WORDS["en"])
    return Phrases(
        quotes=_QUOTES.get(f"{primary}-{region[-2:]}") or _QUOTES.get(primary, _ENGLISH),
        callouts={"note": note, "tip": tip, "warning": warning},
        enlarge=enlarge,
        picture=picture,
    )


_WORDS = {
    "en": ("Note", "Tip", "Warning", "Click to enlarge", "Image"),
    "de": ("Hinweis", "Tipp", "Achtung", "Zum Vergrößern klicken", "Bild"),
    "es": ("Nota", "Consejo", "Atención", "Clic para ampliar", "Imagen"),
    "fr": ("Note", "Conseil", "Attention", "Cliquer pour agrandir", "Image"),
    "it": ("Nota", "Consiglio", "Attenzione", "Clicca per ingrandire", "Immagine"),
    "nl": ("Opmerking", "Tip", "Let op", "Klik om te vergroten", "Afbeelding"),
    "pt": ("Nota", "Dica", "Atenção", "Clique para ampliar", "Imagem"),
}

_Quotes = tuple[str, str, str, str]
_ENGLISH: _Quotes = ("“", "”", "‘", "’")
_GERMAN: _Quotes = ("„", "“", "‚", "‘")
_GUILLEMETS: _Quotes = ("«", "»", "“", "”")
_NORDIC: _Quotes = ("”", "”", "’", "’")
_SWISS: _Quotes = ("«", "»", "‹", "›")
_CORNERS: _Quotes = ("「", "」", "『", "』")
# After CLDR, which gives German quotes to Switzerland too; its printers use guillemets.
_QUOTES: dict[str, _Quotes] = {
    **dict.fromkeys(("bg", "cs", "de", "et", "is", "lt", "sk", "sl"), _GERMAN),
    **dict.fromkeys(("ar", "be", "el", "es", "fa", "it", "pt-pt"), _GUILLEMETS),
    **dict.fromkeys(("fi", "sv"), _NORDIC),
    **dict.fromkeys(("de-ch", "de-li", "fr-ch", "it-ch"), _SWISS),
    **dict.fromkeys(("ja", "zh-tw", "zh-hk"), _CORNERS),
    **dict.fromkeys(("ru", "uk"), ("«", "»", "„", "“")),
    **dict.fromkeys(("nb", "nn", "no"), ("«", "»", "‘", "’")),
    **dict.fromkeys(("hr", "sr"), ("„", "”", "’", "’")),
    "fr": ("«\u00a0", "\u00a0»", "‹\u00a0", "\u00a0›"),
    "he": ("”", "”", "’", "’"),
    "hu": ("„", "”", "»", "«"),
    "pl": ("„", "”", "«", "»"),
    "ro": ("„", "”", "«", "»"),
}
