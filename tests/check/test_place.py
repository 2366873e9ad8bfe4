"""Places: stamps that survive the renderer, and words found again in their source."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.check.place import STAMP, Place, Source, Sources, lines_in_words, stamped

BODY = "Dear reader,\n\nIt's *new* and -- yes -- [here](https://example.com/a%20b).\n\nAgain: https://example.com/x\n"


@pytest.fixture
def sources() -> Sources:
    """An issue whose body begins on line 5, and one template."""
    style = "p { color: red }\n.box { padding-{{ start }}: 4px }\n"
    return Sources(
        Source(file="issues/a.md", text=BODY, first=5), [Source(file="templates/x/inline.css", text=style)]
    )


def test_every_tag_outside_of_expressions_is_stamped() -> None:
    """With the number of its source and its line; text, expressions and addresses stay as they are."""
    source = '<p>\n{{ "<b>" }} a < b <https://x.example/>\n<img src="x"/>{# <i> #}</p>'

    assert stamped(source, 2, first=7).split("\n") == [
        f'<p {STAMP}="2-7">',
        '{{ "<b>" }} a < b <https://x.example/>',
        f'<img {STAMP}="2-9" src="x"/>{{# <i> #}}</p>',
    ]


@given(st.text(alphabet="<>/ab{}%# \n\"'=", max_size=60))
def test_a_stamp_never_moves_a_line(source: str) -> None:
    """And without the stamps it is the source again."""
    marked = stamped(source, 0)

    assert marked.count("\n") == source.count("\n")
    assert (
        "".join(
            part if not index else part.partition('"')[2].partition('"')[2]
            for index, part in enumerate(marked.split(f" {STAMP}="))
        )
        == source
    )


def test_a_stamp_names_its_place(sources: Sources) -> None:
    """And what is no stamp of ours names none."""
    assert sources.at("1-2") == Place("templates/x/inline.css", 2)
    assert sources.at("7-2") is sources.at("") is sources.at("x-y") is None


def test_words_are_found_through_markdown_and_typography(sources: Sources) -> None:
    """Curly quotes, dashes, stars and percent signs do not hide them."""
    assert sources.find_words("It’s new and – yes –") == Place("issues/a.md", 7)
    assert sources.find_words("https://example.com/a b") == Place("issues/a.md", 7)
    assert sources.find_words("not there") is None


def test_the_nth_of_several_is_found_or_the_last(sources: Sources) -> None:
    """So that two links to one address have two places."""
    assert sources.find("https://example.com", nth=1) == Place("issues/a.md", 9)
    assert sources.find("https://example.com", nth=5) == Place("issues/a.md", 9)
    assert sources.find("") is None


def test_a_line_of_style_is_found_also_when_it_was_filled_in(sources: Sources) -> None:
    """A template's line with an expression may have become this one."""
    assert sources.find_style("  p { color: red }") == Place("templates/x/inline.css", 1)
    assert sources.find_style(".box { padding-left: 4px }") == Place("templates/x/inline.css", 2)
    assert sources.find_style(".other { padding-left: 4px }") is None


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ([4], "line 4"),
        ([4, 9], "lines 4 and 9"),
        ([1, 2, 3], "lines 1, 2 and 3"),
        (list(range(1, 1001)), "lines 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 and 990 more"),
    ],
)
def test_lines_in_words(lines: list[int], words: str) -> None:
    """As many as fit on a line."""
    assert lines_in_words(lines) == words
