"""Style sheets taken apart, colours, and contrast."""

from __future__ import annotations

import pytest
from lxml import html

from dispatch.check.colour import contrast, inverted
from dispatch.check.style import Selectors, colour, functions_in, length, read_sheet, read_style


def test_a_sheet_is_rules_with_what_is_around_them() -> None:
    """Lines count from 1, at-rules are told, what does not parse is a fault with its line."""
    sheet = read_sheet(
        "a { color: red }\n@media (max-width: 9px) {\n  b { color: blue!important }\n}\n}", is_kept=True
    )

    assert [(rule.selector, rule.line, rule.around) for rule in sheet.rules] == [
        ("a", 1, ()),
        ("b", 3, ("@media (max-width: 9px)",)),
    ]
    assert sheet.rules[1].declarations[0].tight
    assert [(rule.keyword, rule.line) for rule in sheet.at_rules] == [("media", 2)]
    assert [line for line, _ in sheet.faults] == [5]


def test_a_space_before_important_is_seen() -> None:
    """Gmail wants one."""
    (spaced,) = read_style("color: red !important")
    (tight,) = read_style("color: red!important")

    assert (spaced.important, spaced.tight, tight.important, tight.tight) == (True, False, True, True)


@pytest.mark.parametrize(
    ("value", "size"),
    [("14px", 14), ("12pt", 16), ("0", 0), ("1em", None), ("auto", None), ("1px 2px", None)],
)
def test_lengths_in_pixels(value: str, size: float | None) -> None:
    """Only what does not depend on anything else."""
    assert length(value) == size


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("#fff", (1, 1, 1)),
        ("red", (1, 0, 0)),
        ("rgb(0 0 0 / 50%)", (0.5, 0.5, 0.5)),
        ("url(x.png) #000", (0, 0, 0)),
        ("inherit", None),
        ("currentcolor", None),
    ],
)
def test_colours_are_laid_over_white(value: str, expected: tuple[float, ...] | None) -> None:
    """And what names no colour is none."""
    found = colour(value)

    assert found == (pytest.approx(expected) if expected else None)


def test_functions_are_found_inside_of_each_other() -> None:
    """Names in small letters."""
    assert sorted(functions_in("calc(1px + VAR(--x))")) == ["calc", "var"]


def test_selectors_find_elements() -> None:
    """In one tree; what does not parse finds none and says so."""
    root = html.document_fromstring("<div class='a'><p>x</p><p>y</p></div>")
    selectors = Selectors(root)

    assert [one.text for one in selectors.meant_by(".a > p + p") or ()] == ["y"]
    assert selectors.meant_by("p >") is None


def test_contrast_is_that_of_wcag() -> None:
    """21 for black on white, 1 for the same, 4.54 for the grey that just passes."""
    white, black = (1.0, 1.0, 1.0), (0.0, 0.0, 0.0)

    assert contrast(white, black) == pytest.approx(21)
    assert contrast(white, white) == 1
    assert contrast(colour("#767676") or black, white) == pytest.approx(4.54, abs=0.01)
    assert inverted(white) == black
