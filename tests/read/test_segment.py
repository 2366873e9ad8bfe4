"""`--where` expressions: whom they choose, and what they refuse to do."""

from __future__ import annotations

import pickle

import jinja2.exceptions
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import TemplateError

from dispatch.errors import UsageError
from dispatch.model.address import parse_address
from dispatch.model.subscriber import Subscriber
from dispatch.read.segment import segment

FIELDS = {
    "email": "Ann@Example.com",
    "plan": "pro",
    "country": "CH",
    "age": "34",
    "tags": "news,mail",
    "first name": "Ann",
    "nickname": " ",
    "items": "three",
}
ANN = Subscriber(address=parse_address("Ann@Example.com"), line=7, fields=FIELDS)


def refusal(expression: str, columns: tuple[str, ...] | None = tuple(FIELDS)) -> UsageError:
    """What is said of this expression, at once or for Ann."""
    with pytest.raises(UsageError) as caught:
        segment(expression, columns)(ANN)
    return caught.value


@pytest.mark.parametrize(
    ("expression", "chosen"),
    [
        pytest.param('subscriber.plan == "pro" and subscriber.country in ["CH", "DE"]', True, id="and, in"),
        pytest.param('subscriber.plan == "pro" and subscriber.country in ["DE"]', False, id="not in it"),
        pytest.param('subscriber.plan == "Pro"', False, id="case matters in values"),
        pytest.param('subscriber.PLAN == "pro"', True, id="case does not matter in names"),
        pytest.param('subscriber["First Name"] == "Ann"', True, id="a name with a blank"),
        pytest.param("subscriber.nickname", False, id="a blank is false"),
        pytest.param("not subscriber.nickname", True, id="not"),
        pytest.param("subscriber.plan", True, id="a text is true"),
        pytest.param('subscriber.items == "three"', True, id="a column with the name of a method"),
        pytest.param("subscriber.age | int > 17", True, id="a number"),
        pytest.param("18 <= subscriber.age | int < 30", False, id="a range of numbers"),
        pytest.param("subscriber.plan | int > 0", False, id="what is no number is 0"),
        pytest.param('"mail" in subscriber.tags.split(",")', True, id="a list in a cell"),
        pytest.param('subscriber.email.lower().endswith("@example.com")', True, id="methods"),
        pytest.param('subscriber.nickname | default("x", true) == "x"', True, id="a default"),
        pytest.param('subscriber.age[:1] == "3"', True, id="the first sign"),
        pytest.param('(subscriber.plan ~ "-" ~ subscriber.country) == "pro-CH"', True, id="joined"),
        pytest.param('"x" if subscriber.nickname else ""', False, id="if"),
        pytest.param("subscriber.plan is defined", True, id="a test"),
        pytest.param("true", True, id="everybody"),
    ],
)
def test_whom_an_expression_chooses(expression: str, chosen: bool) -> None:
    """Values are texts, blanks are false, names are folded as in the header."""
    assert segment(expression, tuple(FIELDS))(ANN) is chosen


@pytest.mark.parametrize(
    ("expression", "reason", "hint"),
    [
        pytest.param("", "it is empty", None, id="empty"),
        pytest.param("  ", "it is empty", None, id="blank"),
        pytest.param("subscriber.paln", "the list has no column paln", "did you mean plan?", id="a slip"),
        pytest.param(
            "subscriber.zebra",
            "the list has no column zebra",
            "the list has the columns email, plan, country, age, tags, first name, nickname, items",
            id="no such column",
        ),
        pytest.param(
            'plan == "pro"',
            '"plan" is unknown; a field is written subscriber.plan, and a text in quotes',
            None,
            id="a field without subscriber",
        ),
        pytest.param(
            'subscriber.plan = "pro"', '"=" should not stand there', "compare with ==", id="a single sign"
        ),
        pytest.param(
            "subscriber.plan subscriber.age",
            '"subscriber" should not stand there',
            "join comparisons with and, or",
            id="two expressions",
        ),
        pytest.param("subscriber", "write subscriber. and the name of a field", None, id="no field"),
        pytest.param(
            "subscriber[subscriber.plan]", "write subscriber. and the name of a field", None, id="a name read"
        ),
        pytest.param(
            "subscriber.age > 17",
            "it does not work for the subscriber on line 7: "
            "'>' not supported between instances of 'str' and 'int'",
            "all values are texts; compare a number as: subscriber.age | int > 17",
            id="a text and a number",
        ),
        pytest.param(
            'subscriber.plan.split("")',
            "it does not work for the subscriber on line 7: empty separator",
            None,
            id="a method that fails",
        ),
        pytest.param("{", "it does not parse: unexpected 'end of template'", None, id="a bracket"),
        pytest.param(
            "}} {% raw %}", "it does not parse: unexpected 'end of print statement'", None, id="a way out"
        ),
        pytest.param("x" * 3000, "it is longer than 2000 characters", None, id="too long"),
        pytest.param(
            "(" * 1500, "it is nested too deep, or a number in it is too long", None, id="nested brackets"
        ),
        pytest.param(
            "not " * 499 + "1", "it is nested too deep, or a number in it is too long", None, id="nested nots"
        ),
        pytest.param(
            "1e999 > subscriber.age | int",
            "it does not work for the subscriber on line 7: name 'inf' is not defined",
            None,
            id="an endless number",
        ),
    ],
)
def test_what_does_not_work_is_told(expression: str, reason: str, hint: str | None) -> None:
    """The expression is shown with the reason."""
    error = refusal(expression)

    assert error.message == f"--where `{expression[:100]}`: {reason}"
    assert error.hint == (hint or """for example: --where 'subscriber.plan == "pro"'""")


