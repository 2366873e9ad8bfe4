"""Small pages to look at: an issue of one body in a layout of one block."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from dispatch.model.issue import Issue
from dispatch.model.settings import Newsletter
from dispatch.render.page import Links, Page, ReadableCopy, compile_page

LINKS = Links("https://example.com/u/1", "https://example.com/p/1", "")
ANN = {
    "email": "ann@example.com",
    "name": "Ann",
    "plan": "pro",
    "url": "https://example.com/a?b=1",
    "tags": "a, b",
}
BARE_HTML = """<!DOCTYPE html>
<html><head><title>{{ issue.title }}</title></head>
<body>
{{ content }}</body></html>
"""
BARE_TEXT = "{{ content }}"
BARE = {"bare/html.jinja": BARE_HTML, "bare/text.jinja": BARE_TEXT}


def page_of(
    body: str,
    *,
    layout: Mapping[str, str] | None = None,
    columns: Collection[str] = tuple(ANN),
    newsletter: Newsletter | None = None,
    images: Mapping[str, bytes] | None = None,
    image_host: str | None = None,
    build: Mapping[str, Any] | None = None,
    layout_name: str = "bare",
    **front_matter: Any,
) -> Page:
    """The page of an issue whose body begins on line 5 of issues/x.md."""
    given: dict[str, Any] = {
        "file": "issues/x.md",
        "slug": "x",
        "subject": "News",
        "layout": layout_name,
        "body_line": 5,
        "lines": {"subject": 2, "preheader": 3, "layout": 4},
    }
    return compile_page(
        Issue(**{**given, **front_matter, "body": body}),
        templates={**BARE, **(layout or {})}.get,
        newsletter=newsletter or Newsletter(),
        columns=columns,
        build=build,
        images=(images or {}).get,
        image_host=image_host,
    )


def read(body: str, fields: Mapping[str, str] | None = None, **more: Any) -> ReadableCopy:
    """What Ann, or somebody with other fields, reads."""
    return page_of(body, **more).read({**ANN, **(fields or {})}, LINKS)


def html_of(body: str, fields: Mapping[str, str] | None = None, **more: Any) -> str:
    """The inside of the HTML body, without the blank lines at its ends."""
    html = read(body, fields, **more).html
    assert html is not None
    return html.split("<body>", 1)[1].rsplit("</body>", 1)[0].strip("\n")


def text_of(body: str, fields: Mapping[str, str] | None = None, **more: Any) -> str:
    """The text part."""
    return read(body, fields, **more).text
