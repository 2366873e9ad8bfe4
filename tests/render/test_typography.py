"""Quotes, dashes and dots, by the language of the newsletter."""

from __future__ import annotations

import pytest

from dispatch.model.settings import Newsletter
from tests.render.pages import html_of


@pytest.mark.parametrize(
    ("language", "html"),
    [
        pytest.param("en", "“a ‘b’ c”", id="English"),
        pytest.param("de", "„a ‚b‘ c“", id="German"),
        pytest.param("de-CH", "«a ‹b› c»", id="Swiss German"),
        pytest.param("de-AT", "„a ‚b‘ c“", id="a region like its language"),
        pytest.param("fr", "«\u00a0a ‹\u00a0b\u00a0› c\u00a0»", id="French"),
        pytest.param("sv", "”a ’b’ c”", id="Swedish"),
        pytest.param("zh-Hant-TW", "「a 『b』 c」", id="Chinese in Taiwan"),
        pytest.param("tlh", "“a ‘b’ c”", id="a language that we do not know"),
    ],
)
def test_quotes(language: str, html: str) -> None:
    """The outer pair and the inner one."""
    assert html_of("\"a 'b' c\"", newsletter=Newsletter(language=language)) == f"<p>{html}</p>"


@pytest.mark.parametrize(
    ("body", "html"),
    [
        pytest.param("it's the '90s", "it’s the ’90s", id="decade"),
        pytest.param("rock 'n' roll for 'em", "rock ’n’ roll for ’em", id="letters left out"),
        pytest.param("'Twas 'em' he said", "’Twas ’em’ he said", id="at the start"),
        pytest.param("a -- b --- c...", "a – b — c…", id="dashes and dots"),
        pytest.param("(a), (b), (c), (r)", "(a), (b), (c), (r)", id="letters in brackets stay"),
        pytest.param("`\"a\" -- 'b'`", "<code>\"a\" -- 'b'</code>", id="code stays"),
        pytest.param('"{{ subscriber.name }}"', "“Ann”", id="around a value"),
        pytest.param("{{ subscriber.name }}'s", "Ann’s", id="behind a value"),
    ],
)
def test_signs(body: str, html: str) -> None:
    """As a printer sets them."""
    assert html_of(body) == f"<p>{html}</p>"
