"""Templates that try to get out, or to never come back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from dispatch.errors import IssueInvalid, TemplateInvalid
from tests.render.pages import ANN, BARE, LINKS, page_of


def payloads() -> Iterator[Any]:
    """Ways out of a sandbox, and ways to never come back."""
    for payload in [
        "''.__class__.__mro__[1].__subclasses__()",
        "''['__class__']",
        "''|attr('__class__')",
        "subscriber.name.__class__",
        "subscriber.__init__.__globals__",
        "self.__init__",
        "self._TemplateReference__context",
        "loop.__class__",
        "range.__globals__",
        "(1).__class__.__base__",
        "issue.__class__",
        "issue.facts.__class__",
        "newsletter.__init__.__globals__['os']",
        "cycler.__init__.__globals__.os",
        "lipsum.__globals__",
        "joiner.__init__",
        "config",
        "request",
        "get_flashed_messages",
        "'{0.__class__}'.format(1)",
        "'{:1000000000}'.format(1)",
        "'%1000000000d' % 1",
        "'x' * 10**9",
        "10**10**10",
        "(10**15)**(10**15)",
        "'x'.ljust(10**9)",
        "'x'|center(10**9)",
        "range(10**9)|list",
        "range(100000)|list|join('x' * 100000)",
        "('x' * 90000)|replace('x', 'y' * 90000)",
        "('x' * 90000).replace('x', 'y' * 90000)",
        "1.5|round(1000000000, 'ceil')",
        "[1]|batch(10**9, 'x')|list",
        "dict(a=1).clear()",
        "[].append(1)",
        "_text",
        "_budget._left",
        "_budget._spend(-10**9)",
        "_budget",
    ]:
        yield pytest.param(f"{{{{ {payload} }}}}", id=payload)
        yield pytest.param(
            f"{{% if subscriber.name %}}{{{{ {payload} }}}}{{% endif %}}", id=f"personal: {payload}"
        )
    deep = "".join(f"{{% for {name} in range(900) %}}" for name in "abc") + "{% endfor %}" * 3
    yield pytest.param(deep, id="nested loops")
    yield pytest.param("{% if subscriber.name %}" + deep + "{% endif %}", id="personal nested loops")
    endless = "{% for a in range(9000) %}" + "long text " * 100 + "{{ subscriber.name }}{% endfor %}"
    yield pytest.param("{% set x = 'x' %}" + "{% set x = x ~ x ~ x ~ x %}" * 20 + "{{ x }}", id="doubling")
    yield pytest.param(
        endless,
        id="endless text",
    )
    yield pytest.param("{{ " + "(" * 5000 + "1" + ")" * 5000 + " }}", id="deep brackets")


@pytest.mark.timeout(10)
@pytest.mark.parametrize("body", list(payloads()))
def test_the_sandbox_holds(body: str) -> None:
    """Each payload is refused, or is text; none gets anything or takes long."""
    try:
        shown = page_of(body).read(ANN, LINKS).text
    except IssueInvalid:
        return
    assert shown.startswith("{{ ((") or "x" * 20 not in shown
    assert "class" not in shown
    assert "object" not in shown


@pytest.mark.timeout(10)
@pytest.mark.parametrize("body", list(payloads()))
def test_the_sandbox_holds_in_layouts(body: str) -> None:
    """A layout from somebody else is no way in either."""
    try:
        shown = page_of("x", layout={**BARE, "bare/text.jinja": body}).read(ANN, LINKS).text
    except (IssueInvalid, TemplateInvalid):
        return
    assert "class" not in shown
    assert "object" not in shown
