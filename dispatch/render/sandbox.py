"""Jinja with strict names, few filters and a budget: what an author writes can neither reach out nor run on.

The door to Jinja's environment; layout.py and compiled.py use it.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from jinja2 import StrictUndefined, Template, TemplateError, nodes, pass_context, pass_eval_context
from jinja2.exceptions import SecurityError
from jinja2.filters import FILTERS
from jinja2.nodes import EvalContext
from jinja2.runtime import Context, markup_join, str_join
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.visitor import NodeTransformer

from dispatch.render.words import OURS

# Whatever a template in this sandbox may fail with.
FAULTS = (
    TemplateError,
    ArithmeticError,
    AttributeError,
    LookupError,
    MemoryError,
    RecursionError,
    SyntaxError,
    TypeError,
    ValueError,
)

_LARGEST = 5_000_000
_STEPS = 20_000
_LENGTH = 100_000
_NUMBER = 10**18

# What builds a text of any length out of a short one, or gives another result each time.
_REFUSED_FILTERS = {"attr", "batch", "center", "format", "indent", "pprint", "random", "slice"}
_REFUSED_FILTERS |= {"tojson", "urlize", "wordwrap", "xmlattr"}
_REFUSED_METHODS = {
    "center",
    "expandtabs",
    "format",
    "format_map",
    "join",
    "ljust",
    "rjust",
    "to_bytes",
    "translate",
    "zfill",
}
_READER_FILTERS = "title upper lower capitalize trim first last length join replace int float round sort"


class Record:
    """Named facts. A template reaches them and nothing else: a column may be called `items` or `keys`."""

    __slots__ = ("facts",)

    def __init__(self, facts: Mapping[str, Any]) -> None:
        self.facts = facts


class Budget:
    """How many loop rounds and calls one rendering may take."""

    def __init__(self) -> None:
        self._left = _STEPS

    def __str__(self) -> str:
        return ""

    # The underscore keeps templates from these two.
    @property
    def _spent(self) -> int:
        """How much of it is used up."""
        return _STEPS - self._left

    def _spend(self, steps: int) -> None:
        """Raise SecurityError when the budget is used up."""
        self._left -= steps
        if self._left < 0:
            raise SecurityError(f"more than {_STEPS:,} loop rounds and calls")


class Sandbox(ImmutableSandboxedEnvironment):
    """A strict environment. All that is rendered in it spends `_budget`; a rendering may bring its own."""

    intercepted_binops = frozenset({"+", "*", "**", "%"})

    def __init__(self, **options: Any) -> None:
        super().__init__(undefined=StrictUndefined, keep_trailing_newline=True, **options)
        for name in ("lipsum", "cycler", "joiner"):
            del self.globals[name]
        self.filters.update(OURS)
        self.filters |= {"replace": _replace, "join": _join, "round": _round}
        self.globals["_budget"] = Budget()
        for name in _REFUSED_FILTERS:
            del self.filters[name]
        self.filters["_counted"] = _counted
        self.filters["_joined"] = _joined

    def getattr(self, obj: Any, attribute: str) -> Any:
        if isinstance(obj, Record):
            return self._fact(obj, attribute)
        _check_attribute(obj, attribute)
        return super().getattr(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        if isinstance(obj, Record):
            return self._fact(obj, argument)
        _check_attribute(obj, argument)
        return super().getitem(obj, argument)

    def _fact(self, record: Record, name: Any) -> Any:
        if isinstance(name, str) and not name.startswith("_") and name in record.facts:
            return record.facts[name]
        return self.undefined(f"there is nothing called {str(name)!r}")

    def call(__self, __context: Context, __obj: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: N805
        __context.resolve("_budget")._spend(1)
        owner = getattr(__obj, "__self__", None)
        if isinstance(owner, str) and __obj.__name__ == "replace" and len(args) > 1:
            _check_length((owner.count(args[0]) + 1) * len(args[1]) + len(owner))
        return super().call(__context, __obj, *args, **kwargs)

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        _check_operation(operator, left, right)
        return super().call_binop(context, operator, left, right)

    def compile(self, source: Any, name: Any = None, filename: Any = None, *rest: Any, **more: Any) -> Any:
        """As Jinja's, with every loop and every `~` put under the budget."""
        tree = self.parse(source, name, filename) if isinstance(source, str) else source
        return super().compile(_Bounded(self).visit(tree), name, filename, *rest, **more)


