"""What an author may name, and what is said when it does not exist. Body line 1 is line 5 of the file."""

# ruff: noqa: E501 - a case is easier to read on one line

from __future__ import annotations

import pytest

from dispatch.errors import IssueInvalid, TemplateInvalid
from tests.render.pages import ANN, BARE_HTML, LINKS, html_of, page_of, text_of


@pytest.mark.parametrize(
    ("body", "line", "message", "hint"),
    [
        pytest.param(
            "a\n\n{{ name }}", 7, "column of the list", "did you mean subscriber.name?", id="bare column"
        ),
        pytest.param(
            "{{ subscriber.nmae }}", 5, "the list does not have", "did you mean name?", id="typing error"
        ),
        pytest.param("{{ subscriber.zzz }}", 5, "column zzz", "the columns are: email", id="unknown column"),
        pytest.param(
            '{{ subscriber["zzz"] }}', 5, "column zzz", "the columns are", id="unknown column by brackets"
        ),
        pytest.param(
            '{{ subscriber.zzz | default("x") }}', 5, "column zzz", None, id="default does not excuse"
        ),
        pytest.param("{{ sub.name }}", 5, "names sub, which does not exist", None, id="unknown name"),
        pytest.param(
            "{{ unsubscribe_ur }}", 5, "does not exist", "did you mean unsubscribe_url?", id="near name"
        ),
        pytest.param(
            "{{ subscriber }}", 5, "whole subscriber", "subscriber.email", id="the whole subscriber"
        ),
        pytest.param(
            "{% for k in subscriber %}{% endfor %}", 5, "whole subscriber", None, id="loop over a subscriber"
        ),
        pytest.param(
            "{{ subscriber.name | uper }}", 5, "filter uper", "did you mean upper?", id="unknown filter"
        ),
        pytest.param("{{ subscriber.name | safe }}", 5, "filter safe", None, id="no way around escaping"),
        pytest.param(
            "x\n{{ subscriber.name ~ issue.slug }}", 6, "mixes subscriber", "two expressions", id="mixed"
        ),
        pytest.param(
            "{% if subscriber.plan == issue.slug %}{% endif %}", 5, "mixes", None, id="mixed condition"
        ),
        pytest.param(
            "{% if subscriber.plan %}\na", 5, "{% if %} is never closed", "add {% endif %}", id="open if"
        ),
        pytest.param("a\n\n{% endif %}", 7, "without its {% if %}", None, id="endif alone"),
        pytest.param("{% else %}", 5, "without its", None, id="else alone"),
        pytest.param(
            "{% if 1 %}\n\n{% endfor %}", 7, "does not fit the {% if %} of line 5", None, id="crossed"
        ),
        pytest.param(
            "{% if 1 %}{% else %}{% else %}{% endif %}", 5, "{% else %} does not fit", None, id="two elses"
        ),
        pytest.param(
            "{% for x in subscriber.tags|list %}{% elif 1 %}{% endfor %}", 5, "elif", None, id="elif of for"
        ),
        pytest.param("{% fr x in y %}", 5, "not a statement", "did you mean for?", id="unknown statement"),
        pytest.param('{% include "x" %}', 5, "not a statement", None, id="include"),
        pytest.param("{% macro a() %}{% endmacro %}", 5, "not a statement", None, id="macro"),
        pytest.param("{% if 1 %}\n" * 16, 20, "more than 15 ifs and fors", None, id="too deep"),
        pytest.param("{% if %}{% endif %}", 5, "does not parse", None, id="if of nothing"),
        pytest.param("{% set x %}a{% endset %}", 5, "block {% set %}", None, id="block set"),
        pytest.param("{{ subscriber.name", 5, "no matching }}", "{% raw %}", id="meant, but unclosed"),
        pytest.param("{{ subscriber. }}", 5, "does not parse", None, id="meant, but broken"),
        pytest.param("a\n\n{{{ subscriber.name }}}", 7, "does not parse", None, id="a brace too many"),
        pytest.param(
            "{{ subscriber.name | default(“x”) }}", 5, "does not parse", None, id="typographic quotes"
        ),
        pytest.param(
            "{{ subscriber.get('name') }}", 5, "names the column get", None, id="method of a dictionary"
        ),
        pytest.param("a {% if b", 5, "no matching %}", None, id="unclosed statement"),
        pytest.param("{{ subscriber.name.__class__ }}", 5, "__class__", None, id="underscores"),
        pytest.param("{{ subscriber._name }}", 5, "_name", None, id="underscore column"),
        pytest.param("{{ issue.nothing }}", 5, "there is nothing called 'nothing'", None, id="unknown fact"),
        pytest.param(
            "a\n\n{{ issue.slug.zz }}", 7, "has no attribute 'zz'", None, id="unknown attribute of a fact"
        ),
        pytest.param(
            "{% if subscriber.plan %}{% set x = issue.slug %}{% endif %}",
            5,
            "decided per reader",
            None,
            id="late set",
        ),
        pytest.param(
            "{% if subscriber.plan %}{% elif issue.slug %}{% endif %}",
            5,
            "an if and its elif mix",
            None,
            id="mixed elif",
        ),
        pytest.param(
            "<a {{ subscriber.name }}>x</a>", 5, "outside of a quoted value", 'name="..."', id="in a tag"
        ),
        pytest.param('<b onclick="{{ subscriber.name }}">x</b>', 5, "in a script", None, id="event handler"),
        pytest.param("<script>{{ subscriber.name }}</script>", 5, "in a script", None, id="script"),
        pytest.param(
            '<iframe srcdoc="{{ subscriber.name }}">', 5, "in a script", None, id="page in an attribute"
        ),
        pytest.param(
            '<a href="JavaScript:f({{ subscriber.name }})">x</a>',
            5,
            "in a script",
            None,
            id="script address",
        ),
        pytest.param(
            '<a href=" DATA:text/html,{{ subscriber.name }}">x</a>', 5, "in a script", None, id="data address"
        ),
        pytest.param(
            "<p style=\"background:url('{{ subscriber.url }}')\">x</p>",
            5,
            "an address in a style",
            "<img src",
            id="address in a style",
        ),
        pytest.param(
            "<!--[if mso]><td width={{ subscriber.name }}><![endif]-->",
            5,
            "outside of a quoted value",
            'name="..."',
            id="without quotes, for Outlook",
        ),
        pytest.param(
            "<p>{% if subscriber.plan %}a</p>\n<p>{% endif %}b</p>",
            6,
            "different elements",
            None,
            id="across elements",
        ),
        pytest.param(
            "{% if subscriber.plan %}*a{% endif %}b*", 5, "different elements", None, id="across emphasis"
        ),
    ],
)
def test_a_body_is_refused(body: str, line: int, message: str, hint: str | None) -> None:
    """The complaint has the line in the issue, the expression, and what to do."""
    with pytest.raises(IssueInvalid) as caught:
        page_of(body)
    assert caught.value.where == f"issues/x.md:{line}"
    assert message in caught.value.message
    assert (hint or "") in (caught.value.hint or "")


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        pytest.param(
            "use {{ like this }} in prose",
            "use {{ like this }} in prose",
            id="braces that hold no expression",
        ),
        pytest.param("a {{ b", "a {{ b", id="unclosed"),
        pytest.param("100 {% of them", "100 {% of them", id="unclosed statement"),
        pytest.param("{{ }}", "{{ }}", id="empty"),
        pytest.param(r"\{{ subscriber.name }}", "{{ subscriber.name }}", id="escaped"),
        pytest.param("{% raw %}{{ a }} {% if %}{% endraw %}", "{{ a }} {% if %}", id="raw"),
        pytest.param('{{ "{{" }}{{ "%}" }}', "{{%}", id="written as values"),
        pytest.param("a {# b #}c", "a c", id="comment"),
        pytest.param("{{ issue.slug }}", "x", id="fact"),
        pytest.param("{{ 1 + 2 }}", "3", id="constant"),
        pytest.param("{{ -3 }}{{- -3 -}}{{ - 3 | abs }}", "-3-33", id="a sign is no whitespace control"),
        pytest.param("{{\u00a0subscriber.name\u00a0}}", "Ann", id="blanks that do not break"),
        pytest.param("{{ subscriber.name \\| upper }}", "ANN", id="a bar escaped as in a table"),
        pytest.param(r"{{ subscriber.tags | replace('\\|', '-') }}", "a, b", id="an escaped bar in a text"),
        pytest.param(
            "{% for t in subscriber.tags | list %}{% set u = t | upper %}{{ u }}{% if not loop.last %}+{% endif %}"
            "{% endfor %}",
            "A+B",
            id="set and condition in a loop",
        ),
        pytest.param(
            "{% for t in subscriber.tags.split(',') %}{{ t | trim }};{% endfor %}", "a;b;", id="split"
        ),
        pytest.param(
            "{% if subscriber.plan %}{% if subscriber.name == 'Bo' %}b{% else %}n{% endif %}{% else %}c{% endif %}",
            "n",
            id="conditions in each other",
        ),
        pytest.param(
            "{{ '1234.5' | money('CHF') }} {{ '2026-11-20' | date }}",
            "CHF 1,234.50 20 November 2026",
            id="money and date",
        ),
        pytest.param("{{ subscriber.name | title | default('x') }}", "Ann", id="title"),
        pytest.param(
            "x {%- if subscriber.plan -%} a {%- endif -%} z", "x  a  z", id="whitespace control is ignored"
        ),
        pytest.param('{{ "}}" ~ subscriber.name }}', "}}Ann", id="a string may hold the end"),
        pytest.param("{{ subscriber.gone is defined }}", "False", id="is defined excuses"),
        pytest.param(
            "{% if subscriber.gone is defined %}{{ subscriber.gone }}{% endif %}.", ".", id="around it too"
        ),
        pytest.param("{% set x = subscriber.name %}{{ x }}{{ x }}", "AnnAnn", id="set"),
        pytest.param("{% set x = 'a' %}{{ x ~ subscriber.name }}", "aAnn", id="set of a constant"),
        pytest.param(
            "{% for t in subscriber.tags|list %}{{ loop.index }}{{ t }}{% endfor %}", "1a2b", id="for"
        ),
        pytest.param(
            "{% for t in subscriber.tags|list %}{{ t }}{% else %}none{% endfor %}", "ab", id="for with else"
        ),
        pytest.param(
            "{% for t in [1, 2] %}{{ t }}{{ subscriber.name }}{% endfor %}", "1Ann2Ann", id="loop at build"
        ),
        pytest.param(
            "{% if issue.slug == 'x' %}{{ subscriber.name }}{% endif %}", "Ann", id="condition at build"
        ),
        pytest.param("{{ subscriber\n.name\n}}", "Ann", id="over several lines"),
        pytest.param("{{ subscriber['name'] | upper | replace('N', 'M') }}", "AMM", id="filters"),
    ],
)
def test_what_a_body_means(body: str, shown: str) -> None:
    """HTML and text say the same."""
    assert html_of(body) == f"<p>{shown}</p>"
    assert text_of(body).strip() == shown


