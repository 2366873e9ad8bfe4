"""Personal values handed to a macro, as in `{{ button("Leave", unsubscribe_url) }}`.

The macro is called once, like everything that is not personal; in place of the value it gets a token, and
shows it where the value is to stand. It cannot decide by it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import NoReturn

from jinja2 import Environment, TemplateSyntaxError

from dispatch.render.personal import Kind, Mask, Part

_ENVIRONMENT = Environment(autoescape=True)
_CALLED = re.compile(r"(?P<root>[A-Za-z_]\w*)(?:\.\w+)*\s*\(")
_NAMED = re.compile(r"\s*[A-Za-z_]\w*\s*=(?!=)")


def hand_over(
    part: Part, mask: Mask, *, is_macro: Callable[[str], bool], is_personal: Callable[[str], bool]
) -> tuple[Part, list[Part]]:
    """The part with tokens for its personal arguments, and parts for those; itself when it is no such call.

    `is_macro` judges the name that is called, `is_personal` the source of an argument.
    """
    match = _CALLED.match(part.inner) if part.kind is Kind.EXPRESSION else None
    if not match or not is_macro(match["root"]) or not part.inner.endswith(")"):
        return part, []
    given: list[Part] = []
    written = []
    for argument in _arguments(part.inner[match.end() : -1]):
        named = _NAMED.match(argument)
        name, value = (named[0], argument[named.end() :]) if named else ("", argument)
        if is_personal(value):
            given.append(mask.made(f"{{{{ {value.strip()} }}}}", file=part.file, line=part.line, like=part))
            value = given[-1].token
        written.append(name + value)
    if not given:
        return part, []
    call = replace(part, call=f"{match[0]}{','.join(written)})")
    mask.parts[part.token] = call
    return call, given


def _arguments(inside: str) -> Iterator[str]:
    """What stands between the commas of a call; a comma in brackets or in a text is none of these."""
    try:
        tokens = list(_ENVIRONMENT.lex(f"{{{{{inside}}}}}"))[1:-1]
    except TemplateSyntaxError:
        return
    depth, argument = 0, ""
    for _, kind, text in tokens:
        depth += (text in {"(", "[", "{"}) - (text in {")", "]", "}"}) if kind == "operator" else 0
        if kind == "operator" and text == "," and depth == 0:
            yield argument
            argument = ""
        else:
            argument += text
    yield argument


class Handed:
    """What a macro gets in place of a value that is known per reader: to be shown, and for nothing else."""

    __slots__ = ("_token",)

    def __init__(self, token: str) -> None:
        self._token = token

    def __str__(self) -> str:
        return self._token

    def __html__(self) -> str:
        return self._token

    def _refuse(self, *_others: object) -> NoReturn:
        raise TypeError("a macro cannot decide by a value that is known per reader; it can only show it")

    __bool__ = __len__ = __iter__ = __contains__ = __eq__ = __ne__ = _refuse
    __lt__ = __le__ = __gt__ = __ge__ = __getitem__ = __hash__ = __add__ = __radd__ = _refuse