def rendered(template: Template, names: Mapping[str, Any]) -> str:
    """What a template writes. Raises SecurityError when it does not stop writing."""
    written, length = [], 0
    for piece in template.generate(names):
        written.append(piece)
        length += len(piece)
        if length > _LARGEST:
            raise SecurityError(f"more than {_LARGEST:,} characters")
    return "".join(written)


def line_in(error: BaseException, names: Mapping[str, Any]) -> tuple[str, int] | None:
    """The innermost template of these, and its line, that an error came from."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename in names]
    return (frames[-1].filename, frames[-1].lineno or 1) if frames else None


def sentence(error: Exception) -> str:
    """The message, begun small and without a full stop."""
    words = (str(error) or type(error).__name__).splitlines()[0].rstrip(".")
    return words[:1].lower() + words[1:]


def reader_filters(sandbox: Sandbox) -> dict[str, Callable[..., Any]]:
    """The filters that a personal expression may use."""
    names = [*OURS, *_READER_FILTERS.split()]
    return {name: sandbox.filters[name] for name in names}


class _Bounded(NodeTransformer):
    """Rewrites what could grow without an operator or a call that the environment sees."""

    def __init__(self, environment: Sandbox) -> None:
        self._environment = environment

    def visit_For(self, node: nodes.For) -> nodes.For:  # noqa: N802
        self.generic_visit(node)
        node.iter = self._filtered(node.iter, "_counted")
        return node

    def visit_Concat(self, node: nodes.Concat) -> nodes.Filter:  # noqa: N802
        self.generic_visit(node)
        return self._filtered(
            nodes.List(node.nodes, lineno=node.lineno, environment=self._environment), "_joined"
        )

    def _filtered(self, node: nodes.Node, name: str) -> nodes.Filter:
        return nodes.Filter(node, name, [], [], None, None, lineno=node.lineno, environment=self._environment)


@pass_context
def _counted(context: Context, items: Any) -> list[Any]:
    whole = list(items)
    context.resolve("_budget")._spend(len(whole))
    return whole


@pass_eval_context
def _joined(where: EvalContext, items: Sequence[Any]) -> str:
    joined: str = (markup_join if where.autoescape else str_join)(items)
    _check_length(len(joined))
    return joined


@pass_eval_context
def _replace(where: EvalContext, text: Any, old: str, new: str, count: int | None = None) -> str:
    _check_length((str(text).count(str(old)) + 1) * len(str(new)) + len(str(text)))
    replaced: str = FILTERS["replace"](where, text, old, new, count)
    return replaced


@pass_eval_context
def _join(where: EvalContext, items: Any, separator: str = "", attribute: Any = None) -> str:
    whole = list(items)
    _check_length(len(whole) * len(str(separator)))
    joined: str = FILTERS["join"](where, whole, separator, attribute)
    return joined


def _round(value: float, precision: int = 0, method: Any = "common") -> float:
    rounded: float = FILTERS["round"](value, max(-20, min(20, precision)), method)
    return rounded


def _check_attribute(owner: Any, name: Any) -> None:
    if isinstance(owner, str | bytes | int) and name in _REFUSED_METHODS:
        raise SecurityError(f"the method {name} is not available here")


def _check_operation(operator: str, left: Any, right: Any) -> None:
    sized = [one for one in (left, right) if hasattr(one, "__len__")]
    numbers = [abs(one) for one in (left, right) if isinstance(one, int | float)]
    if operator == "+" and sized:
        _check_length(sum(len(one) for one in sized))
    elif operator == "*" and sized:
        _check_length(len(sized[0]) * int(min([_NUMBER, *numbers])))
    elif operator == "%" and isinstance(left, str):
        raise SecurityError("formatting with % is not available here; write ~ to join")
    elif operator == "**" and (numbers[1:] and (numbers[1] > 64 or numbers[0] > 10_000)):
        raise SecurityError("this power is too large")
    elif any(number > _NUMBER for number in numbers):
        raise SecurityError("this number is too large")


def _check_length(length: int) -> None:
    if length > _LENGTH:
        raise SecurityError(f"a text or list of more than {_LENGTH:,} characters or items")
