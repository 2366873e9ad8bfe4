"""Which mail programs know which feature of CSS and HTML: a table, and the command that makes it anew.

The facts are those of caniemail.com. To refresh the table from a newer copy of them, in a checkout:

    python -m dispatch.check.clients FILE

FILE is JSON as `{"_about": "...", "features": {"css-float": {"title": ..., "category": "css", "support":
{"gmail/ios": "y", ...}}}}`, with the newest version of each program: y yes, a partly, n no, u unknown.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

from dispatch.check.style import Declaration, functions_in

_TABLE = "clients.json"
_CATEGORIES = frozenset({"css", "html", "image"})
_ORDER = "ynau"

# The programs that most letters are read in; `[check] clients` names others.
USUAL = (
    "gmail/desktop-webmail",
    "gmail/ios",
    "gmail/android",
    "apple-mail/macos",
    "apple-mail/ios",
    "outlook/windows",
    "outlook/outlook-com",
    "yahoo/desktop-webmail",
)

# Where these are missing a letter looks plainer, and nothing of it is lost or out of place.
_PLAINER_WORDS = (
    "border-radius box-shadow text-shadow outline outline-offset cursor letter-spacing word-spacing "
    "hyphens hyphenate-character orphans widows transition animation color-scheme font-kerning "
    "font-stretch font-size-adjust user-select white-space word-break overflow-wrap word-wrap "
    "overflow text-overflow text-wrap text-decoration-color text-decoration-style "
    "text-decoration-thickness text-decoration-skip-ink text-underline-offset "
    "text-underline-position min-width min-height max-height max-width box-sizing table-layout "
    "border-spacing accent-color tab-size opacity empty-cells caption-side resize "
    "list-style-position text-align-last height"
)
_PLAINER = frozenset(_PLAINER_WORDS.split())
_FUNCTIONS = {
    "calc": "css-unit-calc",
    "clamp": "css-function-clamp",
    "min": "css-function-min",
    "max": "css-function-max",
    "light-dark": "css-function-light-dark",
    "linear-gradient": "css-linear-gradient",
    "radial-gradient": "css-radial-gradient",
    "conic-gradient": "css-conic-gradient",
    "lab": "css-modern-color",
    "lch": "css-modern-color",
    "oklab": "css-modern-color",
    "oklch": "css-modern-color",
    "var": "css-variables",
}
_PROPERTIES = {
    "column-gap": "css-gap",
    "row-gap": "css-gap",
    "left": "css-left-right-top-bottom",
    "right": "css-left-right-top-bottom",
    "top": "css-left-right-top-bottom",
    "bottom": "css-left-right-top-bottom",
    "grid-template-columns": "css-grid-template",
    "grid-template-rows": "css-grid-template",
    "grid-template-areas": "css-grid-template",
    "block-size": "css-block-inline-size",
    "margin-inline": "css-margin-inline-block",
    "margin-block": "css-margin-inline-block",
    "padding-inline": "css-padding-inline-block",
    "padding-block": "css-padding-inline-block",
    "mask": "css-mask-image",
    "flex-flow": "css-flex-wrap",
    "columns": "css-column-count",
}
_UNITS = ("rem", "vh", "vw", "vmin", "vmax", "ch")


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """One feature, and the programs that do not know it."""

    title: str
    unknown_to: tuple[str, ...]


class Support:
    """The table. `about` names the source and its date; `clients` are all programs in it."""

    def __init__(self, about: str, clients: Sequence[str], features: Mapping[str, Sequence[str]]) -> None:
        self.about = about
        self.clients = tuple(clients)
        self._features = features

    def targets(self, wanted: Iterable[str]) -> tuple[str, ...]:
        """The programs meant by names such as `gmail` or `outlook/windows`; the usual ones when none is."""
        chosen = tuple(
            client
            for client in self.clients
            if any(client == one or client.startswith(f"{one}/") for one in wanted)
        )
        return chosen or USUAL

    def feature(self, name: str, targets: Iterable[str]) -> Feature | None:
        """What is known of a feature for these programs; None for one that is not in the table."""
        if name not in self._features:
            return None
        title, support = self._features[name]
        verdicts = dict(zip(self.clients, support, strict=True))
        return Feature(title=title, unknown_to=tuple(one for one in targets if verdicts.get(one) == "n"))

    def names_of(self, declaration: Declaration) -> list[str]:
        """The features that a declaration needs, those left out without which a letter is only plainer."""
        name = declaration.name
        if name in _PLAINER or name.startswith(("-", "mso-")):
            return []
        value = declaration.value.lower()
        needed = [_PROPERTIES.get(name, f"css-{name}")]
        if name == "display":
            needed = [f"css-display-{value}".replace("inline-", "")]
        if name in {"background", "background-image"} and "url(" in value:
            needed = ["css-background-image"]
        needed += [_FUNCTIONS[one] for one in functions_in(value) if one in _FUNCTIONS]
        words = value.replace(",", " ").replace("(", " ").replace(")", " ").split()
        needed += [f"css-unit-{unit}" for unit in _UNITS if any(_has_unit(word, unit) for word in words)]
        return [one for one in needed if one in self._features]


def _has_unit(word: str, unit: str) -> bool:
    number = word.removesuffix(unit)
    return number != word and number.replace(".", "", 1).lstrip("+-").isdigit()


@cache
def support() -> Support:
    """The table that comes with dispatch."""
    table = json.loads(files("dispatch.check").joinpath(_TABLE).read_text(encoding="utf-8"))
    return Support(table["about"], table["clients"], table["features"])


def compact(facts: Mapping[str, object]) -> str:
    """The table made of a copy of the facts: a letter for each program, a line for each feature."""
    features = facts["features"]
    if not isinstance(features, dict):
        raise TypeError("features is not an object")
    clients = sorted({client for feature in features.values() for client in feature["support"]})
    rows = [
        f"{json.dumps(name)}: {json.dumps([feature['title'], _letters(feature['support'], clients)])}"
        for name, feature in sorted(features.items())
        if feature["category"] in _CATEGORIES
    ]
    about, names = json.dumps(facts["_about"]), json.dumps(clients)
    lines = ",\n  ".join(rows)
    return f'{{"about": {about},\n "clients": {names},\n "features": {{\n  {lines}\n }}}}\n'


def _letters(verdicts: Mapping[str, str], clients: Sequence[str]) -> str:
    return "".join(one if (one := verdicts.get(client, "u")) in _ORDER else "u" for client in clients)


def main(arguments: Sequence[str]) -> int:
    """Write the table anew from the file that is named."""
    if len(arguments) != 1:
        sys.stderr.write("python -m dispatch.check.clients FILE\n")
        return 2
    facts = json.loads(Path(arguments[0]).read_text(encoding="utf-8"))
    Path(__file__).with_name(_TABLE).write_text(compact(facts), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
