"""Values of a reader handed to macros: shown where the macro shows them, escaped for that place."""

# ruff: noqa: E501 - a case is easier to read on one line

from __future__ import annotations

import pytest

from dispatch.errors import DataError, TemplateInvalid
from dispatch.render.arguments import Handed
from tests.render.pages import ANN, LINKS, html_of, page_of, text_of

MACROS = {
    "bare/macros.jinja": "{% macro button(label, url='#', kind='x') %}"
    '<a class="{{ kind }}" href="{{ url }}">{{ label }}</a>{% endmacro %}'
    "{% macro chip(t) %}<b>{{ t }}</b>{% endmacro %}{% macro ask(t) %}{% if t %}a{% endif %}{% endmacro %}"
    "{% macro same(t) %}{{ t == 'a' }}{% endmacro %}{% macro long(t) %}{{ t | length }}{% endmacro %}"
    "{% macro or(t) %}{{ t | default('d') }}{% endmacro %}{% macro up(t) %}{{ t | upper }}{% endmacro %}"
}


@pytest.mark.parametrize(
    ("body", "html", "text"),
    [
        pytest.param("{{ button('Leave, now', unsubscribe_url) }}", '<a class="x" href="https://example.com/u/1">Leave, now</a>', "Leave, now", id="an address"),
        pytest.param("{{ button(subscriber.name, url=subscriber.url, kind=issue.slug) }}", '<a class="x" href="#">&lt;A&gt;</a>', "<A>", id="by name, with a fact"),
        pytest.param("{{ button('Hi ' ~ subscriber.name, 'https://e.com/' ~ subscriber.name) }}", '<a class="x" href="https://e.com/%3CA%3E">Hi &lt;A&gt;</a>', "Hi <A>", id="joined with words"),
        pytest.param("{{ chip(subscriber.plan | default('none') | upper) }}", "<b>NONE</b>", "NONE", id="with filters"),
        pytest.param("{% for t in subscriber.tags | list %}{{ chip(t) }}{% endfor %}", "<b>a</b><b>b</b>", "ab", id="of a loop"),
        pytest.param("{% set n = subscriber.name %}{{ chip(n) }}", "<b>&lt;A&gt;</b>", "<A>", id="of a set"),
        pytest.param("{{ chip(['x, y', subscriber.name][1]) }}", "<b>&lt;A&gt;</b>", "<A>", id="commas in brackets and texts"),
        pytest.param("{{ chip(\n  subscriber.name\n) }}", "<b>&lt;A&gt;</b>", "<A>", id="over several lines"),
        pytest.param("`{{ chip(subscriber.name) }}`", "<code>{{ chip(subscriber.name) }}</code>", "`{{ chip(subscriber.name) }}`", id="as code"),
        pytest.param("{{ subscriber.name.replace('A', 'B') }}", "&lt;B&gt;", "<B>", id="a method is no macro"),
    ],
)  # fmt: skip
def test_shown(body: str, html: str, text: str) -> None:
    """The macro runs once; its value is the reader's."""
    fields = {"name": "<A>", "url": "javascript:1", "plan": ""}
    assert html_of(body, fields, layout=MACROS) == f"<p>{html}</p>"
    assert text_of(body, fields, layout=MACROS) == f"{text}\n"


@pytest.mark.parametrize(
    ("body", "line", "message"),
    [
        pytest.param("{{ ask(subscriber.name) }}", 5, "cannot decide", id="condition"),
        pytest.param("a\n\n{{ same(subscriber.name) }}", 7, "cannot decide", id="comparison"),
        pytest.param("{{ long(subscriber.name) }}", 5, "cannot decide", id="length"),
        pytest.param("{{ or(subscriber.name) }}", 5, "cannot give a default", id="default"),
        pytest.param("{{ up(subscriber.name) }}", None, "a filter changes", id="filter"),
        pytest.param("a\n{{ chip(subscriber.nme) }}", 6, "{{ subscriber.nme }} names the column nme", id="unknown column"),
        pytest.param("{{ chip(nme) }}", 5, "{{ nme }} names nme", id="unknown name"),
        pytest.param("{{ chip(subscriber.name ~ issue.slug) }}", 5, "mixes", id="mixed"),
        pytest.param("{{ chip(subscriber) }}", 5, "whole subscriber", id="the whole subscriber"),
        pytest.param("{{ chip(subscriber.name | safe) }}", 5, "filter safe", id="no way around escaping"),
        pytest.param("{{ chip(subscriber.name, 1, 2) }}", 5, "takes not more than 1", id="too many"),
    ],
)  # fmt: skip
def test_refused(body: str, line: int | None, message: str) -> None:
    """What cannot be right for every reader is told with its line, and names no token."""
    with pytest.raises(DataError) as caught:
        page_of(body, layout=MACROS)
    assert message in caught.value.message
    assert caught.value.line == line
    assert "00z" not in f"{caught.value}{caught.value.hint}"


def test_layouts_hand_over_too() -> None:
    """To macros that are imported, by name or as a whole; lines are counted as the author does."""
    layout = {
        "bare/html.jinja": '{% from "m.jinja" import go %}{% import "m.jinja" as m %}<body>{{ go("Leave", unsubscribe_url) }}'
        '{{ m.go(subscriber.name,\n  url="mailto:" ~ subscriber.email) }}{{ content }}</body>',
        "m.jinja": '{% macro go(label, url) %}<a href="{{ url }}">{{ label }}</a>{% endmacro %}',
    }
    html = html_of("x", layout=layout)
    assert html.startswith(
        '<a href="https://example.com/u/1">Leave</a><a href="mailto:ann@example.com">Ann</a>'
    )
    layout["bare/html.jinja"] += "\n{{ nothing }}"
    with pytest.raises(
        TemplateInvalid, match=r"bare/html\.jinja:3: \{\{ nothing \}\}: 'nothing' is undefined"
    ):
        page_of("x", layout=layout)


def test_what_is_handed_counts() -> None:
    """Its columns are read, and an empty one leaves a blank."""
    page = page_of("{{ chip(subscriber.name) }}", layout=MACROS)
    assert page.used_fields == {"name"}
    (blank,) = page.blanks({**ANN, "name": ""}, LINKS)
    assert blank.columns == ("name",)


def test_a_handed_value_can_only_be_shown() -> None:
    """Whatever else is asked of it is an error."""
    value = Handed("token")
    assert str(value) == "token"
    for ask in (bool, len, list, hash, lambda one: one == "x", lambda one: one < "x", lambda one: "x" in one):
        with pytest.raises(TypeError, match="can only show it"):
            ask(value)
