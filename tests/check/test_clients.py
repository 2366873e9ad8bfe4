"""The table of mail programs: what it knows, and how it is made anew."""

from __future__ import annotations

import json

import pytest

from dispatch.check.clients import USUAL, compact, main, support
from dispatch.check.style import read_style


def test_the_table_names_its_source_and_day() -> None:
    """And knows the programs that are meant when nobody names others."""
    table = support()

    assert "caniemail" in table.about
    assert "2026" in table.about
    assert set(USUAL) <= set(table.clients)
    assert table.targets(()) == USUAL
    assert table.targets(["gmail"]) == ("gmail/android", "gmail/desktop-webmail", "gmail/ios")


@pytest.mark.parametrize(
    ("style", "names"),
    [
        ("display: flex", ["css-display-flex"]),
        ("background: url(x.png)", ["css-background-image"]),
        ("width: calc(100% - 2rem)", ["css-width", "css-unit-calc", "css-unit-rem"]),
        ("border-radius: 4px", []),
        ("-webkit-anything: 1", []),
        ("nonsense: 1", []),
    ],
)
def test_features_of_a_declaration(style: str, names: list[str]) -> None:
    """Those without which a letter falls apart, not those without which it is only plainer."""
    (declaration,) = read_style(style)

    assert support().names_of(declaration) == names


def test_who_does_not_know_a_feature() -> None:
    """Among the programs that are asked about."""
    feature = support().feature("css-display-flex", USUAL)

    assert feature is not None
    assert "outlook/windows" in feature.unknown_to
    assert support().feature("css-never-heard-of", USUAL) is None


def test_a_newer_copy_of_the_facts_becomes_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    """One letter a program, unknown where nothing is said, and no other categories."""
    facts = {
        "_about": "Facts of today",
        "features": {
            "css-x": {"title": "x", "category": "css", "support": {"b/1": "y", "a/1": "n"}},
            "html-y": {"title": "y", "category": "html", "support": {"a/1": "odd"}},
            "amp": {"title": "AMP", "category": "others", "support": {"a/1": "y"}},
        },
    }

    assert json.loads(compact(facts)) == {
        "about": "Facts of today",
        "clients": ["a/1", "b/1"],
        "features": {"css-x": ["x", "ny"], "html-y": ["y", "uu"]},
    }
    assert main([]) == 2
    assert "python -m dispatch.check.clients FILE" in capsys.readouterr().err
