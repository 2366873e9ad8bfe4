"""A long issue that greets its readers in every place there is, and readers who call themselves what they like."""

# ruff: noqa: E501 - the issue is one to read

from __future__ import annotations

import re
from collections import Counter
from functools import cache

import pytest
from lxml import html as lxml_html

from dispatch.render.page import Page, ReadableCopy
from tests.render.pages import BARE_HTML, LINKS, page_of
from tests.render.test_values import tags

N = "{{ subscriber.name }}"
PERSONAL = f"""
Dear {N}, **{N}**, *{N}*, ~~{N}~~, "{N}" and {{{{ subscriber.name | upper }}}}

[{N}](https://example.com/{N}?q={N}#{N} "for {N}") and [x]({{{{ subscriber.url }}}})
and <https://example.com/{N}> and <mailto:{N}@example.com> and [r][r]

[r]: https://example.com/r/{N} "ref {N}"

## A heading for {N}

### {{{{ subscriber.name | default("reader") }}}} below

![picture of {N}](https://example.com/{N}.png "caption {N}")

1. one {N}
    - two {N}
        - three {N}
    - {{{{ subscriber.tags | list | join(" and ") }}}}
2. {{{{ "four" if subscriber.name else "five" }}}}

{{% for tag in subscriber.tags | list %}}
- tag {{{{ tag }}}} {{{{ loop.index }}}}
{{% endfor %}}

- [ ] todo {N}
- [x] done {{{{ subscriber.plan | title }}}}

| head {N} | b |
|----------|---|
| {N} | [c](https://example.com/c/{N}) |
{{% if subscriber.plan == "pro" %}}
| row {N} | d |
{{% endif %}}

> quote {N}

::: note Title {N}
inside {N}
:::

Term {N}
: definition {N}

A note.[^a]

[^a]: note {N}

[Button {N}](https://example.com/go/{N}){{.button}}

{{% set known = subscriber.name | replace("a", "b") %}}
{{{{ known }}}} {{{{ subscriber.since | date }}}} {{{{ subscriber.paid | money("CHF") }}}} `{N}`

<div id="{N}" title='{N}' style="color:{N};background:url(https://example.com/{N})" data-x={N}>
<a href="{{{{ subscriber.url }}}}">raw {N}</a></div>

<!-- {N} -->
<!--[if mso]><table title="{N}"><tr><td><a href="{{{{ subscriber.url }}}}">{N}</a></td></tr></table><![endif]-->
"""
FILLER = """
## Section {0}

A paragraph of *words* that says little, with [a link](https://example.com/{0}) and `code`, more than once, so that
the letter is as long as letters of the long kind are.

- an item
    - a deeper one

| a | b |
|---|---|
| 1 | 2 |

> A quote of some length, to be read twice.

```python
def section(): return {0}
```
"""
AGAIN = PERSONAL.replace("[^a]", "[^b]").replace("[r]", "[s]")
LONG = PERSONAL + "".join(FILLER.format(number) for number in range(350)) + AGAIN
LAYOUT = {
    "bare/html.jinja": BARE_HTML.replace(
        "</head>",
        "<style>p { margin: 0 0 1em } td { padding: 3px } li li { margin: 0 } .button { color: #ffffff }</style>"
        f'<style data-premailer="ignore">.x {{ color: {N} }}</style></head>',
    ),
    "bare/text.jinja": "{{ content }}",
}
NEUTRAL = {
    "email": "n@example.com",
    "name": "Neutral",
    "url": "https://example.com/neutral",
    "plan": "pro",
    "tags": "one, two",
    "since": "2026-11-20",
    "paid": "12",
}
HOSTILE = [
    pytest.param("\"quoted\" 'name' `tick`", 'https://example.com/"><script>', id="quotes"),
    pytest.param("<script>alert(1)</script><b>", "javascript:alert(1)", id="markup"),
    pytest.param("javascript:alert(1)", " jAvAsCrIpT\t:alert(1)", id="script"),
    pytest.param("مرحبا \u202eאבג بك", "data:text/html,<script>alert(1)</script>", id="right to left"),
    pytest.param("x" * 300, "vbscript:" + "y" * 300, id="300 characters"),
    pytest.param("👩‍👩‍👧‍👦 Ünï ✉️", "https://example.com/✉️?a=1&b=2", id="emoji"),
    pytest.param("{{x}} {% if x %} {{ subscriber.email }} {#", "{{ unsubscribe_url }}", id="braces"),
]


