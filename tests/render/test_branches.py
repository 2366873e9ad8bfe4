"""The branches that a reader takes: who takes the same ones gets the same letter but for its values."""

from __future__ import annotations

import pytest

from dispatch.errors import IssueInvalid
from tests.render.pages import ANN, BARE_TEXT, LINKS, page_of

PLANS = """{% if subscriber.plan == "pro" %}
Pro
{% elif subscriber.plan == "trial" %}
Trial
{% else %}
Free
{% endif %}
"""


def _words(body: str, **fields: str) -> list[str]:
    branches = page_of(body).branches()
    return sorted({branches[number].words for number in branches.taken({**ANN, **fields}, LINKS.facts)})


@pytest.mark.parametrize(
    ("plan", "words"),
    [
        ("pro", ['if subscriber.plan == "pro"']),
        ("trial", ['elif subscriber.plan == "trial"']),
        ("free", ['else, not subscriber.plan == "pro"']),
    ],
)
def test_a_reader_takes_one_branch_of_a_condition(plan: str, words: list[str]) -> None:
    """It is named as it was written; an else by what it is the other side of."""
    assert _words(PLANS, plan=plan) == words


def test_a_condition_without_else_may_take_none() -> None:
    """That is a way, too."""
    assert _words("{% if subscriber.name %}\nHi\n{% endif %}", name="") == []


def test_a_loop_counts_once_however_long() -> None:
    """Two tags or twenty are the same way; none is another."""
    loop = "{% for tag in subscriber.tags | split %}\n- {{ tag }}\n{% else %}\nNone\n{% endfor %}"
    assert _words(loop, tags="a") == _words(loop, tags="a,b,c") == ["for tag in subscriber.tags | split"]


def test_the_same_place_is_one_branch_in_html_and_text() -> None:
    """An issue's condition stands in both parts; it has one number, with its file and line."""
    branches = page_of(PLANS).branches()
    assert len(branches) == 3
    assert [(branch.file, branch.line) for branch in branches] == [
        ("issues/x.md", 5),
        ("issues/x.md", 7),
        ("issues/x.md", 9),
    ]


def test_conditions_of_subject_and_layout_count() -> None:
    """They make another letter as well."""
    layout = {"bare/text.jinja": BARE_TEXT + "{% if subscriber.plan %}Plan{% endif %}"}
    page = page_of("Hi", layout=layout, subject="{% if subscriber.name %}You{% else %}All{% endif %}")
    branches = page.branches()
    taken = branches.taken({**ANN, "name": ""}, LINKS.facts)
    assert [branches[number].words for number in sorted(taken)] == [
        "else, not subscriber.name",
        "if subscriber.plan",
    ]


def test_a_name_that_is_set_on_the_way_is_known_to_the_conditions_after_it() -> None:
    """Statements are kept in their order; values between them are not asked for."""
    body = '{% set vip = subscriber.plan == "pro" %}\n{{ subscriber.name }}\n\n{% if vip %}\nVIP\n{% endif %}'
    assert _words(body) == ["if vip"]
    assert _words(body, plan="free") == []


def test_a_page_without_conditionals_has_one_way() -> None:
    """The empty one."""
    branches = page_of("Hi {{ subscriber.name }}").branches()
    assert (len(branches), branches.taken(ANN, LINKS.facts)) == (0, frozenset())


def test_a_condition_that_fails_for_a_reader_names_its_line() -> None:
    """As filling the page would."""
    branches = page_of(
        "{% if subscriber.name | int > 1 / (subscriber.plan | int) %}\nx\n{% endif %}"
    ).branches()
    with pytest.raises(IssueInvalid, match="fails for a reader") as caught:
        branches.taken({**ANN, "plan": "0"}, LINKS.facts)
    assert caught.value.line == 5
