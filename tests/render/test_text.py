"""The plain text part: something that one would send on its own."""

# ruff: noqa: E501 - the letter to be wrapped has long lines

from __future__ import annotations

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
