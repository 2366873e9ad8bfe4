"""Inline once, then fill = fill, then inline: what makes one inlining enough for a million copies."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import html as lxml_html

from dispatch.render.inline import inlined
from dispatch.render.personal import Mask
from tests.render.hostile import HOSTILE
from tests.render.pages import BARE_HTML, LINKS, page_of
from tests.render.test_wire import assert_on_the_wire

NAMES = st.sampled_from(["subscriber.name", "subscriber.plan | default('none')", "subscriber.tags | upper"])
WORDS = st.sampled_from(
    ["word", "*soft*", "**hard**", "`code {{ x }}`", "a & b", "ü", '"quoted"', "1 < 2", "x_y"]
)
CONDITIONS = st.sampled_from(['subscriber.plan == "pro"', "subscriber.name", "not subscriber.tags"])


@st.composite
def lines(draw: st.DrawFn) -> str:
    value = "{{ " + draw(NAMES) + " }}"
    pieces = [
        draw(WORDS),
        value,
        f"[{draw(WORDS)}](https://example.com/{value})",
        f'[go]({{{{ subscriber.url }}}} "for {value}")',
        f"{{% if {draw(CONDITIONS)} %}}{draw(WORDS)}{{% else %}}{value}{{% endif %}}",
        f"{{% if {draw(CONDITIONS)} %}}{value}{{% endif %}}",
    ]
    return " ".join(draw(st.lists(st.sampled_from(pieces), min_size=1, max_size=3)))


def conditional(draw: st.DrawFn, inside: list[str]) -> list[str]:
    kind = draw(st.integers(0, 3))
    if kind == 0:
        return [f"{{% if {draw(CONDITIONS)} %}}", *inside, "{% endif %}"]
    if kind == 1:
        return ["{% for tag in subscriber.tags|list %}", *inside, "{% endfor %}"]
    return inside


@st.composite
def blocks(draw: st.DrawFn) -> list[str]:
    kind = draw(st.sampled_from(["paragraph", "heading", "list", "table", "quote", "section", "box"]))
    if kind == "list":
        items = [
            [f"- {draw(lines())}", f"    - {draw(lines())}"][: draw(st.integers(1, 2))] for _ in range(3)
        ]
        return [line for item in items for line in conditional(draw, item)]
    if kind == "table":
        rows = [[f"| {draw(lines())} | {draw(WORDS)} |"] for _ in range(3)]
        return ["| a | b |", "|---|--:|", *(line for row in rows for line in conditional(draw, row))]
    if kind == "section":
        return conditional(draw, ["## Head", "", draw(lines()), "", f"- {draw(lines())}", ""])
    if kind == "box":
        return ["::: note", draw(lines()), *conditional(draw, [draw(lines())]), ":::"]
    start = {"paragraph": "", "heading": "## ", "quote": "> "}[kind]
    return conditional(draw, [start + draw(lines())])


DOCUMENTS = st.lists(blocks().map("\n".join), min_size=1, max_size=5).map("\n\n".join)
FIELDS = st.fixed_dictionaries(
    {
        "email": st.just("a@example.com"),
        "name": st.sampled_from(["Ann", "", *HOSTILE]),
        "plan": st.sampled_from(["pro", "free", ""]),
        "url": st.sampled_from(["https://example.com/?a=1&b=2", "javascript:1", "mailto:a@example.com"]),
        "tags": st.sampled_from(["", "a", "a, b, <c>"]),
    }
)
CSS = (
    "p { margin: 0 } a { color: red } .data td { padding: 1px } li { margin: 2px } li ul { margin: 3px } "
    ".callout { border: 1px solid } .callout p { margin: 4px } h2 { color: blue } "
    "td code, p code { color: green } "
    "blockquote p { margin: 5px } strong { font-weight: bold } ul { padding: 0; padding-left: 9px }"
)


def styled(attribute: str) -> dict[str, str]:
    return {"bare/html.jinja": BARE_HTML.replace("</head>", f"<style{attribute}>{CSS}</style></head>")}


def canonical(html: str) -> str:
    return str(lxml_html.tostring(lxml_html.document_fromstring(html), encoding="unicode", method="xml"))


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(DOCUMENTS, st.tuples(FIELDS, FIELDS))
def test_the_order_does_not_matter(document: str, readers: tuple[dict[str, str], ...]) -> None:
    """What makes one inlining enough for a million copies."""
    once = page_of(document, layout=styled(""))
    never = page_of(document, layout=styled(' data-premailer="ignore"'))
    for fields in readers:
        first, last = once.read(fields, LINKS), never.read(fields, LINKS)
        assert first.html is not None
        assert last.html is not None
        assert canonical(first.html) == canonical(inlined(last.html, Mask(""), [], file="page"))
        assert first.text == last.text
        assert_on_the_wire(once.fill(fields, LINKS).text.decode())
