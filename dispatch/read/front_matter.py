"""The YAML at the head of an issue, as keys with their lines; the only door to PyYAML.

PyYAML's safe loader cuts the text into nodes; the values are read here, because YAML 1.1 knows too much:
`no` is false to it, `12:30` is 750 and `012` is 10. Here a value is true or false, a decimal number, an ISO
date, or text. Anchors, aliases and tags are refused: nobody needs them in ten lines, and they hide bombs.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import yaml

from dispatch.errors import IssueInvalid, Topic
from dispatch.read.shown import shown
from dispatch.read.suggestion import did_you_mean

_LARGEST = 64 * 1024  # characters; PyYAML reads about 100 KB a second
_LONGEST_KEY = 100
_FIRST_YEAR, _LAST_YEAR = 1970, 9000  # within these a change of time zone never leaves the calendar
_INT = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,17})")
_FLOAT = re.compile(r"[-+]?[0-9]+\.[0-9]+(?:[eE][-+]?[0-9]{1,3})?")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_LINE_BREAK = re.compile(r"[\n\t\x85\u2028\u2029]")
_UNQUOTED = re.compile(r"\s*([\w-]+)\s*:\s+(?![\"'|>])\S")
_KINDS = {dict: "a mapping", list: "a list", bool: "true or false", int: "a number", float: "a number"}


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """The values by key, each with its line; nested keys have dotted names in `lines` (`checks.ignore`)."""

    file: str
    values: Mapping[str, Any]
    lines: Mapping[str, int]

    def error(
        self, key: str, message: str, hint: str | None = None, about: Topic | None = None
    ) -> IssueInvalid:
        """The error to raise, at the line of `key`."""
        return IssueInvalid(message, file=self.file, line=self.lines.get(key, 1), hint=hint, about=about)

    def allow(self, known: Collection[str], within: str = "", hint: str | None = None) -> None:
        """Refuse every key that is not `known`, among all keys or among those of the mapping `within`."""
        for key in self.mapping(within) if within else self.values:
            if key not in known:
                where = f"{within}.{key}" if within else key
                hint = did_you_mean(key, known) or hint
                raise self.error(where, f"unknown key `{shown(where)}`", hint, about=Topic.KEY)

    def text(self, key: str) -> str | None:
        """A text, or None when the key is missing or empty."""
        value = self.values.get(key)
        if value is None or isinstance(value, str):
            return value
        kind = _KINDS.get(type(value), "a date")
        raise self.error(key, f"`{key}` is {kind}, not a text", "put quotes around it")

    def one_line(self, key: str) -> str | None:
        """A text that fits in a header field: no line break, no tab; blanks around it are dropped."""
        value = (self.text(key) or "").strip()
        if _LINE_BREAK.search(value):
            message = f"`{key}` has a line break or a tab in it"
            raise self.error(key, message, "write it on one line", about=Topic.HEADER)
        return value or None

    def folded(self, key: str) -> str:
        """A text whose line breaks are blanks; empty when the key is missing."""
        return _LINE_BREAK.sub(" ", self.text(key) or "").strip()

    def whole_number(self, key: str) -> int | None:
        """A number from 0 up, in decimal digits."""
        value = self.values.get(key)
        if value is None or (type(value) is int and value >= 0):
            return value
        raise self.error(key, f"`{key}` is not a whole number such as 12")

    def day(self, key: str) -> date | None:
        """A date without a time, as YAML's or as ISO text."""
        value = self._moment(key)
        if isinstance(value, datetime):
            raise self.error(key, f"`{key}` has a time of day; write only the date, such as 2026-01-31")
        return value

    def moment(self, key: str) -> datetime | None:
        """A date with a time; naive when no offset is written, which means the newsletter's time zone."""
        value = self._moment(key)
        if isinstance(value, datetime) and not _FIRST_YEAR <= value.year <= _LAST_YEAR:
            raise self.error(key, f"`{key}` is in the year {value.year}, when no mail is sent")
        if value is None or isinstance(value, datetime):
            return value
        raise self.error(key, f"`{key}` has no time of day; write it as 2026-01-31 09:00")

    def _moment(self, key: str) -> date | datetime | None:
        value = self.values.get(key)
        found = _date(value) if isinstance(value, str) else value
        if value is None or isinstance(found, date):
            return found
        raise self.error(
            key, f"`{key}` is not a date that exists; write it as 2026-01-31 or 2026-01-31 09:00"
        )

    def mapping(self, key: str) -> dict[str, Any]:
        """A mapping; empty when the key is missing or empty."""
        value = self.values.get(key)
        if value is None or isinstance(value, dict):
            return value or {}
        raise self.error(key, f"`{key}` is not a mapping")


