"""Conditions and loops around blocks, rows and items: right for those who get them and for those who do not."""

# ruff: noqa: E501 - an expected page is easier to read on one line

from __future__ import annotations

import re

import pytest

from tests.render.pages import html_of, text_of

PRO = '{% if subscriber.plan == "pro" %}'


def shapes(body: str) -> tuple[str, str]:
    """The HTML for a pro and for somebody else, without whitespace between elements."""
    both = (html_of(body, {"plan": plan}) for plan in ("pro", "free"))
    first, second = (re.sub(r"\s*(<[^>]*>)\s*", r"\1", html) for html in both)
    return first, second


@pytest.mark.parametrize(
    ("body", "pro", "free"),
    [
        pytest.param(f"a\n{PRO}\nb\n{{% endif %}}\nc", "<p>a</p><p>b</p><p>c</p>", "<p>a</p><p>c</p>", id="paragraph"),
        pytest.param(f"{PRO}\n## b\n\nc\n{{% endif %}}", "<h2>b</h2><p>c</p>", "", id="section"),
        pytest.param(f"{PRO}\nb\n{{% else %}}\nc\n{{% endif %}}", "<p>b</p>", "<p>c</p>", id="else"),
        pytest.param(f"{PRO}b{{% endif %}}", "<p>b</p>", "", id="whole paragraph"),
        pytest.param(f"{PRO}b{{% else %}}c{{% endif %}}", "<p>b</p>", "<p>c</p>", id="inside a paragraph"),
        pytest.param(f"a {PRO}*b*{{% endif %}} c", "<p>a<em>b</em>c</p>", "<p>a  c</p>", id="part of a paragraph"),
        pytest.param(
            f"- a\n{PRO}\n- b\n{{% endif %}}\n- c",
            "<ul><li>a</li><li>b</li><li>c</li></ul>",
            "<ul><li>a</li><li>c</li></ul>",
            id="list item",
        ),
        pytest.param(
            f"{PRO}\n- b\n{{% endif %}}\n- c", "<ul><li>b</li><li>c</li></ul>", "<ul><li>c</li></ul>", id="first item"
        ),
        pytest.param(
            f"- a\n\n{PRO}\n\n- b\n\n{{% else %}}\n\n- c\n\n{{% endif %}}",
            "<ul><li>a</li><li>b</li></ul>",
            "<ul><li>a</li><li>c</li></ul>",
            id="items with blank lines and else",
        ),
        pytest.param(f"{PRO}\n- b\n{{% endif %}}", "<ul><li>b</li></ul>", "", id="whole list"),
        pytest.param(
            f"{PRO}\n- b\n{{% else %}}\n- c\n{{% endif %}}",
            "<ul><li>b</li></ul>",
            "<ul><li>c</li></ul>",
            id="two whole lists",
        ),
        pytest.param(f"- {PRO}b{{% endif %}}\n- c", "<ul><li>b</li><li>c</li></ul>", "<ul><li>c</li></ul>", id="inside an item"),
        pytest.param(
            f"1. a\n{PRO}\n2. b\n{{% endif %}}\n3. c",
            "<ol><li>a</li><li>b</li><li>c</li></ol>",
            "<ol><li>a</li><li>c</li></ol>",
            id="numbered item",
        ),
        pytest.param(
            f"- a\n    - b\n    {PRO}\n    - c\n    {{% endif %}}\n- d",
            "<ul><li>a<ul><li>b</li><li>c</li></ul></li><li>d</li></ul>",
            "<ul><li>a<ul><li>b</li></ul></li><li>d</li></ul>",
            id="nested item",
        ),
        pytest.param(
            f"- a\n{PRO}\n* b\n{{% endif %}}\n",
            "<ul><li>a</li></ul><ul><li>b</li></ul>",
            "<ul><li>a</li></ul>",
            id="lists of two kinds stay two",
        ),
        pytest.param(
            f"- a\n{PRO}\ntext\n\n- b\n{{% endif %}}\n- c",
            "<ul><li>a</li></ul><p>text</p><ul><li>b</li></ul><ul><li>c</li></ul>",
            "<ul><li>a</li></ul><ul><li>c</li></ul>",
            id="a list with more in its branch",
        ),
        pytest.param(
            f"- a\n{PRO}\n- b\n{{% for t in subscriber.tags|list %}}\n- {{{{ t }}}}\n{{% endfor %}}\n{{% endif %}}",
            "<ul><li>a</li><li>b</li><li>a</li><li>b</li></ul>",
            "<ul><li>a</li></ul>",
            id="loop inside of a condition",
        ),
        pytest.param(
            f"| a |\n|---|\n| b |\n{PRO}\n| c |\n{{% endif %}}\n| d |",
            "<table><thead><tr><th>a</th></tr></thead><tbody><tr><td>b</td></tr><tr><td>c</td></tr><tr><td>d</td></tr></tbody></table>",
            "<table><thead><tr><th>a</th></tr></thead><tbody><tr><td>b</td></tr><tr><td>d</td></tr></tbody></table>",
            id="row",
        ),
        pytest.param(
            f"{PRO}\n| a |\n|---|\n| b |\n{{% endif %}}\nc",
            "<table><thead><tr><th>a</th></tr></thead><tbody><tr><td>b</td></tr></tbody></table><p>c</p>",
            "<p>c</p>",
            id="table",
        ),
        pytest.param(f"{PRO}\n> b\n{{% endif %}}\n> c", "<blockquote><p>b</p></blockquote><blockquote><p>c</p></blockquote>", "<blockquote><p>c</p></blockquote>", id="quote"),
        pytest.param(f"> {PRO}\n> b\n> {{% endif %}}\n> c", "<blockquote><p>b</p><p>c</p></blockquote>", "<blockquote><p>c</p></blockquote>", id="inside a quote"),
        pytest.param(f"{PRO}\n```\n{{% if %}}\n```\n{{% endif %}}", '<pre class="code"><code>{% if %}</code></pre>', "", id="around code"),
        pytest.param(f"[x](y \"t{PRO} p{{% endif %}}\")", '<p><a href="y" title="t p">x</a></p>', '<p><a href="y" title="t">x</a></p>', id="link title"),
        pytest.param(f"[x](https://e.com/{PRO}pro{{% endif %}})", '<p><a href="https://e.com/pro">x</a></p>', '<p><a href="https://e.com/">x</a></p>', id="link target"),
        pytest.param(f"<div>\n{PRO}\n<p>b</p>\n{{% endif %}}\n</div>", "<div><p>b</p></div>", "<div></div>", id="raw HTML"),
        pytest.param(f"a\n{{# no #}}\nb\n\n{{# no #}}\n\nc {PRO}{{# no #}}{{% endif %}}", "<p>a\nb</p><p>c</p>", "<p>a\nb</p><p>c</p>", id="comments"),
    ],
)  # fmt: skip
def test_blocks(body: str, pro: str, free: str) -> None:
    """Each reader gets what is meant, and the elements stay whole."""
    plain = [re.sub(r' (?:class="data"|scope="col")', "", html) for html in shapes(body)]
    assert plain == [pro, free]


