"""The only module that prints: results go to stdout, talk and errors to stderr.

Whatever comes from outside (a name in the list, a relay's reply) passes `visible` on its way: it can neither
move the cursor nor forge a line.
"""

from __future__ import annotations

import json
import os
import sys
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import IO, Any

from dispatch.errors import DispatchError, NotConfirmed

JSON_VERSION = 1
_UNPRINTABLE = frozenset({"Cc", "Cs", "Zl", "Zp"})
# Who sets one of these asks for styles, or for none, whatever the stream is.
_WISHES = frozenset({"FORCE_COLOR", "TTY_COMPATIBLE"})

Part = str | tuple[str, str]


def visible(text: str) -> str:
    """The text on one line, with every control character as its escape."""
    if text.isprintable():
        return text
    return "".join(
        _escaped(letter) if unicodedata.category(letter) in _UNPRINTABLE else letter for letter in text
    )


def _escaped(letter: str) -> str:
    return letter.encode("unicode_escape", "surrogatepass").decode("ascii")


class _Screen:
    """One of the two streams. rich is imported only where somebody sees a style: it takes a while."""

    def __init__(self, stream: IO[str], *, color: bool) -> None:
        self.stream = stream
        self._color = color

    @cached_property
    def terminal(self) -> Any:
        """What shows styles here (terminal.py), or None."""
        if not (self.stream.isatty() or _WISHES & os.environ.keys()):
            return None
        from dispatch.cli.terminal import Terminal

        return Terminal(self.stream, color=self._color)

    def line(self, *parts: Part, end: str = "\n") -> None:
        """One line; a part is text, or text and a rich style."""
        pairs = [(part, "") if isinstance(part, str) else part for part in parts]
        shown = [(visible(words), style) for words, style in pairs]
        if self.terminal:
            self.terminal.show(shown, end)
        else:
            self.stream.write("".join([words for words, _ in shown]) + end)


@dataclass(slots=True, kw_only=True)
class Console:
    """One per command. `json` turns results into objects and silences talk; `quiet` silences talk."""

    json: bool = False
    quiet: bool = False
    verbose: bool = False
    color: bool = True
    ask: bool = True
    _out: _Screen = field(init=False)
    _err: _Screen = field(init=False)

    def __post_init__(self) -> None:
        self._out = _Screen(sys.stdout, color=self.color)
        self._err = _Screen(sys.stderr, color=self.color)

    @property
    def width(self) -> int:
        """Columns for results: the terminal's, or 80 where there is none."""
        return int(self._out.terminal.width) if self.is_terminal else 80

    @property
    def is_terminal(self) -> bool:
        """Whether results go to a person's screen."""
        return sys.stdout.isatty()

    @property
    def can_ask(self) -> bool:
        """Whether somebody is there to answer."""
        return self.ask and not self.json and sys.stdin.isatty() and sys.stderr.isatty()

    def result(self, *parts: Part) -> None:
        """One line of the result, for stdout. A part is text, or text and a rich style."""
        self._out.line(*parts)

    def raw(self, content: str | bytes) -> None:
        """The result itself, byte for byte: a rendered page or message."""
        data = content.encode("utf-8", "surrogateescape") if isinstance(content, str) else content
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()

    def markdown(self, page: str) -> None:
        """A page of the manual: set for a terminal, as it is anywhere else."""
        if self.is_terminal:
            self._out.terminal.page(page)
        else:
            self.raw(page)

    def object(self, value: Mapping[str, Any]) -> None:
        """A result, or one event of long work, as a line of JSON."""
        sys.stdout.write(json.dumps({"v": JSON_VERSION, **value}, ensure_ascii=False, default=str) + "\n")
        sys.stdout.flush()

    def talk(self, *parts: Part) -> None:
        """A line about what is going on, for stderr; silent with -q and --json."""
        if not (self.quiet or self.json):
            self._err.line(*parts)

    def detail(self, *parts: Part) -> None:
        """A line that only -v wants."""
        if self.verbose:
            self.talk(*parts)

    def error(self, error: DispatchError) -> None:
        """An error, once: where, what, and what to do next. Never silent."""
        if self.json:
            told = {"code": error.exit_code, "name": error.name, "message": error.message}
            place = {"file": error.file, "line": error.line, "hint": error.hint}
            self.object({"error": told | place})
        where = f"{error.where}: " if error.where else ""
        self._err.line(("error: ", "bold red"), where, error.message)
        if error.hint:
            self._err.line(("hint: ", "bold"), error.hint)

    def confirm(self, question: str, answer: str, *, hint: str, undone: str = "nothing was sent") -> None:
        """Ask for `answer` to be typed. Raises NotConfirmed when it is not, or nobody is there to ask."""
        if not self.can_ask:
            raise NotConfirmed("nobody is there to confirm, and --yes was not given", hint=hint)
        self._err.line((question, "bold"), " ", end="")
        try:
            typed = input()
        except EOFError:
            typed = ""
        if typed.strip().lower() != answer:
            raise NotConfirmed(f"not confirmed, {undone}", hint=hint)

    @contextmanager
    def progress(self, label: str, total: int | None) -> Iterator[Progress]:
        """A bar with count, rate and time left on a terminal; a line now and then where there is none."""
        if self.quiet or self.json:
            yield Progress()
        elif sys.stderr.isatty():
            with self._err.terminal.bar(label, total) as move:
                yield _Bar(move)
        else:
            yield Lines(self, label, total)


class Progress:
    """Progress that nobody looks at."""

    def at(self, done: int, note: str = "") -> None:
        """Say how many are done."""


class Lines(Progress):
    """Progress as plain lines, one for every tenth of the whole, so that a log stays short."""

    def __init__(self, console: Console, label: str, total: int | None) -> None:
        self._console = console
        self._label = label
        self._total = total
        self._step = max(1000, (total or 0) // 10)
        self._next = self._step

    def at(self, done: int, note: str = "") -> None:
        """Print a line when the next tenth is reached."""
        if done < self._next:
            return
        self._next = done - done % self._step + self._step
        whole = f" of {self._total:,}" if self._total else ""
        self._console.talk(f"{self._label}: {done:,}{whole}{', ' if note else ''}{note}")


class _Bar(Progress):
    """Progress on a terminal: `move` draws it."""

    def __init__(self, move: Callable[[int, str], None]) -> None:
        self._move = move

    def at(self, done: int, note: str = "") -> None:
        """Draw the bar anew."""
        self._move(done, note)
