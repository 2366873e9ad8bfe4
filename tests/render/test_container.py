"""Blocks around blocks: callouts, columns, boxes of a class of one's own, and what they cannot be."""

# ruff: noqa: E501 - a case is easier to read on one line

from __future__ import annotations

import pytest

from dispatch.errors import IssueInvalid
from tests.render.pages import html_of, text_of

COLUMNS = """\
::: columns
::: column
Left, with ![a chart](https://e.com/c.png){width=500}
:::
::: column
- Right
:::
:::
"""


def test_columns_stand_side_by_side_and_stack() -> None:
    """By inline blocks that wrap where there is no room, by table cells for Outlook; nothing between them."""
    html = html_of(COLUMNS)
    assert html.count("display:inline-block") == 2
    assert html.count("width:50%;min-width:220px") == 2
    assert html.count('<td width="50%" valign="top"') == 2
    assert '<div class="half first"' in html
    assert "</div><!--[if mso]></td><![endif]--><!--[if mso]><td" in html
    assert 'width="248"' in html  # no picture is wider than its column


def test_classes_stand_behind_ours() -> None:
    """For the styles of an author's own layout."""
    assert '<div class="callout note big red">' in html_of("::: note Mind {.big .red}\na\n:::")
    assert '<div class="big red">' in html_of("::: {.big .red}\na\n:::")
    assert '<div class="half first a"' in html_of(
        COLUMNS.replace("::: column\nLeft", "::: column {.a}\nLeft")
    )


def test_columns_are_read_one_after_the_other() -> None:
    """In the text part."""
    assert text_of(COLUMNS) == "Left, with [Image: a chart]\n\n- Right\n"


def test_three_columns_are_thirds() -> None:
    """And a condition stands inside of one."""
    column = "::: column\n{% if subscriber.plan %}\na\n{% endif %}\n:::\n"
    assert html_of(f"::: columns\n{column * 3}:::").count("width:33.33%") == 3


@pytest.mark.parametrize(
    ("body", "text"),
    [
        pytest.param("::: note\na\n:::\n::: tip\nb\n:::", "| Note\n| a\n\n| Tip\n| b\n", id="beside"),
        pytest.param(
            "::: note\n::: tip\na\n:::\nb\n:::", "| Note\n| | Tip\n| | a\n|\n| b\n", id="inside, three colons"
        ),
        pytest.param(
            ":::: note\n::: tip\na\n:::\nb\n::::", "| Note\n| | Tip\n| | a\n|\n| b\n", id="inside, four colons"
        ),
        pytest.param("::: note\n```\n:::\n```\n:::", "| Note\n|     :::\n", id="a fence in code"),
        pytest.param("::: note\n\n        :::\n\na\n:::", "| Note\n|         :::\n|\n| a\n", id="in indented code"),
        pytest.param("- ::: note\n  a\n  :::\n- b", "- | Note\n  | a\n\n- b\n", id="in an item"),
        pytest.param("::: note\n- ::: tip\n  a\n  :::\n- b\n:::", "| Note\n| - | Tip\n|   | a\n|\n| - b\n", id="item in"),
        pytest.param("::: note\n- a\n\n  - ::: tip\n    b\n    :::\n\n- c\n:::", "| Note\n| - a\n|\n|   - | Tip\n|     | b\n|\n| - c\n", id="in a deeper item"),
        pytest.param("::: note\na[^1]\n\n[^1]: ::: tip\n    b\n    :::\n:::", "| Note\n| a[n1]\n\n[n1] | Tip\n     | b\n", id="in a footnote"),
        pytest.param("::: note\n  ::: tip\n a\n:::\n:::", "| Note\n| | Tip\n| | a\n", id="moved to the right"),
        pytest.param("> ::: note\n> a\n> :::\n\nb", "> | Note\n> | a\n\nb\n", id="in a quote"),
        pytest.param("::: NOTE   Mind *this*\na\n:::", "| Mind _this_\n| a\n", id="a title"),
        pytest.param("::: {.big .red} Mind\na\n:::", "Mind\n\na\n", id="classes and a title"),
        pytest.param("::: note Mind {.big}\na\n:::", "| Mind\n| a\n", id="a title and classes"),
        pytest.param("::: columns {.big}\n::: column {.a}\na\n:::\n::: column\nb\n:::\n:::", "a\n\nb\n", id="classes of columns"),
        pytest.param(r"\::: note", "::: note\n", id="escaped"),
        pytest.param("a\n::: tip\nb\n:::\nc", "a\n\n| Tip\n| b\n\nc\n", id="between lines of paragraphs"),
    ],
)  # fmt: skip
def test_fences_pair_up_like_brackets(body: str, text: str) -> None:
    """However many colons they have, wherever they stand."""
    assert text_of(body) == text


@pytest.mark.parametrize(
    ("body", "line", "message", "hint"),
    [
        pytest.param("a\n\n::: note\nb", 7, "`::: note` is not closed", "end it", id="not closed"),
        pytest.param("- ::: note\n  a\n\nb\n:::", 5, "`::: note` is not closed", "end it", id="the item ends"),
        pytest.param("> ::: note\n> a\n\nb", 5, "`::: note` is not closed", "end it", id="the quote ends"),
        pytest.param("a\n:::", 6, "closes nothing", r"\:::", id="closes nothing"),
        pytest.param("::: nite\na\n:::", 5, "no box `::: nite`", "did you mean `::: note`", id="a slip"),
        pytest.param("::: zz\na\n:::", 5, "no box `::: zz`", "`::: {.name}`", id="unknown"),
        pytest.param(
            "::: {{ subscriber.plan }}\na\n:::", 5, "no box `::: {{ subscriber.plan }}`", "", id="personal"
        ),
        pytest.param("::: column\na\n:::", 5, "outside of `::: columns`", "around", id="a lonely column"),
        pytest.param("::: columns\na\n:::", 6, "only `::: column` stands directly", "", id="a paragraph"),
        pytest.param("::: columns\n:::", 5, "has no column", "two or three", id="no column"),
        pytest.param("::: columns\n::: column\na\n:::\n:::", 5, "one column only", "", id="one"),
        pytest.param("::: columns\n" + "::: column\na\n:::\n" * 4 + ":::", 5, "has 4 columns", "", id="four"),
        pytest.param(COLUMNS.replace("- Right", COLUMNS), 5, "columns inside of columns", "", id="columns in"),
        pytest.param("::: columns Big\n:::", 5, "`::: columns` takes no title", "heading", id="a title"),
        pytest.param(
            "::: columns\n{% if subscriber.plan %}\n::: column\na\n:::\n{% endif %}\n:::",
            6, "only `::: column`", "around all of the columns", id="a condition between",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_meant(body: str, line: int, message: str, hint: str) -> None:
    """Each is refused with its line, and with what to write."""
    with pytest.raises(IssueInvalid) as caught:
        html_of(body)
    assert caught.value.where == f"issues/x.md:{line}"
    assert message in caught.value.message
    assert hint in (caught.value.hint or "")