@cache
def long_page() -> Page:
    return page_of(
        LONG, layout=LAYOUT, columns=tuple(NEUTRAL), subject=f"News for {N}", preheader=f"Only for {N}"
    )


def copy_for(name: str, url: str) -> ReadableCopy:
    return long_page().read({**NEUTRAL, "name": name, "url": url, "tags": f"{name}, {name}"}, LINKS)


def test_the_issue_is_long_and_personal() -> None:
    """As long as the longest, with more than forty expressions."""
    assert len(LONG.encode()) > 120_000
    assert len(re.findall(r"\{\{.*?\}\}", PERSONAL)) > 40


@pytest.mark.parametrize(("name", "url"), HOSTILE)
def test_no_name_is_markup(name: str, url: str) -> None:
    """The elements and their attributes are those of a reader called Neutral."""
    neutral, hostile = copy_for("Neutral", NEUTRAL["url"]), copy_for(name, url)
    assert tags(hostile.html or "") == tags(neutral.html or "")
    assert hostile.subject == f"News for {name}"


@pytest.mark.parametrize(("name", "url"), HOSTILE)
def test_every_address_is_safe(name: str, url: str) -> None:
    """In all attributes that are followed, for Outlook too, and among the links of the text part."""
    copy = copy_for(name, url)
    addresses = re.findall(r'\b(?:href|src|background)="([^"]*)"', copy.html or "")
    addresses += re.findall(r"^\[\d+\] (.*)$", copy.text, re.MULTILINE)
    assert len(addresses) > 600
    schemes = Counter(one.partition(":")[0] if one != "#" else one for one in addresses)
    assert set(schemes) <= {"https", "mailto", "#"}
    assert not [one for one in addresses if re.search(r"[\s<>\"'{}]", one)]


@pytest.mark.parametrize(("name", "url"), [*HOSTILE, pytest.param("Neutral", NEUTRAL["url"], id="neutral")])
def test_both_parts_say_the_same(name: str, url: str) -> None:
    """The same words in the same order, whoever reads."""
    copy = copy_for(name, url)
    said = words_of_text(copy.text)
    assert words_of_html(copy.html or "") == said
    assert len(said) > 15_000


INLINE = {"a", "strong", "em", "s", "code", "span", "img", "sup"}


def words(text: str) -> list[str]:
    """Letters and digits; quotes, dashes and the marks of emphasis, lists and tables are no words."""
    return re.findall(r"[^\W_]+", text)


def words_of_html(html: str) -> list[str]:
    """What a reader sees, pictures by their texts. The number that points to a note is no word."""
    body = lxml_html.document_fromstring(html).find("body")
    assert body is not None
    for node in body.iter("*"):
        if node.tag == "sup":
            node.text = ""
        if node.tag == "img":
            node.tail = f"{node.get('alt')} {node.tail or ''}"
        if node.tag not in INLINE:
            node.text = f" {node.text or ''}"
            node.tail = f" {node.tail or ''}"
    return words(lxml_html.tostring(body, method="text", encoding="unicode"))


def words_of_text(text: str) -> list[str]:
    """What a reader sees, without numbers, and without the addresses below sections and buttons."""
    text = re.sub(r"^\[\d+\] .*$", "", text, flags=re.MULTILINE)
    text = re.sub(r"(?<=:)\n\S+://\S+$", "", text, flags=re.MULTILINE)
    text = re.sub(r"^ *\d+\. ", "", text, flags=re.MULTILINE)
    return words(re.sub(r"\[n?\d+\]|\[Image: ", " ", text))
