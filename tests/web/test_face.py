"""The readers' pages: values are text, styles are let in by their hash, a broken template is told at once."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest

from dispatch.errors import TemplateInvalid
from dispatch.model.settings import Newsletter
from dispatch.model.theme import Theme
from dispatch.web.face import Face, Field, Form
from dispatch.web.wording import wording

TEMPLATES = Path(__file__).parents[2] / "templates"
EVIL = '"><script>alert(1)</script>{{ 7 * 7 }}'


def _builtin(name: str) -> str | None:
    path = TEMPLATES / name.removeprefix("builtin/")
    return path.read_text(encoding="utf-8") if path.is_file() else None


def _face(
    templates: Callable[[str], str | None] = _builtin, theme: Theme | None = None, language: str = "en"
) -> Face:
    newsletter = Newsletter(name=EVIL, tagline=EVIL, postal_address=EVIL, language=language)
    words = wording(language, name=newsletter.name, sender="ann@example.com")
    return Face(templates, newsletter, theme or Theme(), words)


def test_values_are_text() -> None:
    """In the newsletter's names, in a field, in a notice."""
    field = Field(name="email", label="E", type="email", value=EVIL, wrong=EVIL)
    page = _face().page("subscribe", forms=[Form(button="B", fields=(field,))], notice=EVIL)
    html = page.body.decode()
    assert "<script" not in html
    assert "{{ 7 * 7 }}" in html
    assert 'aria-invalid="true"' in html


def test_styles_are_let_in_by_their_hash() -> None:
    """And nothing else: no script, no picture, no frame."""
    page = _face().page("left")
    (style,) = re.findall(r"<style>(.*?)</style>", page.body.decode(), re.DOTALL)
    digest = b64encode(sha256(style.encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in page.policy
    assert "img-src 'none'" in page.policy
    assert "script" not in page.policy


def test_a_logo_on_the_web_is_let_in() -> None:
    """From its own host alone."""
    page = _face(theme=Theme(logo="https://pictures.example.com/logo.png")).page("left")
    assert "img-src https://pictures.example.com;" in page.policy
    assert b'src="https://pictures.example.com/logo.png"' in page.body


def test_a_language_without_words_is_english_throughout() -> None:
    """A page that says it is Arabic and speaks English would be read out as nonsense."""
    assert b'<html lang="en" dir="ltr">' in _face(language="ar").page("left").body


@pytest.mark.parametrize(
    "template", ["{% if %}", "{{ nothing }}", "{{ ''.__class__ }}", '{% include "none" %}', "{{ 1 // 0 }}"]
)
def test_a_broken_template_is_told_before_a_reader_sees_it(template: str) -> None:
    """By file and line."""
    with pytest.raises(TemplateInvalid) as caught:
        _face({"web/page.html.jinja": template}.get)
    assert caught.value.file == "templates/web/page.html.jinja"
