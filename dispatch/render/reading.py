"""One reader's expressions: the names they may use, and each expression as a function of the reader.

The usual ones (a column, a link, a comparison) need no Jinja; all others are compiled by it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from jinja2 import nodes
from jinja2.meta import find_undeclared_variables

from dispatch.render.escape import written
from dispatch.render.sandbox import Budget, Record, Sandbox
from dispatch.render.words import default

_READER = "subscriber"
_COLUMN = re.compile(r"subscriber\.([a-zA-Z]\w*)(?:\s*\|\s*default\(\s*(?:\"([^\"\\]*)\"|'([^'\\]*)')\s*\))?")
_LINK = re.compile(r"(unsubscribe_url|preferences_url|view_url)")
_ASKED = re.compile(rf"(not\s+)?(?:subscriber\.([a-zA-Z]\w*)|{_LINK.pattern})")
_COMPARED = re.compile(r"subscriber\.([a-zA-Z]\w*)\s*(==|!=)\s*(?:\"([^\"\\]*)\"|'([^'\\]*)')")


def context(fields: Mapping[str, str], links: Mapping[str, str]) -> dict[str, Any]:
    """The names that a reader's expressions may use."""
    return {_READER: Record(fields), "_budget": Budget(), "_number": Numbers(), **links}


class Numbers:
    """Counts the items of lists that are longer for some readers than for others."""

    def __init__(self) -> None:
        self._last: dict[int, int] = {}

    def __call__(self, which: int, first: int) -> int:
        """The next number of a list."""
        self._last[which] = self._last.get(which, first - 1) + 1
        return self._last[which]


class Reading:
    """One page on its way to one reader. `names` are for what only Jinja can evaluate."""

    __slots__ = ("_names", "fields", "links")

    def __init__(self, fields: Mapping[str, str], links: Mapping[str, str]) -> None:
        self.fields = fields
        self.links = links
        self._names: dict[str, Any] | None = None

    @property
    def names(self) -> dict[str, Any]:
        """The context of this page; the same for all its parts, because lists are counted in it."""
        if self._names is None:
            self._names = context(self.fields, self.links)
        return self._names

    @property
    def budget(self) -> Budget:
        """What this page may still take."""
        budget: Budget = self.names["_budget"]
        return budget


Expression = Callable[[Reading], Any]


def value_of(expression: str, environment: Sandbox) -> Expression:
    """An expression as a function; the usual ones need no Jinja."""
    if match := _COLUMN.fullmatch(expression):
        name = match[1]
        instead = next((text for text in match.groups()[1:] if text is not None), None)
        if instead is None:
            return lambda reading: reading.fields[name]
        return lambda reading: default(reading.fields[name], instead)
    if _LINK.fullmatch(expression):
        return lambda reading: reading.links[expression]
    evaluate = environment.compile_expression(expression, undefined_to_none=False)
    return lambda reading: written(evaluate(**reading.names))


def columns_read(expression: str) -> frozenset[str] | None:
    """The columns that, besides the links, decide over a usual value or question; None for any other."""
    if match := _COLUMN.fullmatch(expression) or _COMPARED.fullmatch(expression):
        return frozenset({match[1]})
    if match := _ASKED.fullmatch(expression):
        return frozenset({match[2]} - {None})
    return None


def columns_looked_at(tree: nodes.Template) -> frozenset[str] | None:
    """The columns that alone decide over what a template writes; None when there may be something else."""
    if not find_undeclared_variables(tree) <= {_READER}:
        return None
    readers = sum(name.name == _READER for name in tree.find_all(nodes.Name))
    looks = [look for look in tree.find_all(nodes.Getattr) if look.node == nodes.Name(_READER, "load")]
    return frozenset(look.attr for look in looks) if len(looks) == readers else None


def condition_of(expression: str, environment: Sandbox) -> Expression:
    """What an if asks, as a function; the usual questions need no Jinja."""
    if match := _COMPARED.fullmatch(expression):
        name, equal = match[1], match[2] == "=="
        text = match[3] if match[3] is not None else match[4]
        return lambda reading: (reading.fields[name] == text) is equal
    if match := _ASKED.fullmatch(expression):
        wanted, name, link = match[1] is None, match[2], match[3]
        if name is not None:
            return lambda reading: bool(reading.fields[name]) is wanted
        return lambda reading: bool(reading.links[link]) is wanted
    evaluate = environment.compile_expression(expression, undefined_to_none=False)
    return lambda reading: bool(evaluate(**reading.names))