@pytest.mark.parametrize(
    "expression",
    [
        pytest.param('"x" * 10**10', id="product"),
        pytest.param("2 ** 10 ** 10", id="power"),
        pytest.param('"%1000000000d" % 1', id="format sign"),
        pytest.param('"{:1000000000}".format(1)', id="format"),
        pytest.param("range(10**9)", id="range"),
        pytest.param("lipsum(n=1000000)", id="lipsum"),
        pytest.param("subscriber.plan | center(10**10)", id="center"),
        pytest.param('subscriber.plan | replace("", subscriber.plan)', id="replace"),
        pytest.param("subscriber.plan.ljust(1000000000)", id="ljust"),
        pytest.param("subscriber.plan.__class__.__mro__", id="class"),
        pytest.param('subscriber.plan["__class__"]["__mro__"][1]["__subclasses__"]()', id="class by item"),
        pytest.param('subscriber.plan | attr("__class__")', id="attr"),
        pytest.param('subscriber.plan | map("upper") | list', id="map"),
        pytest.param("subscriber.__class__", id="class of the subscriber"),
        pytest.param('subscriber["__init__"]', id="init of the subscriber"),
        pytest.param("subscriber._fields", id="the fields themselves"),
        pytest.param("subscriber.plan.split(*[1])", id="starred"),
        pytest.param("self", id="self"),
        pytest.param("loop.index", id="loop"),
        pytest.param("cycler.__init__.__globals__", id="globals"),
        pytest.param("{1: 2}", id="a mapping"),
        pytest.param("subscriber.plan is sameas(1)", id="a test"),
    ],
)
@pytest.mark.parametrize("columns", [None, tuple(FIELDS)], ids=["columns unknown", "columns known"])
def test_an_expression_can_only_compare(expression: str, columns: tuple[str, ...] | None) -> None:
    """Whatever could eat time and memory, or reach further than the fields, is refused."""
    assert refusal(expression, columns).message.startswith("--where `")


def test_without_columns_an_unknown_field_is_told_at_the_first_subscriber() -> None:
    """Nobody is left out in silence."""
    belongs = segment("not subscriber.paln")

    with pytest.raises(UsageError, match="the list has no column paln"):
        belongs(ANN)


def test_every_exception_of_jinja_is_mapped() -> None:
    """They all come under TemplateError."""
    own = [one for one in vars(jinja2.exceptions).values() if isinstance(one, type)]

    assert all(issubclass(one, TemplateError) for one in own if issubclass(one, Exception))


WORDS = st.lists(
    st.sampled_from(
        [
            *("subscriber", ".plan", ".age", '["plan"]', '["x"]', ".", ".lower()", '.split(",")', "\\", "#"),
            *("==", "=", "<", ">", "in", "not", "and", "or", "is", "defined", "if", "else", "true", "none"),
            *(
                "(",
                ")",
                "[",
                "]",
                "{",
                "}",
                "{{",
                "}}",
                "{%",
                "%}",
                ",",
                ":",
                "|",
                "~",
                "+",
                "-",
                "*",
                "/",
                "%",
            ),
            *("int", "lower", "first", "last", "length", '"a"', "'b'", "1", "1.5", "1e999"),
        ]
    ),
    max_size=12,
)


@given(st.text(max_size=40) | WORDS.map("".join) | WORDS.map(" ".join))
def test_any_text_chooses_or_is_refused(expression: str) -> None:
    """Nothing but UsageError is raised, and its words can be printed."""
    try:
        chosen = segment(expression, tuple(FIELDS))(ANN)
    except UsageError as error:
        message = error.message.removeprefix("--where `").partition("`: ")[0]
        assert message.isprintable()
        return
    assert chosen in {True, False}


def test_a_segment_goes_to_another_process() -> None:
    """As its expression, which is compiled there once."""
    one = segment('subscriber.plan == "pro"')
    again, twice = (pickle.loads(pickle.dumps(one)) for _ in range(2))  # noqa: S301 - our own bytes
    assert again is twice
    assert (again.expression, again.fields) == (one.expression, one.fields)
    assert [again.holds({"plan": plan}) for plan in ("pro", "free")] == [True, False]
