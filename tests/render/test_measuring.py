"""A copy is measured without being written: the same subject, the same size, the same complaints."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dispatch.errors import IssueInvalid
from dispatch.render.page import Page
from tests.render.documents import DOCUMENTS
from tests.render.pages import ANN, LINKS, page_of
from tests.render.test_inline_once import FIELDS


def _assert_measured_as_filled(page: Page, *readers: dict[str, str]) -> None:
    measured = page.measuring(LINKS)
    for fields in readers:
        copy = page.fill(fields, LINKS)
        assert measured(fields) == (copy.subject, sum(map(len, copy.html or [])))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(document=DOCUMENTS, readers=st.lists(FIELDS, min_size=2, max_size=5))
def test_what_is_measured_is_what_is_filled(document: str, readers: list[dict[str, str]]) -> None:
    """Whatever stands in the letter, for one reader after another, and for the same ones again."""
    subject = "{% if subscriber.name %}For {{ subscriber.name }}{% else %}News{% endif %}"
    _assert_measured_as_filled(page_of(document, subject=subject), *readers, *readers)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("{{ subscriber.name }} {{ subscriber.name | default('x') }}", id="values of one cell"),
        pytest.param("{% if view_url %}V{% else %}{{ unsubscribe_url }}{% endif %}", id="links alone"),
        pytest.param("{% if subscriber.plan %}{{ subscriber.plan }}{% endif %}", id="a choice by one cell"),
        pytest.param("{% if subscriber.plan %}{{ subscriber.name }}{% endif %}", id="a choice by two cells"),
        pytest.param("{% if not view_url %}{{ subscriber.name | upper }}{% endif %}", id="what Jinja makes"),
        pytest.param(
            "{% if subscriber.plan %}{% for one in subscriber.tags | list %}{{ one }}{% endfor %}{% endif %}",
            id="a loop",
        ),
        pytest.param("{% set who = subscriber.name %}{{ who }}", id="a name of its own"),
    ],
)
def test_every_kind_of_part_is_measured(body: str) -> None:
    """Equal cells, other cells, empty ones and long ones."""
    others = [{"name": "Zoë"}, {"plan": ""}, {"name": "", "tags": ""}, {"name": "x" * 5000, "plan": "<b>"}]
    _assert_measured_as_filled(page_of(body), ANN, *({**ANN, **one} for one in others), ANN)


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        pytest.param("{{ 6 // (subscriber.name | length) }}", r"issues/x.md:5: .* fails for", id="a value"),
        pytest.param("{% if subscriber.name | int // 0 %}x{% endif %}", r"fails for", id="a question"),
    ],
)
def test_what_fails_is_told_as_filling_tells_it(body: str, complaint: str) -> None:
    """With the place in the issue."""
    page, fields = page_of(body), {**ANN, "name": ""}
    with pytest.raises(IssueInvalid) as filled:
        page.fill(fields, LINKS)
    with pytest.raises(IssueInvalid, match=complaint) as measured:
        page.measuring(LINKS)(fields)
    assert str(measured.value) == str(filled.value)


def test_a_column_that_is_not_there_is_told() -> None:
    """An older plan may lack what the letter uses now."""
    page = page_of("{{ subscriber.name }}")
    with pytest.raises(IssueInvalid, match="there is no column 'name'"):
        page.measuring(LINKS)({"email": "a@example.com"})
