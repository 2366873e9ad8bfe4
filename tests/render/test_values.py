"""Values in every place of a page: never markup, never a script, always on the wire."""

from __future__ import annotations

import quopri
import re
from collections import Counter

import pytest
from lxml import html as lxml_html

from dispatch.errors import IssueInvalid
from tests.render.hostile import HOSTILE
from tests.render.pages import ANN, BARE_HTML, LINKS, html_of, page_of, text_of
from tests.render.test_wire import assert_on_the_wire

EVERYWHERE = """
Dear {{ subscriber.name }}, **{{ subscriber.name }}**
[{{ subscriber.name }}]({{ subscriber.url }} "t {{ subscriber.name }}")
[part](https://example.com/?a={{ subscriber.name }}&b={{ subscriber.plan }})
![{{ subscriber.name }}](https://example.com/{{ subscriber.name }}.png)

# {{ subscriber.name }}

- {{ subscriber.name }}
    - {{ subscriber.name }}

| a | {{ subscriber.name }} |
|---|---|
| {{ subscriber.name }} | b |

> {{ subscriber.name }}

::: note {{ subscriber.name }}
{{ subscriber.name }}
:::

<p style="color: {{ subscriber.name }}" title='{{ subscriber.name }}' id={{ subscriber.name }}>
raw {{ subscriber.name }}</p>
<a href=" {{ subscriber.name }}">x</a> <!-- {{ subscriber.name }} -->
<!--[if mso]><a href="{{ subscriber.name }}">{{ subscriber.name }}</a><![endif]-->

`{{ subscriber.name }}` {% if subscriber.name == "Neutral" %}{% endif %}
"""
STYLED = {
    "bare/html.jinja": BARE_HTML.replace(
        "</head>",
        "<style>p { color: red } .callout { width: 5px }</style>"
        '<style data-premailer="ignore">.x { color: {{ subscriber.name }} }</style></head>',
    )
}


def tags(html: str) -> Counter[tuple[str, tuple[str, ...]]]:
    """Every element with the names of its attributes."""
    root = lxml_html.document_fromstring(html)
    return Counter((str(node.tag), tuple(sorted(map(str, node.attrib)))) for node in root.iter())


@pytest.mark.parametrize("value", HOSTILE, ids=range(len(HOSTILE)))
def test_a_value_is_never_markup(value: str) -> None:
    """In every place of a page, any value gives the same elements and attributes as a harmless name."""
    page = page_of(
        EVERYWHERE, layout=STYLED, subject="Hi {{ subscriber.name }}", preheader="{{ subscriber.name }}"
    )
    neutral = page.read({**ANN, "name": "Neutral", "url": "Neutral"}, LINKS)
    hostile = page.read({**ANN, "name": value, "url": value}, LINKS)
    assert neutral.html is not None
    assert hostile.html is not None
    assert tags(hostile.html) == tags(neutral.html)
    assert "javascript:" not in "".join(re.findall(r"(?:href|src)=\"[^\"]*", hostile.html))
    assert "49" not in hostile.html + hostile.text
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", hostile.html + hostile.text)
    assert hostile.subject == f"Hi {value}"


@pytest.mark.parametrize("value", HOSTILE, ids=range(len(HOSTILE)))
def test_a_filled_page_is_on_the_wire(value: str) -> None:
    """Whatever the values, the parts are bodies as they can be sent, and end a line."""
    copy = page_of(EVERYWHERE, layout=STYLED).fill({**ANN, "name": value, "url": value}, LINKS)
    for part in (b"".join(copy.text), b"".join(copy.html or [])):
        assert_on_the_wire(part.decode("ascii"))
        assert part.endswith(b"\r\n")
        quopri.decodestring(part).decode("utf-8")


NAME = "{{ subscriber.name }}"


