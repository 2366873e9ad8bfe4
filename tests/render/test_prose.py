"""Links, pictures and marks within a paragraph of plain text."""

# ruff: noqa: E501 - a case is easier to read on one line

from __future__ import annotations

import pytest

from tests.render.pages import text_of


@pytest.mark.parametrize(
    ("body", "text"),
    [
        pytest.param("[a](https://e.com) [b](https://e.com)", "a [1] b [1]\n\n[1] https://e.com\n", id="twice"),
        pytest.param("<https://e.com> www.e.com a@e.com", "https://e.com www.e.com a@e.com\n", id="themselves"),
        pytest.param("[a@e.com](mailto:a@e.com)", "a@e.com\n", id="an address of a person"),
        pytest.param("[+41 1](tel:+411)", "+41 1 [1]\n\n[1] tel:+411\n", id="a telephone"),
        pytest.param("[up](#top)", "up\n", id="within the page"),
        pytest.param("**a** *b* ~~c~~ `d`", "*a* _b_ ~c~ `d`\n", id="marks"),
        pytest.param("[![a](https://e.com/p)](https://e.com) b", "[Image: a] [1] b\n\n[1] https://e.com\n", id="a picture"),
        pytest.param("a[^1]\n\n[^1]: b", "a[n1]\n\n[n1] b\n", id="a footnote"),
        pytest.param("{% if subscriber.plan %}[a](https://e.com){% endif %} b", "a (https://e.com) b\n", id="for some"),
        pytest.param("- a\n{% for t in subscriber.tags | list %}\n- [{{ t }}](https://e.com/{{ t }})\n{% endfor %}", "- a\n- a (https://e.com/a)\n- b (https://e.com/b)\n", id="items of a loop"),
        pytest.param("{% for t in subscriber.tags | list %}\n[{{ t }}](https://e.com/{{ t }})\n{% endfor %}\n\nb [c](https://e.com)", "a (https://e.com/a)\n\nb (https://e.com/b)\n\nb c [1]\n\n[1] https://e.com\n", id="paragraphs of a loop"),
        pytest.param("::: note\n{% if subscriber.plan %}\n![a](https://e.com/p)\n{% endif %}\nb\n:::", "| Note\n| [Image: a] (https://e.com/p)\n|\n| b\n", id="a figure for some"),
        pytest.param("|a|\n|-|\n{% if subscriber.plan == 'x' %}\n|[c](https://e.com)|\n{% endif %}\n|[d](https://e.com/d)|", "a\n-----------------\nd [1]\n\n[1] https://e.com/d\n", id="a row for others"),
        pytest.param("[Why?](https://e.com){.button}", "Why?\nhttps://e.com\n", id="a button that asks"),
        pytest.param("[Go](https://e.com){.button}", "Go:\nhttps://e.com\n", id="a button"),
        pytest.param("[a](https://e.com/1)\n\n# B\n\n[b](https://e.com/2)", "a [1]\n\n[1] https://e.com/1\n\nB\n=\n\nb [2]\n\n[2] https://e.com/2\n", id="by section"),
    ],
)  # fmt: skip
def test_words(body: str, text: str) -> None:
    """Addresses stand once, at the end of their section, and never where they are read already."""
    assert text_of(body) == text
