"""Which statements belong together."""

from __future__ import annotations

import pytest

from dispatch.render.pairs import are_one, unpaired
from dispatch.render.personal import Mask, Part


def parts(source: str) -> list[Part]:
    """`if for else end` and so on as the statements of an issue."""
    written = "".join(f"{{% {word} x %}}" for word in source.split())
    cut = Mask("seed").parts_of(written, file="x", line=1, in_issue=True)
    return [part for part in cut if isinstance(part, Part)]


@pytest.mark.parametrize(
    ("source", "loose"),
    [
        ("", ""),
        ("if endif", ""),
        ("if for endfor elif else endif", ""),
        ("if", "if"),
        ("endif", "endif"),
        ("if else", "if else"),
        ("else if endif", "else"),
        ("if endfor endif", "endfor"),
        ("for if endfor", "endfor for if"),
        ("if endif endif if", "endif if"),
    ],
)
def test_unpaired(source: str, loose: str) -> None:
    """Those whose partners are elsewhere."""
    assert " ".join(part.tag for part in unpaired(parts(source))) == loose


@pytest.mark.parametrize(
    ("source", "one"),
    [
        ("if endif", True),
        ("if if else endif endif", True),
        ("if for endfor endif", True),
        ("if else endif", False),
        ("if endif if endif", False),
        ("for endfor", False),
        ("if", False),
        ("", False),
    ],
)
def test_are_one(source: str, one: bool) -> None:
    """An if without else around everything else."""
    assert are_one(parts(source)) is one


def test_a_loop_may_be_one_too() -> None:
    """Where the caller says so."""
    assert are_one(parts("for endfor"), ("if", "for"))
