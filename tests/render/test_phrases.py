"""Words of our own in the letter's language."""

from __future__ import annotations

import pytest

from dispatch.model.settings import Newsletter
from dispatch.render.phrases import phrases_of
from tests.render.pages import html_of


def test_titles_are_in_the_language_too() -> None:
    """Of a callout that has none of its own, and what stands for a picture."""
    german = Newsletter(language="de")
    assert '<p class="callout-title">Hinweis</p>' in html_of("::: note\na\n:::", newsletter=german)
    assert 'title="Zum Vergrößern klicken"' in html_of("![a](https://e.com/a.png)", newsletter=german)


@pytest.mark.parametrize("language", ["de", "de-CH", "DE_at"])
def test_a_region_speaks_its_language(language: str) -> None:
    """However its tag is written."""
    assert phrases_of(language).picture == "Bild"


def test_english_where_we_have_no_words() -> None:
    """But the quotes are those of the language."""
    polish = phrases_of("pl")
    assert (polish.picture, polish.quotes[0]) == ("Image", "„")
