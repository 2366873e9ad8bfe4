"""What the parts of a source mean: which are filled per reader, which once, and whether they fit together.

Judges names, columns and the pairing of statements; every complaint has the line of its part. What a part
says is read in expression.py.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from enum import Enum

from jinja2 import nodes

from dispatch.errors import Topic
from dispatch.render.expression import (
    attributes_of,
    columns_asked_for,
    columns_in,
    columns_shown,
    names_bound,
    names_read,
    parsed,
)
from dispatch.render.personal import Kind, Part

PERSONAL_NAMES = frozenset({"subscriber", "unsubscribe_url", "preferences_url", "view_url"})
_NEUTRAL_NAMES = frozenset({"loop", "range", "dict", "namespace"})
_ENDS = {"if": "endif", "for": "endfor"}
_DEEPEST = 15  # Python, which templates become, allows 20 loops in each other
_STATEMENTS = ("if", "elif", "else", "endif", "for", "endfor", "set")


class Time(Enum):
    """When a part gets its value."""

    FILL = "for each reader"
    BUILD = "once for the issue"
    NEVER = "it vanishes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """The names that a source may use.

    `columns` are those of the list, `handed` are tokens that stand for a reader's values in a macro's call.
    """

    build: Collection[str]
    columns: Collection[str]
    filters: Collection[str]
    handed: Collection[str] = ()
    readers_only: bool = True  # False in a layout, where Jinja itself judges what is not personal


@dataclass(slots=True)
class Meaning:
    """The outcome: the time of each token, the columns read, and those that are shown without a default."""

    times: dict[str, Time] = field(default_factory=dict)
    fields: set[str] = field(default_factory=set)
    shown: dict[Part, frozenset[str]] = field(default_factory=dict)


@dataclass(slots=True)
class _Block:
    opener: Part
    time: Time
    excused: frozenset[str]
    last: str


def understand(parts: Iterable[Part], vocabulary: Vocabulary) -> Meaning:
    """Judge the parts of one source in their order. Raises IssueInvalid or TemplateInvalid."""
    return _Judge(vocabulary).judged(parts)


class _Judge:
    def __init__(self, vocabulary: Vocabulary) -> None:
        self._words = vocabulary
        self._meaning = Meaning()
        self._open: list[_Block] = []
        self._personal = set(PERSONAL_NAMES)
        self._build = {*vocabulary.build, *vocabulary.handed}
        self._set_to: dict[str, frozenset[str]] = {}  # a name, and the columns that showing it shows

    def judged(self, parts: Iterable[Part]) -> Meaning:
        for part in parts:
            if part.kind is Kind.BROKEN:
                closing = "}}" if part.source == "{{" else "%}"
                raise part.error(
                    f"this {part.source} has no matching {closing}, or what is between them does not parse",
                    hint="are its quotes straight, and closed? To show the braces, write them as `code`, "
                    "or between {% raw %} and {% endraw %}",
                )
            self._meaning.times[part.token] = self._judge(part)
        if self._open:
            opener = self._open[-1].opener
            raise opener.error(
                f"{{% {opener.tag} %}} is never closed",
                hint=f"add {{% {_ENDS[opener.tag]} %}}",
                about=Topic.NESTING,
            )
        return self._meaning

    def _judge(self, part: Part) -> Time:
        if part.kind is Kind.COMMENT:
            return Time.NEVER
        if part.kind is Kind.EXPRESSION:
            return self._shown(part)
        if part.tag in {"elif", "else", "endif", "endfor"}:
            return self._continued(part)
        if part.tag in {"if", "for"}:
            return self._opened(part)
        if part.tag == "set":
            return self._set(part)
        return self._foreign(part)

    def _shown(self, part: Part) -> Time:
        tree = parsed(part, f"{{{{ {part.inner} }}}}")
        time = self._time(part, tree)
        if time is Time.FILL and (columns := columns_shown(tree, self._set_to)):
            self._meaning.shown[part] = columns
        return time

    def _foreign(self, part: Part) -> Time:
        if not self._words.readers_only:
            return Time.BUILD
        near = difflib.get_close_matches(part.tag, _STATEMENTS, 1)
        hint = f"did you mean {near[0]}?" if near else "an issue may use if, elif, else, for and set"
        raise part.error(f"{{% {part.tag} %}} is not a statement of an issue", hint=hint)

    def _opened(self, part: Part) -> Time:
        tree = parsed(part, f"{{% {part.inner} %}}{{% {_ENDS[part.tag]} %}}")
        time = self._time(part, tree)
        if part.tag == "for":
            self._bind(tree, time)
            self._set_to |= dict.fromkeys(names_bound(tree), frozenset())
        if len(self._open) == _DEEPEST:
            raise part.error(f"more than {_DEEPEST} ifs and fors stand in each other")
        self._open.append(_Block(part, time, columns_asked_for(tree), part.tag))
        return time

    def _continued(self, part: Part) -> Time:
        if not self._open or not _fits(part.tag, self._open[-1]):
            hint = "every if needs its endif and every for its endfor"
            raise part.error(self._misfit(part), hint=hint, about=Topic.NESTING)
        block = self._open[-1]
        block.last = part.tag
        if part.tag == "elif":
            tree = parsed(part, f"{{% if {part.rest} %}}{{% endif %}}")
            if self._time(part, tree) is not block.time and names_read(tree):
                message = "an if and its elif mix what is known per reader and what is known at once"
                raise part.error(message, about=Topic.MIXTURE)
            block.excused |= columns_asked_for(tree)
        elif part.rest:
            raise part.error(f"{{% {part.tag} %}} stands alone; {part.rest!r} does not belong there")
        if part.tag.startswith("end"):
            self._open.pop()
        return block.time

    def _misfit(self, part: Part) -> str:
        if not self._open:
            return f"{{% {part.tag} %}} without its {{% {'for' if part.tag == 'endfor' else 'if'} %}}"
        opener = self._open[-1].opener
        return f"{{% {part.tag} %}} does not fit the {{% {opener.tag} %}} of line {opener.line}"

    def _set(self, part: Part) -> Time:
        if "=" not in part.rest:
            if self._words.readers_only:
                raise part.error("a block {% set %} is not for issues", hint="write {% set name = value %}")
            return Time.BUILD
        tree = parsed(part, f"{{% {part.inner} %}}")
        time = self._time(part, tree, alone=Time.FILL if self._words.readers_only else Time.BUILD)
        if time is Time.BUILD and self._words.readers_only and self._inside_personal():
            raise part.error(
                "this set would happen once, but it stands in a block that is decided per reader",
                about=Topic.MIXTURE,
            )
        self._bind(tree, time)
        self._set_to |= dict.fromkeys(names_bound(tree), columns_shown(tree, self._set_to))
        return time

    def _inside_personal(self) -> bool:
        return any(block.time is Time.FILL for block in self._open)

    def _bind(self, tree: nodes.Template, time: Time) -> None:
        names = names_bound(tree)
        (self._personal if time is Time.FILL else self._build).update(names)
        (self._build if time is Time.FILL else self._personal).difference_update(names)

    def _time(self, part: Part, tree: nodes.Template, alone: Time | None = None) -> Time:
        """When this gets its value, by the names in it; `alone` is for what names nothing."""
        names = names_read(tree)
        personal = names & self._personal
        others = names - personal - _NEUTRAL_NAMES
        if personal and others & self._build:
            raise part.error(
                f"{part.source.strip()} mixes {_listed(personal)}, known per reader, "
                f"and {_listed(others & self._build)}, known once",
                hint="write them as two expressions",
                about=Topic.MIXTURE,
            )
        if self._words.readers_only or personal:
            self._refuse_unknown(part, others - self._build)
        if personal:
            self._check_personal(part, tree)
            return Time.FILL
        if others or not self._open:
            return Time.BUILD if others or alone is None else alone
        return alone or (self._loop_time() if "loop" in names else Time.BUILD)

    def _loop_time(self) -> Time:
        loops = [block.time for block in self._open if block.opener.tag == "for"]
        return loops[-1] if loops else Time.BUILD

    def _refuse_unknown(self, part: Part, names: Collection[str]) -> None:
        for name in sorted(names):
            if name.casefold() in self._words.columns:
                raise part.error(
                    f"{part.source.strip()} names {name}, which is a column of the list",
                    hint=f"did you mean subscriber.{name.casefold()}?",
                    about=Topic.NAME,
                )
            columns = {f"subscriber.{one}" for one in self._words.columns}
            known = sorted({*self._personal, *self._build, *columns} - {"subscriber", *self._words.handed})
            raise part.error(
                f"{part.source.strip()} names {name}, which does not exist",
                hint=_near(name, known),
                about=Topic.NAME,
            )

    def _check_personal(self, part: Part, tree: nodes.Template) -> None:
        for used in tree.find_all(nodes.Filter):
            if used.name not in self._words.filters:
                raise part.error(
                    f"{part.source.strip()} uses the filter {used.name}, which is not for personal values",
                    hint=_near(used.name, sorted(self._words.filters)),
                )
        for attribute in attributes_of(tree):
            if attribute.startswith("_"):
                raise part.error(f"{part.source.strip()} reaches for {attribute}, which is not available")
        excused = columns_asked_for(tree).union(*(block.excused for block in self._open))
        for name in columns_in(part, tree):
            if name in self._words.columns and not name.startswith("_"):
                self._meaning.fields.add(name)
            elif name not in excused:
                raise part.error(
                    f"{part.source.strip()} names the column {name}, which the list does not have",
                    hint=_near(name, sorted(self._words.columns), "the columns are"),
                    about=Topic.NAME,
                )


def _fits(tag: str, block: _Block) -> bool:
    if tag == "else":
        return block.last != "else"
    if tag == "elif":
        return block.opener.tag == "if" and block.last != "else"
    return tag == _ENDS[block.opener.tag]


def _near(name: str, known: Iterable[str], otherwise: str = "known here are") -> str:
    names = list(known)
    short = {one.rpartition(".")[2]: one for one in names}
    near = difflib.get_close_matches(name.casefold(), short, 1)
    return f"did you mean {short[near[0]]}?" if near else f"{otherwise}: {', '.join(names)}"


def _listed(names: Iterable[str]) -> str:
    return " and ".join(sorted(names))
