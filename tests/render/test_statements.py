"""Conditions and loops around blocks, rows and items: right for those who get them and for those who do not."""

# ruff: noqa: E501 - an expected page is easier to read on one line

from __future__ import annotations

import re

import pytest

from dispatch.errors import IssueInvalid
from tests.render.pages import html_of, page_of, text_of

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
            f"1. a\n{PRO}\n2. b\n{{% endif %}}\n\n{{% for t in subscriber.tags|list %}}\n- {{{{ t }}}}\n{{% endfor %}}\n- c",
            "<ol><li>a</li><li>b</li></ol><ul><li>a</li><li>b</li><li>c</li></ul>",
            "<ol><li>a</li></ol><ul><li>a</li><li>b</li><li>c</li></ul>",
            id="a loop behind a list of another kind",
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
            f"| a | b |\n|---|---|\n{PRO}| c | d | {{% endif %}}\n| e | f |",
            "<table><thead><tr><th>a</th><th>b</th></tr></thead><tbody><tr><td>c</td><td>d</td></tr><tr><td>e</td><td>f</td></tr></tbody></table>",
            "<table><thead><tr><th>a</th><th>b</th></tr></thead><tbody><tr><td>e</td><td>f</td></tr></tbody></table>",
            id="around a row on its line",
        ),
        pytest.param(
            "> | a |\n> |---|\n> {% for t in subscriber.tags | list %} | {{ t }} {{ subscriber.plan }} | {% endfor %}",
            "<blockquote><table><thead><tr><th>a</th></tr></thead><tbody><tr><td>a pro</td></tr><tr><td>b pro</td></tr></tbody></table></blockquote>",
            "<blockquote><table><thead><tr><th>a</th></tr></thead><tbody><tr><td>a free</td></tr><tr><td>b free</td></tr></tbody></table></blockquote>",
            id="a loop on the line of its row",
        ),
        pytest.param(
            f"| a | b |\n|---|---|\n| {PRO}c | d{{% endif %}} |",
            "<table><thead><tr><th>a</th><th>b</th></tr></thead><tbody><tr><td>c</td><td>d</td></tr></tbody></table>",
            "<table><thead><tr><th>a</th><th>b</th></tr></thead><tbody></tbody></table>",
            id="from the first cell to the last",
        ),
        pytest.param(
            f"| a | b |\n|---|---|\n| {PRO}c{{% endif %}} | {PRO}d{{% endif %}} |",
            "<table><thead><tr><th>a</th><th>b</th></tr></thead><tbody><tr><td>c</td><td>d</td></tr></tbody></table>",
            "<table><thead><tr><th>a</th><th>b</th></tr></thead><tbody><tr><td></td><td></td></tr></tbody></table>",
            id="inside the cells",
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
    ("body", "kind"),
    [
        pytest.param("![p](https://e.com/p.png)", '<figure class="figure">', id="picture"),
        pytest.param("[go](https://e.com){.button}", '<p class="button-row">', id="button"),
    ],
)
def test_a_condition_on_one_line(body: str, kind: str) -> None:
    """What is a block of its own by itself is one inside of a condition on its line too."""
    pro, free = shapes(f"{PRO}{body}{{% endif %}}")
    assert pro.startswith(kind)
    assert free == ""


@pytest.mark.parametrize(
    ("body", "line", "message"),
    [
        pytest.param(
            f"| a |\n|---|\n{PRO}\n| b |\n\ntext\n\n{{% endif %}}",
            7,
            "stands in a table",
            id="out of a table",
        ),
        pytest.param(f"{PRO}\n| a |\n|---|\n{{% endif %}}\n| b |", 8, "stands in a table", id="into a table"),
        pytest.param(
            f"{PRO}\n| a |\n{{% endif %}}\n|---|\n| b |", 7, "stands in a table", id="heading of a table"
        ),
        pytest.param(
            f"| a |\n|---|\n| b {PRO} |\n| c {{% endif %}} |", 8, "different elements", id="from row to row"
        ),
        pytest.param(f"- a\n- {PRO} b\n\nc {{% endif %}}", 8, "different elements", id="out of a list"),
        pytest.param(
            f"- a\n    {PRO}\n    - b\n- c\n{{% endif %}}", 9, "different elements", id="out of a nested list"
        ),
        pytest.param(
            f"{PRO}\n\n- a\n\n    {{% else %}}\n\n- b\n\n{{% endif %}}", 9, "{% else %}", id="else elsewhere"
        ),
        pytest.param(f'[x](y "t {PRO} u")', 5, "never closed", id="open in a link's title"),
        pytest.param(
            f'a\n\n[x](y "t {PRO} u") {{% endif %}}', 7, "apart from its partner", id="out of a link's title"
        ),
        pytest.param(f"[a {PRO} b](c) {{% endif %}}", 5, "different elements", id="out of a link"),
        pytest.param(f"## a {PRO}\n\nb {{% endif %}}", 7, "different elements", id="out of a heading"),
        pytest.param(f"> {PRO}\n> a\n\n{{% endif %}}", 8, "different elements", id="out of a quote"),
        pytest.param(f"::: note\n{PRO}\na\n:::\n{{% endif %}}", 9, "different elements", id="out of a box"),
        pytest.param(f"{PRO}\n## a\n\nb\n\n## c", 5, "never closed", id="open section"),
        pytest.param(f"<div>\n{PRO}\n</div>\n{{% endif %}}", 8, "different elements", id="out of raw HTML"),
        pytest.param(f"a[^1] {PRO}\n\n[^1]: b {{% endif %}}", 7, "different elements", id="into a footnote"),
        pytest.param(
            "| a |\n|---|\n| b |\n{% endif %}", 8, "without its {% if %}", id="end without a beginning"
        ),
    ],
)
def test_unbalanced(body: str, line: int, message: str) -> None:
    """What would tear an element apart for some readers is refused, with the line of the one that stands wrong."""
    with pytest.raises(IssueInvalid) as caught:
        page_of(body)
    assert caught.value.where == f"issues/x.md:{line}"
    assert message in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize(
    ("body", "pro", "free"),
    [
        pytest.param(f"a\n\n{PRO}\n\nb\n\n{{% endif %}}\n\nc", "a\n\nb\n\nc\n", "a\n\nc\n", id="paragraph"),
        pytest.param(f"{PRO}\nb\n{{% endif %}}\nc", "b\n\nc\n", "c\n", id="first paragraph"),
        pytest.param(
            f"{PRO} {{# no #}}\na\n\n{{# no #}}\n{{% endif %}}\nb", "a\n\nb\n", "b\n", id="comments"
        ),
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