def test_a_page_knows_the_columns_it_reads() -> None:
    """Columns named anywhere count: body, subject, preheader, layout; a missing one asked for does not."""
    page = page_of(
        "{{ subscriber.tags }} {% if subscriber.gone is defined %}{% endif %} `{{ subscriber.email }}`",
        subject="{{ subscriber.name }}",
        preheader="{{ subscriber.plan }}",
        layout={"bare/html.jinja": BARE_HTML.replace("<body>", "<body>{{ subscriber.url }}")},
    )
    assert page.used_fields == {"tags", "name", "plan", "url"}


def test_columns_may_have_any_name() -> None:
    """A column called like a method of a dictionary is a column."""
    fields = {**ANN, "items": "7", "keys": "8", "first name": "A B"}
    body = '{{ subscriber.items }} {{ subscriber.keys }} {{ subscriber["first name"] }}'
    page = page_of(body, columns=tuple(fields))
    assert page.read(fields, LINKS).text == "7 8 A B\n"
    assert page.used_fields == {"items", "keys", "first name"}


def test_a_row_without_a_column_is_an_error() -> None:
    """A page filled with fewer fields than it was compiled for says which one is missing, and where."""
    for body in (
        "a\n\n{{ subscriber.name }}",
        "a\n\n{{ subscriber.name | upper }}",
        "a\n\n{{ subscriber.name }}{% if 1 %}{% endif %}",
    ):
        with pytest.raises(IssueInvalid, match="'name'") as caught:
            page_of(body).fill({"email": "a@example.com"}, LINKS)
        assert caught.value.where == "issues/x.md:7"


