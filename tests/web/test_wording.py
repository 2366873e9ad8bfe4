"""The words of the readers' pages: whole in each language, and values are never read as words."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from importlib.resources import files

import pytest

from dispatch.web.wording import wording

_FOLDER = files("dispatch.web").joinpath("words")
_LANGUAGES = sorted(one.name.removesuffix(".toml") for one in _FOLDER.iterdir())


def _phrases(language: str) -> Mapping[str, str]:
    pages = tomllib.loads(_FOLDER.joinpath(f"{language}.toml").read_text(encoding="utf-8"))
    return {f"{page}.{part}": words for page, parts in pages.items() for part, words in parts.items()}


@pytest.mark.parametrize("language", _LANGUAGES)
def test_each_language_says_everything(language: str) -> None:
    """The same phrases with the same places as in English, and none empty."""
    english, theirs = _phrases("en"), _phrases(language)
    assert theirs.keys() == english.keys()
    for name, words in theirs.items():
        assert words.strip()
        assert sorted(re.findall(r"{\w+}", words)) == sorted(re.findall(r"{\w+}", english[name])), name


@pytest.mark.parametrize(
    ("tag", "language", "title"),
    [
        ("en-GB", "en-GB", "Leave {x}?"),
        ("de_CH", "de_CH", "{x} abbestellen?"),
        ("FR", "FR", "Se désabonner de {x} ?"),
        ("rm", "en", "Leave {x}?"),
        ("../../x", "en", "Leave {x}?"),
    ],
)
def test_words_by_the_language(tag: str, language: str, title: str) -> None:
    """By the primary tag, else English; a name with braces stays as it is."""
    words = wording(tag, name="{x}")
    assert (words.language, words.say("leave", "title")) == (language, title)
