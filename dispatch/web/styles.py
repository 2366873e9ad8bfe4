"""Style sheets changed for a simulation: media features answered, colours turned round, properties left out.

The door to tinycss2 on this floor.
"""

from __future__ import annotations

import colorsys
from collections.abc import Callable, Iterable
from typing import Any

import tinycss2
import tinycss2.color3

_TRUE, _FALSE = "(min-width:0px)", "(max-width:-1px)"
_DARKEST = 0.11  # no program makes a white page quite black

Keep = Callable[[str, str], bool]


def answered(css: str, *, dark: bool) -> str:
    """The style sheet with every question for the colour scheme answered, whatever this screen likes."""
    return str(tinycss2.serialize(_with_answers(tinycss2.parse_component_value_list(css), dark)))


def _with_answers(nodes: Iterable[Any], dark: bool) -> list[Any]:
    changed = []
    for node in nodes:
        if node.type == "() block" and (scheme := _asked_scheme(node)):
            yes = (scheme == "dark") == dark
            changed += tinycss2.parse_component_value_list(_TRUE if yes else _FALSE)
            continue
        if node.type == "{} block":
            node.content = _with_answers(node.content, dark)
        changed.append(node)
    return changed


def _asked_scheme(block: Any) -> str:
    words = [node for node in block.content if node.type not in {"whitespace", "comment"}]
    asks = [getattr(node, "lower_value", getattr(node, "value", "")) for node in words]
    return asks[2] if len(asks) == 3 and asks[:2] == ["prefers-color-scheme", ":"] else ""


def inverted(css: str) -> str:
    """The declarations or style sheet with the lightness of every colour turned round."""
    return str(tinycss2.serialize(_inverted(tinycss2.parse_component_value_list(css))))


def inverted_colour(written: str) -> str:
    """A colour of an attribute such as bgcolor, turned round; what is no colour stays."""
    colour = tinycss2.color3.parse_color(written.strip())
    return _turned(colour) if _is_colour(colour) else written


def _inverted(nodes: Iterable[Any]) -> list[Any]:
    changed = []
    for node in nodes:
        if node.type in {"{} block", "() block"}:
            node.content = _inverted(node.content)
        elif node.type in {"hash", "ident", "function"}:
            colour = tinycss2.color3.parse_color(node)
            if _is_colour(colour):
                changed += tinycss2.parse_component_value_list(_turned(colour))
                continue
        changed.append(node)
    return changed


def _is_colour(colour: Any) -> bool:
    return colour is not None and colour != "currentColor" and colour.alpha > 0


def _turned(colour: Any) -> str:
    hue, lightness, saturation = colorsys.rgb_to_hls(colour.red, colour.green, colour.blue)
    # The chroma stays, not the saturation: a white with a hint of yellow becomes a dark grey with that hint.
    chroma = saturation * (1 - abs(2 * lightness - 1))
    dark = 1 - lightness * (1 - _DARKEST)
    most = 1 - abs(2 * dark - 1)
    turned = colorsys.hls_to_rgb(hue, dark, min(1.0, chroma / most) if most else 0.0)
    red, green, blue = (round(255 * part) for part in turned)
    return f"rgba({red},{green},{blue},{colour.alpha:g})"


def kept_declarations(css: str, keep: Keep) -> str:
    """Of some declarations those that `keep` wants; it is asked by name and value."""
    return ";".join(
        f"{one.lower_name}:{tinycss2.serialize(one.value).strip()}{'!important' if one.important else ''}"
        for one in tinycss2.parse_blocks_contents(css, skip_comments=True, skip_whitespace=True)
        if one.type == "declaration" and keep(one.lower_name, tinycss2.serialize(one.value).strip().lower())
    )


def kept_rules(css: str, keep: Keep) -> str:
    """Of a style sheet the plain rules, without at-rules, and in them the declarations that `keep` wants."""
    return "\n".join(
        f"{tinycss2.serialize(rule.prelude)}{{{kept_declarations(tinycss2.serialize(rule.content), keep)}}}"
        for rule in tinycss2.parse_stylesheet(css, skip_comments=True, skip_whitespace=True)
        if rule.type == "qualified-rule"
    )