def read_front_matter(text: str, *, file: str, first_line: int) -> FrontMatter:
    """Read the YAML between the fences, which begins at `first_line` of `file`. Raises IssueInvalid."""
    if len(text) > _LARGEST:
        raise IssueInvalid("the front matter is larger than 64 KB", file=file, line=first_line)
    reading = _Reading(text, file, first_line)
    try:
        root = yaml.compose(text, Loader=_PlainLoader)
        values = reading.root(root)
    except yaml.MarkedYAMLError as error:
        raise reading.not_yaml(error) from error
    except (
        yaml.YAMLError,
        ValueError,
        OverflowError,
    ) as error:  # the scanner's own slips, as in "\UFFFFFFFF"
        raise reading.error("the front matter is not YAML", 0) from error
    except RecursionError as error:
        raise reading.error("the front matter is nested too deep", 0) from error
    return FrontMatter(file=file, values=values, lines=reading.lines)


class _PlainLoader(yaml.SafeLoader):
    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        """Refuse what the author did not mean: `subject: *Big* news` is an alias to YAML."""
        event = self.peek_event()  # type: ignore[no-untyped-call]
        if (
            isinstance(event, yaml.AliasEvent)
            or getattr(event, "anchor", None)
            or getattr(event, "tag", None)
        ):
            problem = "a value that begins with *, & or ! has a meaning of its own to YAML"
            raise yaml.composer.ComposerError(None, None, problem, event.start_mark)
        return super().compose_node(parent, index)


class _Reading:
    """One pass over the nodes; `lines` grows by every key that is met."""

    def __init__(self, text: str, file: str, first_line: int) -> None:
        self.text = text
        self.file = file
        self.first_line = first_line
        self.lines: dict[str, int] = {}

    def line(self, index: int) -> int:
        """The line of a character. PyYAML's own count takes U+0085 and U+2028 for ends of lines."""
        return self.first_line + self.text.count("\n", 0, index)

    def error(self, message: str, index: int, hint: str | None = None) -> IssueInvalid:
        return IssueInvalid(message, file=self.file, line=self.line(index), hint=hint)

    def not_yaml(self, error: yaml.MarkedYAMLError) -> IssueInvalid:
        if error.context == "while scanning a quoted scalar" and error.context_mark:
            return self.error("a quote that is not closed, or not well", error.context_mark.index)
        marks = [mark.index for mark in (error.problem_mark, error.context_mark) if mark]
        message = f"the front matter is not YAML: {(error.problem or '')[:100]}"
        for index in marks:
            line = self.text[self.text.rfind("\n", 0, index) + 1 :].partition("\n")[0]
            if match := _UNQUOTED.match(line):
                return self.error(message, index, f"put quotes around the value of `{match[1]}`")
        return self.error(message, marks[0] if marks else 0)

    def root(self, node: yaml.Node | None) -> dict[str, Any]:
        if node is None:
            return {}
        if not isinstance(node, yaml.MappingNode):
            raise self.error("the front matter is not made of keys and values", node.start_mark.index)
        return self.mapping(node, "")

    def mapping(self, node: yaml.MappingNode, path: str) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = self.key(key_node)
            where = f"{path}.{key}" if path else key
            if key in found:
                message = f"`{shown(where)}` stands here again; it is on line {self.lines[where]} already"
                raise self.error(message, key_node.start_mark.index)
            self.lines[where] = self.line(key_node.start_mark.index)
            found[key] = self.value(value_node, where)
        return found

    def key(self, node: yaml.Node) -> str:
        if not isinstance(node, yaml.ScalarNode):
            message = "a value that begins with {{ is a mapping to YAML"
            raise self.error(message, node.start_mark.index, "put quotes around it")
        key = self.printable(node)
        if _LINE_BREAK.search(key) or len(key) > _LONGEST_KEY:
            message = f"a key of more than one line or {_LONGEST_KEY} characters"
            raise self.error(message, node.start_mark.index)
        return key

    def value(self, node: yaml.Node, path: str) -> Any:
        if isinstance(node, yaml.MappingNode):
            return self.mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self.item(one, f"{path}.{place}") for place, one in enumerate(node.value)]
        return _scalar(node.tag.rpartition(":")[2], self.printable(node))

    def item(self, node: yaml.Node, path: str) -> Any:
        """One value of a list; its line is kept under its place, as in `attachments.0`."""
        self.lines[path] = self.line(node.start_mark.index)
        return self.value(node, path)

    def printable(self, node: yaml.Node) -> str:
        if found := _CONTROL.search(node.value):
            message = f"a control character (U+{ord(found[0]):04X}) in the front matter"
            line = self.line(node.start_mark.index)
            raise IssueInvalid(message, file=self.file, line=line, hint="delete it", about=Topic.CONTROL)
        return str(node.value)


def _scalar(tag: str, written: str) -> Any:
    if tag == "null":
        return None
    if tag == "bool" and written.lower() in {"true", "false"}:
        return written.lower() == "true"
    if tag == "int" and _INT.fullmatch(written):
        return int(written)
    if tag == "float" and _FLOAT.fullmatch(written):
        return float(written)
    return (_date(written) if tag == "timestamp" else None) or written


def _date(written: str) -> date | datetime | None:
    """An ISO date, or a date with its time; None for anything else."""
    for read in (date.fromisoformat, datetime.fromisoformat):
        try:
            return read(written.strip())
        except ValueError:
            continue
    return None
