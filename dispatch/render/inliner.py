"""premailer, its network shut off and its cascade set right. The door to premailer and cssutils.

What it cannot carry over at all is refused before, in stylesheet.py.
"""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from itertools import chain
from types import ModuleType
from typing import Any, NoReturn

import cssselect
import cssutils
from lxml.cssselect import CSSSelector

from dispatch.errors import TemplateInvalid, Topic


@contextmanager
def _nothing_for(name: str) -> Iterator[None]:
    """Inside, an empty module stands where `import` finds this one, unless it is there already."""
    empty = ModuleType(name)
    found = sys.modules.setdefault(name, empty)
    try:
        yield
    finally:
        if found is empty:
            del sys.modules[name]


with _nothing_for("requests"):  # premailer would fetch styles by it, which it never may; it is 6 MB and 45 ms
    import premailer.premailer
    from premailer.premailer import Premailer, PremailerError

# cssutils keeps its parser's state in the module, and so is not safe for threads (premailer issue 65).
_LOCK = threading.Lock()

cssutils.ser.prefs.minimizeColorHash = False  # some mail programs do not know a colour of three digits
cssutils.ser.prefs.keepComments = False  # one inside a selector would be taken for a part of it

_SETTINGS: dict[str, Any] = {
    "strip_important": False,
    "keep_style_tags": False,
    "remove_classes": False,
    "disable_validation": True,
    "allow_network": False,
    "align_floating_images": False,
    "disable_link_rewrites": True,
    "disable_basic_attributes": ["width", "height", "align", "valign", "bgcolor"],
    "cssutils_logging_level": logging.CRITICAL,
}


def write_styles(root: Any, *, file: str) -> None:
    """Write the rules of all style elements of a page into its elements. Raises TemplateInvalid."""
    try:
        with _LOCK:
            _Inliner(**_SETTINGS).transform(root)
    except Exception as error:  # premailer and cssutils fail with whatever their code stumbles over
        message = f"the styles cannot be inlined: {_first_line(error)}"
        raise TemplateInvalid(message, file=file, about=Topic.SELECTOR) from error


def carried(css: str) -> str:
    """A style as cssutils understands it: what it does not know is not there any more."""
    with _LOCK:
        return str(_sheet(css, validate=False).cssText.decode())


class _Inliner(Premailer):  # type: ignore[misc]
    """Premailer with a CSS parser that cannot fetch anything, and with the order of CSS."""

    def _parse_css_string(self, css_body: str, validate: bool = True) -> Any:
        return _sheet(css_body, validate=validate)

    def _parse_style_rules(self, css_body: str, ruleset_index: int) -> tuple[list[Any], list[Any]]:
        return _weighed(css_body, ruleset_index)

    def rules_of(self, css_body: str, ruleset_index: int) -> tuple[list[Any], list[Any]]:
        """The rules as premailer reads them, and what it leaves in the style element."""
        rules, leftover = super()._parse_style_rules(css_body, ruleset_index)
        return rules, leftover

    def _load_external(self, url: str) -> NoReturn:
        _refuse(url)


@lru_cache(maxsize=16)  # an author saves many times, and the styles are rarely what changed
def _weighed(css: str, index: int) -> tuple[list[Any], list[Any]]:
    """premailer's rules, but weighed: it counts dots and words, and takes no attribute into account.

    premailer writes `!important` into what is left over, which changes nothing the second time.
    """
    rules, leftover = _Inliner(**_SETTINGS).rules_of(css, index)
    return [
        ((order[0], *_specificity(selector), *order[-2:]), selector, declarations)
        for order, selector, declarations in rules
    ], leftover


def _sheet(css: str, *, validate: bool) -> Any:
    return cssutils.CSSParser(fetcher=_refuse, loglevel=logging.CRITICAL, validate=validate).parseString(css)


def _refuse(url: str) -> NoReturn:
    raise PremailerError(f"a style sheet wants {url}, and styles are never fetched")


def _specificity(selector: str) -> tuple[int, int, int]:
    a, b, c = cssselect.parse(selector)[0].specificity()
    return a, b, c


def _first_line(error: Exception) -> str:
    return (str(error) or type(error).__name__).splitlines()[0]


def _merged(_own: str, rules: Iterable[Iterable[tuple[str, str]]], *_rest: object, **_more: object) -> str:
    """The declarations of an element's rules, each where it was last set.

    premailer leaves it where it was first set: `padding` of a later rule then stands before the
    `padding-left` of an earlier one, and loses to it.
    """
    final: dict[str, str] = {}
    for name, value in chain.from_iterable(rules):
        final.pop(name, None)
        final[name] = value
    return "; ".join(f"{name}:{value}" for name, value in final.items())


@lru_cache(maxsize=512)
def _selector(text: str) -> CSSSelector:
    """In HTML `P` is `p`; premailer looks for elements as XML does."""
    return CSSSelector(text, translator="html")


# premailer has no setting for these two, and calls them by their names in its module.
premailer.premailer.merge_styles = _merged
premailer.premailer._create_cssselector = _selector
