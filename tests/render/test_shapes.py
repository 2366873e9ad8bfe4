"""Figures, buttons and tasks, as they are written and as they come out."""

# ruff: noqa: E501 - an expected page is easier to read on one line

from __future__ import annotations

import pytest

from tests.render.pages import html_of

BUTTON = (
    '<!--[if mso]><i style="mso-font-width:200%;mso-text-raise:24pt" hidden>&emsp;</i><span style="mso-text-raise:12pt"><![endif]-->x'
    '<!--[if mso]></span><i style="mso-font-width:200%" hidden>&emsp;&#8203;</i><![endif]-->'
)


@pytest.mark.parametrize(
    ("body", "html"),
    [
        pytest.param("[x](y){.button}", f'<p class="button-row"><a href="y" class="button">{BUTTON}</a></p>', id="button"),
        pytest.param("a [x](y){.button}", f'<p>a <a href="y" class="button">{BUTTON}</a></p>', id="button in a sentence"),
        pytest.param("- [ ] a\n- [x] b", '<ul class="tasks">\n<li>☐ a</li>\n<li>☑ b</li>\n</ul>', id="tasks"),
        pytest.param("![a](https://e.com/p.png)", '<figure class="figure">\n<a href="https://e.com/p.png" title="Click to enlarge"><img src="https://e.com/p.png" alt="a"></a>\n</figure>', id="figure"),
        pytest.param('![a & b](https://e.com/p.png "C & d"){width=520 link="https://e.com"}', '<figure class="figure">\n<a href="https://e.com"><img src="https://e.com/p.png" alt="a &amp; b" width="520"></a>\n<figcaption>C &amp; d</figcaption>\n</figure>', id="figure with a caption"),
        pytest.param("[![a](https://e.com/p.png)](https://e.com/q)", '<figure class="figure">\n<a href="https://e.com/q"><img src="https://e.com/p.png" alt="a"></a>\n</figure>', id="linked figure"),
        pytest.param("[x](a){.button}\n[x](b){.button}", f'<p class="button-row"><a href="a" class="button">{BUTTON}</a>\n<a href="b" class="button">{BUTTON}</a></p>', id="two buttons"),
        pytest.param("- [ ] a\n- b", "<ul>\n<li>☐ a</li>\n<li>b</li>\n</ul>", id="a task among others"),
        pytest.param("1. [ ] a\n2. [x] b", '<ol>\n<li>☐ a</li>\n<li>☑ b</li>\n</ol>', id="tasks in order"),
        pytest.param('![a](https://e.com/p.png "*C* -- \'d\'"){link="https://e.com"}', '<figure class="figure">\n<a href="https://e.com"><img src="https://e.com/p.png" alt="a"></a>\n<figcaption><em>C</em> – ‘d’</figcaption>\n</figure>', id="Markdown in a caption"),
        pytest.param("a ![b](https://e.com/p.png)", '<p>a <img src="https://e.com/p.png" alt="b"></p>', id="picture in a sentence"),
    ],
)  # fmt: skip
def test_html(body: str, html: str) -> None:
    """A paragraph becomes a figure or a row of buttons, an item a box to tick."""
    assert html_of(body) == html
