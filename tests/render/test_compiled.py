"""Loops are remembered by the cells that they look at: nobody gets what is another reader's."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.errors import IssueInvalid
from dispatch.render import compiled
from dispatch.render.compiled import _Template
from tests.render.pages import ANN, LINKS, page_of

FEW = st.sampled_from(["", "a", "a,b", "b,a", "<b>", "Zoë", "x" * 5000])
READERS = st.lists(st.fixed_dictionaries({"name": FEW, "plan": FEW, "tags": FEW}), min_size=1, max_size=12)


def _loop(body: str, over: str = "subscriber.tags | list") -> str:
    return f"{{% for one in {over} %}}{body}{{% endfor %}}"


BODIES = {
    "a cell": _loop("{{ one }};", "subscriber.tags.split(',')"),
    "two cells": _loop("{{ subscriber.name }}{{ one | upper }}"),
    "a question": _loop("{% if subscriber.plan %}{{ one }}{% endif %}"),
    "a name in brackets": _loop("{{ subscriber['name'] }}"),
    "a link": _loop("[x]({{ unsubscribe_url }})"),
    "numbers": _loop("\n\n1. {{ one }}\n\n") + "\n\n2. last",
    "a loop in a loop": _loop("{% for b in subscriber.name | list %}{{ b }}{{ loop.index }}{% endfor %}"),
    "a name of its own": _loop("{% set x = subscriber.name %}{{ x }}"),
}
TWICE = (_loop("{% for b in subscriber.name | list %}x{% endfor %}", "subscriber.name | list") + "\n\n") * 2


def _filled(page: Any, fields: dict[str, str]) -> object:
    """The copy, or what is said of it."""
    try:
        return page.fill(fields, LINKS)
    except IssueInvalid as error:
        return str(error)


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_everybody_gets_what_they_would_get_alone(body: str) -> None:
    """Whoever was written to before, and how often."""
    page, forgetful = page_of(body), page_of(body)

    @given(readers=READERS)
    def same_for_all(readers: list[dict[str, str]]) -> None:
        for fields in (ANN | one for one in readers):
            with patch.object(compiled, "_LOOPS_KNOWN", 0):
                alone = _filled(forgetful, fields)
            assert _filled(page, fields) == alone

    same_for_all()


def test_equal_cells_are_looped_over_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Jinja is asked for the first reader, and for the first with other cells."""
    page, asked = page_of(BODIES["two cells"]), list[str]()
    written = _Template.written

    def counted(self: _Template, reading: Any) -> str:
        asked.append(written(self, reading))
        return asked[-1]

    monkeypatch.setattr(_Template, "written", counted)
    for number in range(5):
        page.fill({**ANN, "email": f"reader{number}@example.com"}, LINKS)
    first = len(asked)
    page.fill({**ANN, "tags": "c"}, LINKS)
    assert (first, len(asked)) == (2, 4)  # once for the HTML, once for the text


def test_what_is_remembered_costs_as_much() -> None:
    """A letter that loops too long for one reader does so for the next one too."""
    page, fields = page_of(TWICE), {**ANN, "name": "x," * 110}
    for _ in range(3):
        with pytest.raises(IssueInvalid, match="loop rounds"):
            page.fill(fields, LINKS)
