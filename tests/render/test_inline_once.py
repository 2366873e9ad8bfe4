"""Inline once, then fill = fill, then inline: what makes one inlining enough for a million copies."""

from __future__ import annotations

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import html as lxml_html

from dispatch.render.inline import inlined
from dispatch.render.personal import Mask
from tests.render.documents import DOCUMENTS
from tests.render.hostile import HOSTILE
from tests.render.pages import BARE_HTML, LINKS, page_of
from tests.render.test_wire import assert_on_the_wire

FIELDS = st.fixed_dictionaries(
    {
        "email": st.just("a@example.com"),
        "name": st.sampled_from(["Ann", "", *HOSTILE]),
        "plan": st.sampled_from(["pro", "free", ""]),
        "url": st.sampled_from(["https://example.com/?a=1&b=2", "javascript:1", "mailto:a@example.com"]),
        "tags": st.sampled_from(["", "a", "a, b, <c>"]),
    }
)
CSS = (
    "p { margin: 0 } a { color: red } .data td { padding: 1px } li { margin: 2px } li ul { margin: 3px } "
    ".callout { border: 1px solid } .callout p { margin: 4px } h2 { color: blue } "
    "td code, p code { color: green } "
    "tr { color: red } dd { margin: 1px } figure img { width: 5px } ol { padding: 1px } "
    ".own { margin-left: 2px } "
    "li li p, .own b { margin: 6px !important } pre code { top: 0 } "
    "blockquote p { margin: 5px } strong { font-weight: bold } ul { padding: 0; padding-left: 9px }"
)


def styled(attribute: str) -> dict[str, str]:
    return {"bare/html.jinja": BARE_HTML.replace("</head>", f"<style{attribute}>{CSS}</style></head>")}


def canonical(html: str) -> str:
    """The page as a tree; a separator at the end of a style says nothing."""
    written = lxml_html.tostring(lxml_html.document_fromstring(html), encoding="unicode", method="xml")
    return re.sub(r';\s*"', '"', str(written))


def assert_the_order_does_not_matter(document: str, readers: tuple[dict[str, str], ...]) -> None:
    once = page_of(document, layout=styled(""))
    never = page_of(document, layout=styled(' data-premailer="ignore"'))
    for fields in readers:
        first, last = once.read(fields, LINKS), never.read(fields, LINKS)
        assert first.html is not None
        assert last.html is not None
        assert canonical(first.html) == canonical(inlined(last.html, Mask(""), [], file="page"))
        assert first.text == last.text
        assert_on_the_wire(b"".join(once.fill(fields, LINKS).text).decode())


UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


@settings(UNHURRIED, max_examples=60)
@given(DOCUMENTS, st.tuples(FIELDS, FIELDS))
def test_the_order_does_not_matter(document: str, readers: tuple[dict[str, str], ...]) -> None:
    """What makes one inlining enough for a million copies."""
    assert_the_order_does_not_matter(document, readers)


@pytest.mark.slow
@pytest.mark.timeout(1200)
@settings(UNHURRIED, max_examples=600)
@given(DOCUMENTS, st.tuples(FIELDS, FIELDS))
def test_the_order_matters_in_none_of_many_documents(
    document: str, readers: tuple[dict[str, str], ...]
) -> None:
    """The same with ten times as many, for the machine that checks every change."""
    assert_the_order_does_not_matter(document, readers)
