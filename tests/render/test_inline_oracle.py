"""A second inliner as a witness: premailer and css-inline give every element of every layout the same style.

They write it differently, so what is compared is what a browser would make of it: shorthands taken apart, the
later declaration over the earlier, the important one over both.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import css_inline
import pytest
import tinycss2
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import html as lxml_html

from dispatch.model.settings import Newsletter
from dispatch.render.inline import inlined
from dispatch.render.personal import Mask
from tests.render.pages import ANN, LINKS, page_of

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
LAYOUTS = sorted(
    folder.name
    for folder in TEMPLATES.iterdir()
    if (folder / "html.jinja").exists() and (folder / "text.jinja").exists()
)
EVERYTHING = """
Dear *{{ subscriber.name }}*, see [this](https://example.com), `code`, ~~that~~ and **all**.[^1]

## A section {{ subscriber.plan }}

1. One
    - two **and** a half

        text

        - three
2. ![alt](https://example.com/a.png)

{% if subscriber.plan == "pro" %}
### Only here

> Quoted *words*
> and more
{% endif %}

![alt](https://example.com/b.png "Caption"){width=520 height=90}

| a | b |
|---|--:|
| 1 | `2` |

::: warning Mind
A box with a [link](https://example.com).
:::

```python
def f(x): return "s" + 1  # c
```

[Go](https://example.com){.button}

- [ ] open
- [x] done

Term
: Definition

---

<p class="small" style="color: red; margin-top: 3px">own</p>

[^1]: A note with `code`.
"""
# css-inline parses as a browser does, and puts a tbody into every table.
UNSTYLED = {"style", "head", "meta", "title", "tbody"}
SIDES = ("top", "right", "bottom", "left")
STYLES = {"none", "solid", "double", "dotted", "dashed"}


def template(name: str, *, inline: bool) -> str | None:
    """A built-in template; not to be inlined, all of its styles are kept, the one for inlining told apart."""
    path = TEMPLATES / name
    if not path.is_file():
        return None
    source = path.read_text(encoding="utf-8")
    if inline:
        return source
    source = source.replace(
        '<style data-premailer="ignore">', '<style data-premailer="ignore" data-css-inline="ignore">'
    )
    return source.replace("<style>", '<style data-premailer="ignore">')


def html_in(layout: str, *, inline: bool) -> str:
    names = [str(path.relative_to(TEMPLATES)) for path in TEMPLATES.glob("**/*") if path.is_file()]
    page = page_of(
        EVERYTHING,
        layout={name: template(name, inline=inline) or "" for name in names},
        layout_name=layout,
        newsletter=Newsletter(
            name="News", tagline="Now", public_url="https://example.com", postal_address="Here"
        ),
        number=7,
    )
    html = page.read(ANN, LINKS).html
    assert html is not None
    return html


def styles(html: str) -> list[tuple[str, dict[str, str]]]:
    """Every element of the page with its style, taken apart."""
    root = lxml_html.document_fromstring(html)
    elements = (node for node in root.iter("*") if node.tag not in UNSTYLED)
    return [(str(node.tag), computed(node.get("style") or "")) for node in elements]


def computed(style: str) -> dict[str, str]:
    final: dict[str, str] = {}
    important: set[str] = set()
    for node in tinycss2.parse_declaration_list(style, skip_comments=True, skip_whitespace=True):
        assert node.type == "declaration", style
        for name, value in longhands(node.lower_name, [plain(one) for one in words(node.value)]):
            if node.important or name not in important:
                final[name] = value
            if node.important:
                important.add(name)
    return final


def words(tokens: list[object]) -> Iterator[list[object]]:
    """A value cut at its spaces."""
    word: list[object] = []
    for token in tokens:
        if token.type == "whitespace":  # type: ignore[attr-defined]
            if word:
                yield word
            word = []
        else:
            word.append(token)
    if word:
        yield word


def plain(word: list[object]) -> str:
    text = str(tinycss2.serialize(word)).replace("'", '"').lower()
    return "0" if text in {"0px", "0%"} else text


def longhands(name: str, values: list[str]) -> Iterator[tuple[str, str]]:
    if name in {"margin", "padding"}:
        yield from zip((f"{name}-{side}" for side in SIDES), four(values), strict=True)
    elif name in {"border-width", "border-style", "border-color"}:
        part = name.removeprefix("border-")
        yield from zip((f"border-{side}-{part}" for side in SIDES), four(values), strict=True)
    elif name == "border" or name.removeprefix("border-") in SIDES:
        for side in SIDES if name == "border" else [name.removeprefix("border-")]:
            found = {"style": "none", "width": "medium", "color": "currentcolor"}
            for value in values:
                kind = "style" if value in STYLES else "width" if value[0].isdigit() else "color"
                found[kind] = value
            yield from ((f"border-{side}-{part}", value) for part, value in found.items())
    else:
        yield name, " ".join(values).replace(", ", ",")


def four(values: list[str]) -> list[str]:
    """CSS's way of saying four with fewer: top, right, bottom, left."""
    top = values[0]
    right = values[1] if len(values) > 1 else top
    return [top, right, values[2] if len(values) > 2 else top, values[3] if len(values) > 3 else right]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_two_inliners_agree(layout: str) -> None:
    """On every element of a page that uses every kind of block."""
    ours = styles(html_in(layout, inline=True))
    witness = css_inline.CSSInliner(keep_style_tags=False, load_remote_stylesheets=False)
    theirs = styles(witness.inline(html_in(layout, inline=False)))
    assert [tag for tag, _ in ours] == [tag for tag, _ in theirs]
    for (tag, mine), (_, other) in zip(ours, theirs, strict=True):
        assert mine == other, tag


KINDS_OF_SELECTOR = (
    "p|b|div p|div > p|p.x|.x|.y .x|p b|#i|p#i|[title]|p[title='a.b#c']|.x.y|p:first-child|p + p|p ~ p|P.x"
    "|body p|div p.x b|td|[class~=y] p|[TITLE]"
)
# No property and its shorthand: css-inline itself lets a long one survive a later short one.
KINDS_OF_DECLARATION = (
    "margin-top:4px|margin-top:0px|margin-left:1px|padding:5px|padding:6px 7px|color:red|color:#aabbcc"
    "|font-size:7px|border-top:2px dotted blue|border-top:1px solid red|background-color:#fff"
)
SELECTORS = st.sampled_from(KINDS_OF_SELECTOR.split("|"))
DECLARATIONS = st.sampled_from(KINDS_OF_DECLARATION.split("|"))
PAGE = """<div class="y"><p class="x" title="a.b#c">1 <b>2</b></p><p id="i" class="x y" style="{own}">3</p>
<p>4</p><table><tr><td class="x">5</td></tr></table></div>"""


@st.composite
def declarations(draw: st.DrawFn) -> str:
    chosen = draw(st.lists(DECLARATIONS, min_size=1, max_size=4, unique_by=lambda one: one.partition(":")[0]))
    return "; ".join(one + draw(st.sampled_from(["", "", " !important"])) for one in chosen)


RULES = st.lists(
    st.tuples(st.lists(SELECTORS, min_size=1, max_size=2), declarations()).map(
        lambda rule: f"{', '.join(rule[0])} {{ {rule[1]} }}"
    ),
    max_size=8,
)


@settings(deadline=None)
@given(RULES, declarations() | st.just(""))
def test_two_inliners_agree_on_any_rules(rules: list[str], own: str) -> None:
    """Order, weight and importance are CSS's, whatever the rules."""
    css = " ".join(rules)
    page = f"<html><head>{{head}}</head><body>{PAGE.format(own=own)}</body></html>"
    ours = inlined(page.format(head=f"<style>{css}</style>"), Mask(""), [], file="page")
    witness = css_inline.CSSInliner(keep_style_tags=False, load_remote_stylesheets=False)
    theirs = witness.inline(page.format(head=f"<style>{css}</style>"))
    assert styles(ours) == styles(theirs)


def test_the_layouts_are_looked_at() -> None:
    """Those that have an HTML part, the digest among them."""
    assert "digest" in LAYOUTS