@pytest.mark.parametrize(
    ("body", "value", "html"),
    [
        pytest.param(NAME, "<b>&\"'", "&lt;b&gt;&amp;&#34;&#39;", id="text"),
        pytest.param(
            f"[x]({NAME})", "https://a.b/?c&d", '<a href="https://a.b/?c&amp;d">x</a>', id="address"
        ),
        pytest.param(f"[x]({NAME})", "javascript:1", '<a href="#">x</a>', id="unsafe address"),
        pytest.param(f"[x](//a/{NAME})", "a/b?c d", '<a href="//a/a%2Fb%3Fc%20d">x</a>', id="part of one"),
        pytest.param(f"[x]({NAME}{NAME})", "javascript:", '<a href="##">x</a>', id="two beginnings"),
        pytest.param(
            f'<i style="color:{NAME}">x</i>', "red;x:u(y)", '<i style="color:redxuy">x</i>', id="style"
        ),
        pytest.param(f'<i title="{NAME}">x</i>', '"<', '<i title="&#34;&lt;">x</i>', id="attribute"),
        pytest.param(f"<{NAME}>", "a.b+c@d.e", '<a href="mailto:a.b+c@d.e">a.b+c@d.e</a>', id="mailbox"),
        pytest.param(
            f"<mailto:{NAME}>", "a@b.c", '<a href="mailto:a@b.c">mailto:a@b.c</a>', id="behind mailto"
        ),
        pytest.param(
            f"[x](mailto:{NAME}?subject={NAME})",
            "a@b?cc=d&e",
            '<a href="mailto:a@b%3Fcc%3Dd%26e?subject=a%40b%3Fcc%3Dd%26e">x</a>',
            id="mailbox with more",
        ),
        pytest.param(
            f"[x][r]\n\n[r]: {NAME} '{NAME}'", 'ht"', '<a href="#" title="ht&#34;">x</a>', id="reference"
        ),
        pytest.param(
            f"{NAME}!", "\u202ex\u2066y", "\u202ex\u2066y\u2069\u202c!", id="turned text is turned back"
        ),
        pytest.param(
            f'<i style="background:url(https://a.b/{NAME}.png)">x</i>',
            "c);d:url(e",
            '<i style="background:url(https://a.b/c%29%3Bd%3Aurl%28e.png)">x</i>',
            id="part of an address in a style",
        ),
        pytest.param(f'<a ping="{NAME}">x</a>', "javascript:1", '<a ping="#">x</a>', id="another address"),
        pytest.param(f'<b data="{NAME}">x</b>', "data:,1", '<b data="#">x</b>', id="address of an object"),
        pytest.param(
            f'<meta http-equiv="refresh" content="0; URL={NAME}">',
            "javascript:1",
            '<meta http-equiv="refresh" content="0; URL=#">',
            id="redirection",
        ),
        pytest.param(f"<i title={NAME}>x</i>", "a b", '<i title="a b">x</i>', id="attribute without quotes"),
        pytest.param(f"x <!-- {NAME} -->", "-->", "x <!-- --&gt; -->", id="comment"),
        pytest.param(f"<{NAME}>", "http://a.b", '<a href="http://a.b">http://a.b</a>', id="link to itself"),
        pytest.param(f'*{NAME}* "{NAME}"', "_a_", "<em>_a_</em> “_a_”", id="emphasis and quotes"),
    ],
)
def test_escaped_for_its_place(body: str, value: str, html: str) -> None:
    """Each place has its own way."""
    assert html_of(body, {"name": value}).removeprefix("<p>").removesuffix("</p>") == html


def test_text_part_has_values_as_they_are() -> None:
    """Plain text needs no escaping, but an address in it stays one."""
    body = "{{ subscriber.name }} [x](https://a.b/?n={{ subscriber.name }}) [y]({{ subscriber.name }})"
    shown = text_of(body, {"name": "<A & B>"})
    assert shown == "<A & B> x [1] y [2]\n\n[1] https://a.b/?n=%3CA%20%26%20B%3E\n[2] #\n"


def test_pages_do_not_depend_on_the_machine() -> None:
    """Two compilations of one issue are equal to the byte."""
    assert page_of(EVERYWHERE).fill(ANN, LINKS) == page_of(EVERYWHERE).fill(ANN, LINKS)


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "body",
    [
        pytest.param("{{ " * 20_000, id="many openings"),
        pytest.param("{% if x %}" * 15 + "a" + "{% endif %}" * 15, id="deep conditions"),
        pytest.param('{{ "' * 5_000, id="many quotes"),
        pytest.param("{{ subscriber.name }} " * 1_000, id="many expressions"),
        pytest.param("[" * 5_000 + "]" * 5_000, id="many brackets"),
        pytest.param("<div>" * 2_000, id="deep elements"),
        pytest.param("> " * 1_000 + "a", id="deep quotes"),
        pytest.param("\n".join("  " * depth + "- a" for depth in range(200)), id="deep lists"),
        pytest.param("|" * 2_000 + "\n" + "|-" * 2_000 + "|", id="wide table"),
        pytest.param("\ufeff\x00\ud800\udfff\uffff", id="no characters"),
        pytest.param("<<<>><a href='<p>\"'></b><table><p><tr>{{ subscriber.name }}", id="broken HTML"),
    ],
)
def test_a_strange_body_is_a_letter_or_an_error(body: str) -> None:
    """No body makes the renderer crash, or take for ever."""
    try:
        copy = page_of(body.replace("if x", "if subscriber.name")).fill(ANN, LINKS)
    except IssueInvalid:
        return
    assert_on_the_wire(b"".join(copy.text).decode())
