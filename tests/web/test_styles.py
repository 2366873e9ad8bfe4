"""Style sheets for a simulation."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.web.styles import answered, inverted, inverted_colour, kept_declarations, kept_rules

QUESTION = "@media screen and (prefers-color-scheme: dark){p{color:red}}"


@pytest.mark.parametrize(("dark", "answer"), [(True, "(min-width:0px)"), (False, "(max-width:-1px)")])
def test_the_question_for_the_colour_scheme_is_answered(dark: bool, answer: str) -> None:
    """Whatever the browser's own screen is; the rest of the query stays a query."""
    assert answered(QUESTION, dark=dark) == f"@media screen and {answer}{{p{{color:red}}}}"


def test_the_light_question_is_the_other_way_round() -> None:
    """Also inside another query."""
    css = "@media screen{@media (Prefers-Color-Scheme:LIGHT){p{color:red}}}"
    assert answered(css, dark=True) == "@media screen{@media (max-width:-1px){p{color:red}}}"


def test_other_questions_stay() -> None:
    """Widths are this frame's matter."""
    css = "@media (max-width: 480px){.a{margin:0}}"
    assert answered(css, dark=True) == css


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("color:#000", "color:rgba(255,255,255,1)"),
        ("background-color: #fffdf9", "background-color: rgba(34,32,28,1)"),
        ("border:1px solid rgb(255,255,255)", "border:1px solid rgba(28,28,28,1)"),
        ("background:url(a.png) black", "background:url(a.png) rgba(255,255,255,1)"),
        ("color:currentColor;background:transparent", "color:currentColor;background:transparent"),
        ("p{color:#fff}", "p{color:rgba(28,28,28,1)}"),
    ],
)
def test_the_lightness_of_colours_is_turned_round(before: str, after: str) -> None:
    """White becomes the dark grey of a screen and keeps its hint of a hue; what is no colour stays."""
    assert inverted(before) == after


def test_a_colour_in_an_attribute_is_turned_too() -> None:
    """As in bgcolor; nonsense stays."""
    assert inverted_colour("white") == "rgba(28,28,28,1)"
    assert inverted_colour("chucknorris") == "chucknorris"


@given(st.text())
def test_any_text_goes_through(css: str) -> None:
    """An author's slip in a style is no reason to show nothing."""
    assert isinstance(inverted(css) + answered(css, dark=True), str)
    assert isinstance(kept_declarations(css, lambda _name, _value: True), str)
    assert isinstance(kept_rules(css, lambda _name, _value: True), str)


def test_declarations_are_kept_by_name_and_value() -> None:
    """The important ones stay important; at-rules go."""
    css = "@media screen{a{b:c}} p , q { color : red !important; float: left }"
    assert kept_rules(css, lambda name, _value: name != "float") == "p , q {color:red!important}"
    assert kept_declarations("a:1;display:NONE", lambda _name, value: value == "none") == "display:NONE"
