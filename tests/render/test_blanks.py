"""Holes that empty cells would leave in letters: found where they show, and nowhere else."""

from __future__ import annotations

import pytest

from dispatch.errors import IssueInvalid
from dispatch.render.blanks import Blank
from dispatch.render.page import Links
from tests.render.pages import ANN, BARE_HTML, LINKS, page_of

NOBODY = dict.fromkeys(ANN, "") | {"email": "x@example.com"}


def blanks(body: str, fields: dict[str, str] | None = None, links: Links = LINKS) -> list[str]:
    found = page_of(body).blanks({**NOBODY, **(fields or {})}, links)
    return sorted(blank.source for blank in found)


@pytest.mark.parametrize(
    "body",
    [
        "{{ subscriber.name }}",
        "{{ subscriber['name'] }}",
        "{{ subscriber.name | title }}",
        "{{ subscriber.name | upper | trim }}",
        "{{ subscriber.name ~ ' ' ~ subscriber.plan }}",
        "{{ subscriber.tags | list | join(' ') }}",
        "{{ subscriber.tags | date }}",
        "{{ subscriber.name.split(' ')[0] }}",
        "{% if subscriber.email %}{{ subscriber.name }}{% endif %}",
        "{% if not subscriber.name %}{{ subscriber.name }}{% endif %}",
        "{% if subscriber.name %}a{% else %}{{ subscriber.name }}{% endif %}",
        "{% set n = subscriber.name %}{{ n }}",
        "{% set n = subscriber.name | title %}{% set m = n %}{{ m | upper }}",
        "[x](https://e.com/?n={{ subscriber.name }})",
        "[x]({{ subscriber.url }})",
        "![{{ subscriber.name }}](https://e.com/x.png)",
        "| a |\n|---|\n| {{ subscriber.name }} |",
        "a[^1]\n\n[^1]: For {{ subscriber.name }}",
        '<p title="{{ subscriber.name }}">x</p>',
    ],
)
def test_a_blank(body: str) -> None:
    """It shows a cell, the cell is empty, and nothing stands in for it."""
    (blank,) = page_of(body).blanks(NOBODY, LINKS)
    assert blank.source in body
    assert page_of(body).blanks(ANN, LINKS) == set() or "date" in body


@pytest.mark.parametrize(
    "body",
    [
        "{{ subscriber.name | default('reader') }}",
        "{{ subscriber.name | title | d('reader') }}",
        "{{ (subscriber.name | default('x')) ~ '!' }}",
        "{{ subscriber.name or 'reader' }}",
        "{{ subscriber.name if subscriber.name else 'reader' }}",
        "{{ 'yes' if subscriber.plan }}",
        "{{ subscriber.tags | list | length }}",
        "{{ subscriber.plan == 'pro' }}",
        "{% if subscriber.name %}{{ subscriber.name }}{% endif %}",
        "{% if subscriber.plan == 'pro' %}\n{{ subscriber.name }}\n{% endif %}",
        "{% for tag in subscriber.tags | list %}{{ tag }}{% endfor %}",
        "{% for tag in subscriber.tags | list %}{{ subscriber.name }}{% endfor %}",
        "{% set n = subscriber.name | default('x') %}{{ n }}",
        "{% set n = subscriber.name %}{% for n in subscriber.tags | list %}{{ n }}{% endfor %}",
        "{{ subscriber.email }}",
        "{{ issue.meta.x }}",
        "`{{ subscriber.name }}`",
        "{{ view_url }}",
        "{% if subscriber.gone is defined %}{{ subscriber.gone }}{% endif %}",
    ],
)
def test_no_blank(body: str) -> None:
    """A default, a condition that hides it, a count, or no personal value at all."""
    assert page_of(body, meta={"x": ""}).blanks(NOBODY, LINKS) == set()


def test_only_what_a_reader_would_see() -> None:
    """Of two holes, those behind a condition count for the readers who get that part."""
    body = "{% if subscriber.plan == 'pro' %}\n- {{ subscriber.name }}\n{% endif %}\n- {{ subscriber.tags }}"
    assert blanks(body, {"plan": "pro"}) == ["{{ subscriber.name }}", "{{ subscriber.tags }}"]
    assert blanks(body, {"plan": "free"}) == ["{{ subscriber.tags }}"]
    assert blanks(body, {"plan": "pro", "name": " \t", "tags": "a"}) == ["{{ subscriber.name }}"]
    body = "{% if view_url %}{{ subscriber.name }}{% endif %}"
    assert blanks(body) == []
    assert blanks(body, links=Links("https://u.example.com", view_url="https://v.example.com")) != []


def test_each_has_its_place() -> None:
    """Subject, preheader, body and layout, each with its line; one that shows in two parts counts once."""
    page = page_of(
        "a\n\n{{ subscriber.name }}",
        subject="Dear {{ subscriber.name }}",
        preheader="{{ subscriber.plan }}",
        layout={"bare/html.jinja": BARE_HTML.replace("<body>", "<body>{{ subscriber.tags | upper }}")},
    )
    found = {(blank.file, blank.line, blank.columns) for blank in page.blanks(NOBODY, LINKS)}
    assert found == {
        ("issues/x.md", 2, ("name",)),
        ("issues/x.md", 3, ("plan",)),
        ("issues/x.md", 7, ("name",)),
        ("templates/bare/html.jinja", 3, ("tags",)),
    }


def test_words() -> None:
    """The complaint counts, and the hint shows the cure."""
    blank = Blank(("name",), "{{ subscriber.name }}", "issues/x.md", 5)
    assert blank.in_words(12, 3000) == "name is empty for 12 of 3,000 subscribers and has no default"
    blank = Blank(("name", "plan"), "{{ subscriber.name ~ subscriber.plan }}", "issues/x.md", 5)
    assert blank.in_words(1, 3) == f"{blank.source} shows nothing for 1 of 3 subscribers and has no default"
    assert blank.hint == 'write {{ subscriber.name | default("...") }}, or put an if around it'


def test_an_expression_that_fails_is_an_error() -> None:
    """Looking for holes stops at what filling would stop at."""
    page = page_of("{{ subscriber.name }}{% if subscriber.tags.x %}{% endif %}{{ subscriber.plan }}")
    with pytest.raises(IssueInvalid, match="has no attribute 'x'"):
        page.blanks(NOBODY, LINKS)


@pytest.mark.parametrize(
    ("body", "may"),
    [
        ("Dear {{ subscriber.name }}", True),
        ("Dear {{ subscriber.name | default('friend') }}", False),
        ("This is for {{ subscriber.email }}", False),
        ("This is for {{ subscriber.email }}, {{ subscriber.name }}", True),
        ("Dear reader", False),
    ],
)
def test_whether_a_list_can_make_a_blank(body: str, may: bool) -> None:
    """Everybody on it has an address, so that a letter that shows nothing else bare has none."""
    assert page_of(body).may_have_blanks == may
