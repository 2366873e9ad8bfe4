"""Random issues: every kind of block, values in every place, conditions and loops around anything."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import strategies as st

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
    """The lines as they are, for some readers only, for some instead of others, or once for every tag."""
    kind = draw(st.integers(0, 5))
    if kind == 0:
        return [f"{{% if {draw(CONDITIONS)} %}}", *inside, "{% endif %}"]
    if kind == 1:
        return ["{% for tag in subscriber.tags|list %}", *inside, "{% endfor %}"]
    if kind == 2:
        return [f"{{% if {draw(CONDITIONS)} %}}", *inside, "{% else %}", *inside, "{% endif %}"]
    if kind == 3:
        return [
            "{% if subscriber.name %}",
            f"{{% if {draw(CONDITIONS)} %}}",
            *inside,
            "{% endif %}",
            "{% endif %}",
        ]
    return inside


def indented(lines: list[str]) -> list[str]:
    return [f"    {line}" if line else "" for line in lines]


def items(draw: st.DrawFn, depth: int) -> list[str]:
    """A list, up to three deep, with conditions around items at every depth."""
    mark = draw(st.sampled_from(["- ", "1. "]))
    written = []
    for _ in range(draw(st.integers(1, 3))):
        item = [mark + draw(lines())]
        if depth and draw(st.booleans()):
            item += indented(items(draw, depth - 1))
        written += conditional(draw, item)
    return written


def rows(draw: st.DrawFn) -> list[str]:
    cells = [[f"| {draw(lines())} | {draw(WORDS)} |"] for _ in range(draw(st.integers(1, 3)))]
    return ["| a | b |", "|---|--:|", *(line for row in cells for line in conditional(draw, row))]


def raw(draw: st.DrawFn) -> list[str]:
    style = f"top:0;color:{{{{ subscriber.plan }}}};{{% if {draw(CONDITIONS)} %}}left:0{{% endif %}}"
    return [
        f'<p class="own" style="{style}" title="{{{{ subscriber.name }}}}">x',
        *conditional(draw, ["<b>y</b>"]),
        "</p>",
    ]


def sections(draw: st.DrawFn) -> list[str]:
    return ["## Head", "", draw(lines()), "", *items(draw, 1), "", *rows(draw), ""]


KINDS: dict[str, Callable[[st.DrawFn], list[str]]] = {
    "paragraph": lambda draw: [draw(lines())],
    "heading": lambda draw: [f"## {draw(lines())}"],
    "quote": lambda draw: [f"> {draw(lines())}"],
    "list": lambda draw: items(draw, 2),
    "table": rows,
    "section": sections,
    "box": lambda draw: ["::: note", draw(lines()), *conditional(draw, [draw(lines())]), ":::"],
    "raw": raw,
    "figure": lambda _draw: ['![{{ subscriber.name }}](https://e.com/x.png "{{ subscriber.plan }}")'],
    "terms": lambda draw: [draw(lines()), f": {draw(lines())}"],
    "code": lambda _draw: ["```jinja", "{{ subscriber.name }}{% if %}", "```"],
}


@st.composite
def blocks(draw: st.DrawFn) -> str:
    kind = draw(st.sampled_from(sorted(KINDS)))
    inside = KINDS[kind](draw)
    return "\n".join(inside if kind == "raw" else conditional(draw, inside))


DOCUMENTS = st.lists(blocks(), min_size=1, max_size=5).map("\n\n".join)
