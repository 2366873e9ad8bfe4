"""`--where` expressions, such as `subscriber.plan == "pro" and subscriber.country in ["CH", "DE"]`.

The language is Jinja's, and only the part of it that compares: every kind of node, filter, test and method
that is not listed here is refused before anything runs. So there is no loop, product or padding in it that
could eat time or memory, and nothing to reach but the fields of one subscriber. All values are texts; a
blank one is false, and a number is compared as `subscriber.age | int > 17`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import cache

from jinja2 import StrictUndefined, TemplateError, nodes
from jinja2.parser import Parser
from jinja2.sandbox import ImmutableSandboxedEnvironment

from dispatch.errors import UsageError
from dispatch.model.subscriber import Subscriber
from dispatch.read.shown import shown
from dispatch.read.suggestion import did_you_mean

_LONGEST = 2000
_LONGEST_SHOWN = 100
_MOST_SHOWN = 20
_NAME = "subscriber"
_NODES = (
    *(nodes.And, nodes.Or, nodes.Not, nodes.Compare, nodes.Operand, nodes.CondExpr, nodes.Test, nodes.Filter),
    *(nodes.Const, nodes.List, nodes.Tuple, nodes.Name, nodes.Getattr, nodes.Getitem, nodes.Slice),
    *(nodes.Call, nodes.Concat, nodes.Add, nodes.Sub, nodes.Neg, nodes.Pos, nodes.Keyword),
)
_FILTERS = ("default", "d", "first", "float", "int", "last", "length", "lower", "title", "trim", "upper")
_TESTS = (
    "defined",
    "eq",
    "even",
    "ge",
    "gt",
    "in",
    "le",
    "lower",
    "lt",
    "ne",
    "none",
    "number",
    "odd",
    "upper",
)
_METHODS = ("casefold", "endswith", "lower", "lstrip", "rstrip", "split", "startswith", "strip", "upper")
_EXAMPLE = """for example: --where 'subscriber.plan == "pro"'"""
_TEXTS = "all values are texts; compare a number as: subscriber.age | int > 17"
# What an expression can do to the functions it uses; NameError is Jinja's for a number like 1e999.
_FAILURES = (TemplateError, TypeError, ValueError, LookupError, ArithmeticError, AttributeError, NameError)

_environment = ImmutableSandboxedEnvironment(undefined=StrictUndefined)
_environment.globals.clear()


class _Fields:
    """What an expression knows as `subscriber`: the fields, by attribute or item, and nothing besides."""

    __slots__ = ("_fields",)

    def __init__(self, fields: Mapping[str, str]) -> None:
        self._fields = fields

    def __getitem__(self, name: str) -> str:
        return self._fields[name.casefold()].strip()


class Segment:
    """A predicate over a subscriber, the expression that it was made of, and the fields that it reads."""

    def __init__(self, expression: str, fields: frozenset[str], evaluate: Callable[..., object]) -> None:
        self.expression = expression
        self.fields = fields
        self._evaluate = evaluate

    def __reduce__(self) -> tuple[Callable[[str], Segment], tuple[str]]:
        """From process to process as the expression, compiled once in each."""
        return _again, (self.expression,)

    def __call__(self, subscriber: Subscriber) -> bool:
        """Whether this subscriber belongs to it. Raises UsageError."""
        return self.holds(subscriber.fields, f"the subscriber on line {subscriber.line}")

    def holds(self, fields: Mapping[str, str], who: str = "a subscriber") -> bool:
        """The same for the fields alone. Raises UsageError."""
        _know(self.fields, fields, self.expression)
        try:
            return bool(self._evaluate(subscriber=_Fields(fields)))
        except _FAILURES as error:
            hint = _TEXTS if isinstance(error, TypeError) else None
            raise _refusal(self.expression, f"it does not work for {who}: {error}", hint) from error


def segment(expression: str, columns: Collection[str] | None = None) -> Segment:
    """Compile `expression` to a predicate. Raises UsageError, and so does the predicate.

    With `columns`, the names of the list's columns, an unknown field is refused at once; without them when
    the first subscriber is looked at.
    """
    try:
        wanted = _checked(_parsed(expression), expression)
        evaluate = _environment.compile_expression(expression, undefined_to_none=False)
    except TemplateError as error:
        raise _refusal(expression, f"it does not parse: {error.message}") from error
    except (RecursionError, MemoryError, SyntaxError, ValueError, OverflowError) as error:
        raise _refusal(expression, "it is nested too deep, or a number in it is too long") from error
    if columns is not None:
        _know(wanted, columns, expression)
    return Segment(expression, wanted, evaluate)


@cache
def _again(expression: str) -> Segment:
    return segment(expression)


def _parsed(expression: str) -> nodes.Expr:
    if not expression.strip():
        raise _refusal(expression, "it is empty")
    if len(expression) > _LONGEST:
        raise _refusal(expression, f"it is longer than {_LONGEST} characters")
    parser = Parser(_environment, expression, state="variable")
    tree = parser.parse_expression()
    if not parser.stream.eos:
        extra = parser.stream.current
        hint = "compare with ==" if extra.type == "assign" else "join comparisons with and, or"
        raise _refusal(expression, f'"{extra}" should not stand there', hint)
    return tree


def _checked(tree: nodes.Expr, expression: str) -> frozenset[str]:
    """The fields that the expression reads. Raises UsageError for what is not listed at the top."""
    wanted: set[str] = set()
    waiting: list[tuple[nodes.Node, nodes.Node | None]] = [(tree, None)]
    while waiting:
        node, parent = waiting.pop()
        if field := _field(node):
            wanted.add(field)
            continue
        if reason := _objection(node, parent):
            raise _refusal(expression, reason)
        waiting.extend((child, node) for child in node.iter_child_nodes())
    return frozenset(wanted)


def _field(node: nodes.Node) -> str | None:
    """The field that `subscriber.plan` or `subscriber["plan"]` reads; None for any other node."""
    if not isinstance(node, nodes.Getattr | nodes.Getitem) or not isinstance(node.node, nodes.Name):
        return None
    if node.node.name != _NAME:
        return None
    if isinstance(node, nodes.Getattr):
        return node.attr.casefold()
    name = node.arg.value if isinstance(node.arg, nodes.Const) else None
    return name.casefold() if isinstance(name, str) else None


def _objection(node: nodes.Node, parent: nodes.Node | None) -> str | None:
    """Why a node may not stand there, or None."""
    kind = type(node).__name__.lower()
    reason = None if isinstance(node, _NODES) else f"a {kind} is not possible here"
    match node:
        case nodes.Name(name=name) if name == _NAME:
            reason = f"write {_NAME}. and the name of a field"
        case nodes.Name(name=name):
            reason = f'"{name}" is unknown; a field is written {_NAME}.{name}, and a text in quotes'
        case nodes.Filter(name=name) if name not in _FILTERS:
            reason = f"there is no filter {name} here, only {', '.join(_FILTERS)}"
        case nodes.Test(name=name) if name not in _TESTS:
            reason = f"there is no test {name} here, only {', '.join(_TESTS)}"
        case nodes.Getattr(attr=name) if not isinstance(parent, nodes.Call) or name not in _METHODS:
            reason = f"there is no .{name} here, only the methods {', '.join(_METHODS)}"
        case nodes.Call(node=nodes.Getattr(), dyn_args=None, dyn_kwargs=None):
            pass
        case nodes.Call() | nodes.Mul() | nodes.Pow() | nodes.Div() | nodes.FloorDiv() | nodes.Mod():
            reason = f"a {kind} is not possible here; an expression compares, it does not compute"
    return reason


def _know(wanted: frozenset[str], columns: Collection[str], expression: str) -> None:
    for name in sorted(wanted):
        if name not in columns:
            hint = (
                did_you_mean(name, columns)
                or f"the list has the columns {', '.join(list(columns)[:_MOST_SHOWN])}"
            )
            raise _refusal(expression, f"the list has no column {name}", hint)


def _refusal(expression: str, reason: str, hint: str | None = None) -> UsageError:
    return UsageError(f"--where `{shown(expression, _LONGEST_SHOWN)}`: {reason}", hint=hint or _EXAMPLE)
