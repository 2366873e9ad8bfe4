"""What one expression or statement says, read from Jinja's tree of it: the names and columns it uses.

Whether it may say so is judged in meaning.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache

from jinja2 import Environment, TemplateSyntaxError, nodes

from dispatch.render.personal import Part

_ENVIRONMENT = Environment(autoescape=True)

# What answers something for an empty cell too, be it a default, a number, yes or no.
_ANSWERS = (nodes.CondExpr, nodes.Or, nodes.And, nodes.Not, nodes.Compare, nodes.Test)
_ANSWERING_FILTERS = {"default", "d", "length", "int", "float"}


def parsed(part: Part, source: str) -> nodes.Template:
    """The tree of what a part says. Raises the part's error when it says nothing that Jinja knows."""
    try:
        return _tree(source)
    except TemplateSyntaxError as error:
        raise part.error(f"{part.source.strip()} does not parse: {error.message}") from error
    except RecursionError as error:
        raise part.error("this is nested too deeply to be read") from error


@lru_cache(maxsize=2048)
def _tree(source: str) -> nodes.Template:
    """Jinja's tree, which nobody here changes: an author saves the same templates again and again."""
    return _ENVIRONMENT.parse(source)


def names_read(tree: nodes.Template) -> set[str]:
    """The names that are read. Jinja's own search for them stops at filters it does not know."""
    read = {name.name for name in tree.find_all(nodes.Name) if name.ctx == "load"}
    loops = {name.name for loop in tree.find_all(nodes.For) for name in _targets(loop)}
    return read - loops


def names_in(expression: str) -> set[str]:
    """The names that an expression reads; none when it does not parse."""
    try:
        return names_read(_tree(f"{{{{ {expression} }}}}"))
    except (TemplateSyntaxError, RecursionError):
        return set()


def names_bound(tree: nodes.Template) -> set[str]:
    """The names that a `set` or `for` gives a value."""
    return {name.name for name in tree.find_all(nodes.Name) if name.ctx == "store"}


def _targets(loop: nodes.For) -> list[nodes.Name]:
    return [name for name in (loop.target, *loop.target.find_all(nodes.Name)) if isinstance(name, nodes.Name)]


def attributes_of(tree: nodes.Template) -> Iterator[str]:
    """Every attribute or key that is asked of something."""
    yield from (node.attr for node in tree.find_all(nodes.Getattr))
    yield from (
        str(node.arg.value) for node in tree.find_all(nodes.Getitem) if isinstance(node.arg, nodes.Const)
    )


def columns_in(part: Part, tree: nodes.Template) -> list[str]:
    """The columns that are named. Raises where the subscriber is used as a whole."""
    named = [name for node in tree.find_all((nodes.Getattr, nodes.Getitem)) if (name := _column(node))]
    whole = [node for node in tree.find_all(nodes.Name) if node.name == "subscriber"]
    if len(whole) > len(named):
        raise part.error(
            f"{part.source.strip()} uses the whole subscriber", hint="name a column, such as subscriber.email"
        )
    return named


def columns_asked_for(tree: nodes.Template) -> frozenset[str]:
    """The columns that `is defined` asks for; the list need not have them."""
    tests = (node for node in tree.find_all(nodes.Test) if node.name in {"defined", "undefined"})
    return frozenset(name for test in tests if (name := _column(test.node)))


def columns_shown(node: nodes.Node, known: Mapping[str, frozenset[str]]) -> frozenset[str]:
    """The columns whose empty cell would be shown as nothing: there is no default, condition or count.

    `known` are the names that were set, with the columns that they show.
    """
    if isinstance(node, _ANSWERS) or (isinstance(node, nodes.Filter) and node.name in _ANSWERING_FILTERS):
        return frozenset()
    if column := _column(node):
        return frozenset({column})
    if isinstance(node, nodes.Name) and node.ctx == "load":
        return known.get(node.name, frozenset())
    return frozenset().union(*(columns_shown(child, known) for child in node.iter_child_nodes()))


def _column(node: nodes.Node) -> str | None:
    """The column that `subscriber.x` or `subscriber["x"]` names."""
    if isinstance(node, nodes.Getattr) and _is_subscriber(node.node):
        return node.attr
    if isinstance(node, nodes.Getitem) and _is_subscriber(node.node) and isinstance(node.arg, nodes.Const):
        return node.arg.value if isinstance(node.arg.value, str) else None
    return None


def _is_subscriber(node: nodes.Node) -> bool:
    return isinstance(node, nodes.Name) and node.name == "subscriber"