@pytest.mark.parametrize(
    ("body", "pro", "free"),
    [
        pytest.param(f"a\n\n{PRO}\n\nb\n\n{{% endif %}}\n\nc", "a\n\nb\n\nc\n", "a\n\nc\n", id="paragraph"),
        pytest.param(f"{PRO}\nb\n{{% endif %}}\nc", "b\n\nc\n", "c\n", id="first paragraph"),
        pytest.param(
            f"a\n{PRO}\nb\n{{% else %}}\nc\n{{% endif %}}", "a\n\nb\n", "a\n\nc\n", id="last paragraph"
        ),
        pytest.param(f"- a\n{PRO}\n- b\n{{% endif %}}\n- c", "- a\n- b\n- c\n", "- a\n- c\n", id="item"),
        pytest.param(
            f"3. a\n{PRO}\n4. b\n{{% endif %}}\n5. c", "3. a\n4. b\n5. c\n", "3. a\n4. c\n", id="numbers"
        ),
        pytest.param(f"> a\n>\n> {PRO}\n> b\n> {{% endif %}}", "> a\n>\n> b\n", "> a\n", id="quote"),
        pytest.param(
            f"| a |\n|---|\n{PRO}\n| b |\n{{% endif %}}\n| c |", "a\n-\nb\nc\n", "a\n-\nc\n", id="row"
        ),
        pytest.param(
            f"[x](https://x.com)\n{PRO}\n[b](https://b.com) [x](https://x.com)\n{{% endif %}}\n[c](https://c.com)",
            "x [1]\n\nb [2] x [1]\n\n[2] https://b.com\n\nc [3]\n\n[1] https://x.com\n[3] https://c.com\n",
            "x [1]\n\nc [3]\n\n[1] https://x.com\n[3] https://c.com\n",
            id="the links of a branch stay in it",
        ),
        pytest.param(
            f"a {PRO}[b](https://b.com){{% endif %}} c",
            "a b (https://b.com) c\n",
            "a  c\n",
            id="link in a condition",
        ),
    ],
)
def test_text(body: str, pro: str, free: str) -> None:
    """No reader gets stray blank lines, numbers that jump, or links that are not for them."""
    assert (text_of(body, {"plan": "pro"}), text_of(body, {"plan": "free"})) == (pro, free)
