"""The built-in layouts around the sample issue, or around a specimen that has one of everything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from dispatch.model.settings import Newsletter
from dispatch.model.theme import Theme
from dispatch.read.issue_file import read_issue
from dispatch.render.page import Links, Page, ReadableCopy, compile_page

ROOT = Path(__file__).resolve().parent.parent
LAYOUTS = ("digest", "letter", "plain")
WITH_HTML = ("digest", "letter")
SAMPLE = ROOT / "issues" / "2026-11-20-after-the-dot.md"
SPECIMEN = ROOT / "tests" / "golden" / "specimen.md"
IMAGES = ROOT / "issues"
READER = {"email": "ann@example.com", "name": "Ann Meier", "plan": "pro", "city": "Zurich"}
LINKS = Links(
    "https://postmark.example.com/u/1",
    "https://postmark.example.com/p/1",
    "https://postmark.example.com/after-the-dot",
)
NEWSLETTER = {
    "name": "The Postmark",
    "tagline": "A weekly letter on how mail really works",
    "from": "Ann Meier <letters@example.com>",
    "postal_address": "The Postmark, 12 Canal Street, 8001 Zurich, Switzerland",
    "public_url": "https://postmark.example.com",
}


def built_in(name: str) -> str | None:
    """The source of a built-in template."""
    path = ROOT / "templates" / name
    return path.read_text(encoding="utf-8") if path.is_file() else None


def picture(name: str) -> bytes | None:
    """A picture of the sample issue, which is also the logo where one is wanted."""
    path = IMAGES / name
    return path.read_bytes() if path.is_file() else None


def page_in(
    layout: str,
    *,
    source: Path = SAMPLE,
    theme: Theme | None = None,
    own: Mapping[str, str] | None = None,
    **newsletter: str,
) -> Page:
    """An issue in a layout; `own` are templates that go before the built-in ones."""

    def template(name: str) -> str | None:
        if own and name in own:
            return own[name]
        return built_in(name.removeprefix("builtin/"))

    issue = replace(read_issue(source.read_bytes(), file=source.name), layout=layout)
    return compile_page(
        issue,
        templates=template,
        newsletter=Newsletter.model_validate({**NEWSLETTER, **newsletter}),
        theme=theme,
        columns=tuple(READER),
        images=picture,
    )


def copy_in(page: Page) -> ReadableCopy:
    """What the reader of the tests gets."""
    return page.read(READER, LINKS)


def html_in(page: Page) -> str:
    """The HTML of it."""
    html = copy_in(page).html
    assert html is not None
    return html
