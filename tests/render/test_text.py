"""The plain text part: something that one would send on its own."""

# ruff: noqa: E501 - the letter to be wrapped has long lines

from __future__ import annotations

import pytest

from dispatch.render.wrap import columns_of, wrapped
from tests.render.pages import text_of

LETTER = """
Dear {{ subscriber.name }},

A paragraph with **strong**, *soft* and `code` words, long enough to be wrapped at the seventy-second column of the page.

## A section with [a link](https://example.com/a)

- One, with [a link](https://example.com/a) that was there before
- Two, so long that it has to go on in the next line, which stands under the first word
    - Deeper, and [another](https://example.com/a-very-long-address-that-cannot-be-broken/because/it/is/one/word)
        1. Deepest
        2. And next
- Three

> A quote, long enough to be wrapped too, so that the mark in front of it is seen on both of its lines.

## Second

| Name | Amount |
|:-----|-------:|
| Tea  | 3.50   |
| A cake that is much too long for its column, and so is broken into several lines | 12 |

```
code   stays
as it is
```

::: warning Mind this
Inside.

- Too
:::

![A chart](https://example.com/c.png "What it shows")

[Read on](https://example.com/read){.button}

---

### Third

Term
: Meaning

Note[^n]. Line one\\
line two. <b>Raw</b> &amp; <br>done. <https://example.com/auto> and [mail](mailto:ann@example.com)

<div><p>Raw block</p><style>p { x: y }</style><p>second</p></div>

[^n]: The note.
"""

EXPECTED = """\
Dear Ann,

A paragraph with *strong*, _soft_ and `code` words, long enough to be
wrapped at the seventy-second column of the page.

A section with a link [1]
=========================

- One, with a link [1] that was there before
- Two, so long that it has to go on in the next line, which stands under
  the first word
  - Deeper, and another [2]
    1. Deepest
    2. And next
- Three

> A quote, long enough to be wrapped too, so that the mark in front of
> it is seen on both of its lines.

[1] https://example.com/a
[2] https://example.com/a-very-long-address-that-cannot-be-broken/because/it/is/one/word

Second
======

Name                                                              Amount
----------------------------------------------------------------  ------
Tea                                                                 3.50
A cake that is much too long for its column, and so is broken         12
into several lines

    code   stays
    as it is

| Mind this
| Inside.
|
| - Too

[Image: A chart]
What it shows [3]

Read on:
https://example.com/read

                                 * * *

Third
-----

Term
    Meaning

Note[n1]. Line one
line two. Raw &
done. https://example.com/auto and mail [4]

Raw block
second

[3] https://example.com/c.png
[4] mailto:ann@example.com

[n1] The note.
"""


def test_a_letter() -> None:
    """Every kind of block, by its looks."""
    assert text_of(LETTER) == EXPECTED


def test_no_line_is_longer_than_its_words() -> None:
    """Only an address may be longer than 72 columns."""
    lines = text_of(LETTER).split("\n")
    assert [line for line in lines if len(line) > 72 and "https://" not in line] == []


@pytest.mark.parametrize(
    ("text", "width"),
    [
        pytest.param("abc", 3, id="ASCII"),
        pytest.param("ä", 1, id="one letter"),
        pytest.param("a\u0308", 1, id="combining"),
        pytest.param("日本", 4, id="wide"),
        pytest.param("\u200b\u202e", 0, id="invisible"),
        pytest.param("👍🏽", 2, id="a skin tone"),
        pytest.param("👩‍💻", 2, id="emoji joined"),
        pytest.param("❤\ufe0f", 2, id="a sign as emoji"),
        pytest.param("🇨🇭", 2, id="a flag"),
        pytest.param("كِتَاب", 4, id="Arabic vowels"),
    ],
)
def test_columns(text: str, width: int) -> None:
    """As a terminal counts them."""
    assert columns_of(text) == width


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        pytest.param("日本語を読む。次", ["日本語を", "読む。次"], id="between letters"),
        pytest.param("日本語を、読む", ["日本語", "を、読む"], id="no line begins with a comma"),
        pytest.param("日本語「読む」", ["日本語", "「読む」"], id="no line ends with a bracket"),
        pytest.param(
            "見るhttps://e.com/路。次", ["見る", "https://e.com/路。", "次"], id="an address is kept whole"
        ),
        pytest.param("（https://e.com）", ["（https://e.com）"], id="in brackets"),
        pytest.param("한국어 문장입니다", ["한국어", "문장입니다"], id="Korean breaks at its blanks"),
        pytest.param("ab日本cd 語", ["ab日本cd", "語"], id="among Latin letters"),
        pytest.param("👩‍💻👩‍💻👩‍💻 a", ["👩‍💻👩‍💻👩‍💻 a"], id="emoji of several signs"),
    ],
)
def test_wrapping_without_blanks(text: str, lines: list[str]) -> None:
    """Eight columns hold four wide letters."""
    assert wrapped(text, 8) == lines


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        pytest.param("", [""], id="nothing"),
        pytest.param("a b c", ["a b", "c"], id="at a blank"),
        pytest.param("abcdef g", ["abcdef", "g"], id="a long word is not broken"),
        pytest.param("a\nb", ["a", "b"], id="line ends stay"),
        pytest.param("a\u00a0b c", ["a\u00a0b", "c"], id="a no-break space does not break"),
    ],
)
def test_wrapping(text: str, lines: list[str]) -> None:
    """Three columns are few."""
    assert wrapped(text, 3) == lines
