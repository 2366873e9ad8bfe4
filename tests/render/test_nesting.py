"""Every feature inside every other: well nested HTML, and a text part that says the same words."""

from __future__ import annotations

import re
from collections.abc import Callable
from html.parser import HTMLParser
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.pictures import png
from tests.render.pages import read

VOID = {"area", "br", "col", "hr", "img", "input", "meta", "wbr", "link"}
PHRASING = {"a", "b", "code", "em", "i", "img", "s", "span", "strong", "sub", "sup", "br"}
ONLY_PHRASING = {"p", "h1", "h2", "h3", "dt", "code", "em", "strong", "s"}
PARENTS = {
    "li": {"ul", "ol"},
    "tr": {"thead", "tbody", "table"},
    "td": {"tr"},
    "th": {"tr"},
    "dt": {"dl"},
    "dd": {"dl"},
    "figcaption": {"figure"},
}
IMAGES = {"p.png": png(40, 20)}


class Nesting(HTMLParser):
    """Reads a page and complains of any tag that stands where it may not."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        parent = self.open[-1] if self.open else "body"
        assert parent in PARENTS.get(tag, {parent}), f"<{tag}> in <{parent}>"
        assert parent not in ONLY_PHRASING or tag in PHRASING, f"<{tag}> in <{parent}>"
        assert not (tag == "a" and "a" in self.open), "a link in a link"
        if tag == "img":
            self.words.append(dict(attrs)["alt"] or "")
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def indented(text: str, first: str, rest: str) -> str:
    """The text with `first` before its first line and `rest` before the others that are not empty."""
    lines = text.split("\n")
    return "\n".join([first + lines[0], *(rest + line if line else "" for line in lines[1:])])


INSIDE: dict[str, str] = {
    "paragraph": "Words with **strong**, *soft* and ~~old~~ ones, `code`, and [a link](https://example.com/a).",
    "heading": "### A heading",
    "list": "- one\n- two\n    1. deep\n    2. deeper",
    "tasks": "- [ ] open\n- [x] done",
    "table": "| A | B |\n|---|--:|\n| **c** | [d](https://example.com/d) |",
    "quote": "> quoted\n>\n> twice",
    "code": "```python\nif 1: go()\n```",
    "figure": '![alt words](p.png "A *caption*")',
    "linked figure": '![alt words](https://example.com/p.png "A [caption](https://example.com/c)")',
    "button": "[Press](https://example.com/press){.button}",
    "definitions": "Term\n: Meaning\n\nOther\n: First\n: Second",
    "callout": "::: warning Mind *this*\ninside\n:::",
    "columns": "::: columns\n::: column\nleft\n:::\n::: column\nright\n:::\n:::",
    "footnote": "Noted^[beside].",
    "raw": '<div class="x"><p>raw <b>words</b></p><ul><li>item</li></ul></div>',
    "condition": "{% if subscriber.plan == 'pro' %}\nshown\n{% endif %}",
    "rule": "***",
}
AROUND: dict[str, Callable[[str], str]] = {
    "list": lambda inside: f"- before\n\n{indented(inside, '  ', '  ')}\n\n- after",
    "item alone": lambda inside: indented(inside, "- ", "  "),
    "deep list": lambda inside: f"1. before\n    - {indented(inside, '', '      ')}",
    "quote": lambda inside: "\n".join(f"> {line}".rstrip() for line in inside.split("\n")),
    "callout": lambda inside: f"::: note\n{inside}\n:::",
    "box": lambda inside: f"::: {{.mine}} Title\n{inside}\n:::",
    "columns": lambda inside: f"::: columns\n::: column\n{inside}\n:::\n::: column\nright\n:::\n:::",
    "definition": lambda inside: f"Term\n: {indented(inside, '', '  ')}",
    "footnote": lambda inside: f"See[^1].\n\n[^1]: note\n\n{indented(inside, '    ', '    ')}",
    "condition": lambda inside: f"{{% if subscriber.plan == 'pro' %}}\n\n{inside}\n\n{{% endif %}}",
}


def checked(body: str) -> tuple[str, str]:
    """HTML and text of a body, after the checks that hold for every letter."""
    copy = read(body, images=IMAGES)
    assert copy.html is not None
    nesting = Nesting()
    nesting.feed(copy.html.split("<body>")[1].split("</body>")[0])
    nesting.close()
    assert nesting.open == []
    assert spoken(" ".join(nesting.words)) == spoken(without_notes(copy.text))
    assert [line for line in copy.text.split("\n") if line != line.rstrip()] == []
    return copy.html, copy.text


def spoken(text: str) -> list[str]:
    """The words, without the signs that stand for emphasis, items and numbers of notes."""
    return re.findall(r"[a-z]+", text.lower())


def without_notes(text: str) -> str:
    """The text part as it is read aloud: no addresses, no numbers of notes, no word for a picture."""
    text = re.sub(r"\(https?://\S+\)|^\W*\d*\W*https?://\S+$", "", text, flags=re.MULTILINE)
    return re.sub(r"\[n?\d+\]|\[Image(?:: )?", "", text)


PAIRS = [pair for pair in product(AROUND, INSIDE) if pair != ("columns", "columns")]


@pytest.mark.parametrize(("outer", "inner"), PAIRS)
def test_every_feature_inside_every_other(outer: str, inner: str) -> None:
    """All pairs, but for columns in columns, which are refused."""
    html, text = checked(AROUND[outer](INSIDE[inner]))
    first = spoken(re.sub(r"\(http\S*\)|\{[^}]*\}", "", INSIDE[inner]))
    assert not first or set(spoken(text)) & set(first)
    assert ":::" not in html + text


blocks = st.sampled_from([one for name, one in INSIDE.items() if name != "columns"])
wrappers = st.sampled_from([AROUND[name] for name in AROUND if name not in {"footnote", "columns"}])


@st.composite
def letters(draw: st.DrawFn) -> str:
    """Blocks one after the other, some of them in others, three deep."""
    found = []
    for _ in range(draw(st.integers(1, 4))):
        block = draw(blocks)
        for _ in range(draw(st.integers(0, 3))):
            block = draw(wrappers)(block)
        found.append(block)
    return "\n\n".join(found)


@given(letters())
@settings(max_examples=150, deadline=None)
def test_any_letter(body: str) -> None:
    """Both parts say the same words in the same order, however deep they stand."""
    checked(body)
