"""Finding what stands between delimiters."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.render.personal import Kind, Mask, Part, SaltTaken

SOURCES = st.lists(
    st.sampled_from(
        [
            "{{",
            "}}",
            "{%",
            "%}",
            "{#",
            "#}",
            " x ",
            '"',
            "'",
            "\\",
            "\n",
            "`",
            "raw",
            "endraw",
            "if",
            "subscriber.a",
            "|",
            "(",
        ]
    ),
    max_size=25,
).map("".join)


def cut(source: str, mask: Mask | None = None) -> list[Part | str]:
    return (mask or Mask("seed")).parts_of(source, file="issues/x.md", line=1, in_issue=True)


def parts(source: str) -> list[tuple[Kind, str]]:
    return [(part.kind, part.source) for part in cut(source) if isinstance(part, Part)]


@settings(deadline=None)
@given(SOURCES | st.text())
def test_nothing_is_lost(source: str) -> None:
    """The pieces of any source are the source, and its tokens are letters and digits."""
    mask = Mask("seed")
    pieces = cut(source, mask)
    assert "".join(piece if isinstance(piece, str) else piece.source for piece in pieces) == source
    masked = "".join(piece if isinstance(piece, str) else piece.token for piece in pieces)
    assert mask.restored(masked) == source
    assert all(re.fullmatch(r"[a-z][a-z0-9]+[a-z]", token) for token in mask.parts)


@pytest.mark.parametrize(
    ("source", "found"),
    [
        pytest.param("a {{ x }} b", [(Kind.EXPRESSION, "{{ x }}")], id="expression"),
        pytest.param('{{ "}}" }}', [(Kind.EXPRESSION, '{{ "}}" }}')], id="end in a string"),
        pytest.param(
            '{{ {"a": {"b": 1}}.a }}', [(Kind.EXPRESSION, '{{ {"a": {"b": 1}}.a }}')], id="braces inside"
        ),
        pytest.param("{%- if x -%}", [(Kind.STATEMENT, "{%- if x -%}")], id="whitespace control"),
        pytest.param("{% if x %}\n\n b", [(Kind.STATEMENT, "{% if x %}")], id="no blank is swallowed"),
        pytest.param("{# {{ x }} #}", [(Kind.COMMENT, "{# {{ x }} #}")], id="comment"),
        pytest.param("{#id}", [], id="heading attribute"),
        pytest.param("{{ a ? b }} {{ x }}", [(Kind.EXPRESSION, "{{ x }}")], id="no expression"),
        pytest.param("`{{` opens, `}}` closes", [], id="delimiters in code"),
        pytest.param("{{ subscriber.x", [(Kind.BROKEN, "{{")], id="meant"),
        pytest.param(r"\{{ x }}", [], id="escaped"),
        pytest.param(r"\\{{ x }}", [(Kind.EXPRESSION, "{{ x }}")], id="escaped backslash"),
        pytest.param(
            "{% raw %}{{ x }}{% endraw %}",
            [(Kind.COMMENT, "{% raw %}"), (Kind.COMMENT, "{% endraw %}")],
            id="raw",
        ),
        pytest.param("{{ " + "x" * 5000 + " }}", [], id="longer than anybody writes"),
    ],
)
def test_parts(source: str, found: list[tuple[Kind, str]]) -> None:
    """By Jinja's own lexer."""
    assert parts(source) == found


def test_lines() -> None:
    """Every part knows its line."""
    found = [piece.line for piece in cut("{{ a }}\n{{ b\n}}\n\n{{ c }}") if isinstance(piece, Part)]
    assert found == [1, 2, 5]


def test_a_source_with_the_salt_is_refused() -> None:
    """Nobody can write a token."""
    mask = Mask("seed")
    with pytest.raises(SaltTaken):
        cut(f"a {mask.salt.upper()}x00000z", mask)
    assert Mask("seed", 1).salt != mask.salt