def test_subject_and_preheader_have_lines_too() -> None:
    """A mistake in the front matter is told with its line there."""
    with pytest.raises(IssueInvalid, match=r"issues/x\.md:2: .* column nme"):
        page_of("x", subject="Dear {{ subscriber.nme }}")
    with pytest.raises(IssueInvalid, match=r"issues/x\.md:3: .* never closed"):
        page_of("x", preheader="{% if subscriber.plan %}")


@pytest.mark.parametrize(
    ("template", "line", "message"),
    [
        pytest.param("a\n{{ subscriber.nme }}", 2, "column nme", id="unknown column"),
        pytest.param("a\n\n{{ nothing }}", 3, "'nothing' is undefined", id="unknown name"),
        pytest.param("{{ issue.nothing }}", 1, "there is nothing called 'nothing'", id="unknown fact"),
        pytest.param("\n{% if view_url %}", 2, "never closed", id="unbalanced"),
        pytest.param("\n{% if issue.slug %}", 2, "never closed", id="unbalanced at build"),
        pytest.param("{% foo %}", 1, "unknown tag", id="unknown tag"),
        pytest.param("\n{{ issue.slug | foo }}", 2, "no filter named", id="unknown filter"),
        pytest.param("{{ subscriber.name ~ issue.slug }}", 1, "mixes", id="mixed"),
        pytest.param("\n{{ 'a' * 10 ** 9 }}", 2, "more than", id="too long"),
        pytest.param(
            "{{ subscriber.name\n  | upper }}\n{{ nothing }}", 3, "undefined", id="lines are counted on"
        ),
        pytest.param(
            '{% include "bare/none" %}', None, "there is no template bare/none", id="missing include"
        ),
    ],
)
def test_a_layout_is_refused(template: str, line: int | None, message: str) -> None:
    """The complaint has the template and its line."""
    with pytest.raises(TemplateInvalid) as caught:
        page_of("x", layout={"bare/html.jinja": template})
    assert message in caught.value.message
    assert caught.value.file == "templates/bare/html.jinja"
    assert caught.value.line == line
