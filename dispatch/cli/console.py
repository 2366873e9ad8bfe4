"""The only module that prints: results go to stdout, talk and errors to stderr.

Whatever comes from outside (a name in the list, a relay's reply) passes `visible` on its way: it can neither
move the cursor nor forge a line.
"""

from __future__ import annotations

import json
import sys
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from rich.console import Console as Terminal
from rich.text import Text

from dispatch.errors import DispatchError, NotConfirmed

JSON_VERSION = 1
_UNPRINTABLE = frozenset({"Cc", "Cs", "Zl", "Zp"})
# Where no terminal says how wide it is, nothing is wrapped or cut: a log is searched, not admired.
_UNBOUNDED = 10_000

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


def _styled(parts: tuple[Part, ...]) -> Text:
    text = Text()
    for part in parts:
        words, style = (part, "") if isinstance(part, str) else part
        text.append(visible(words), style)
    return text


class _Terminal(Terminal):
    """rich's console, which would end the process with 1 when nobody reads any more."""

    def on_broken_pipe(self) -> None:
        """Let it be known like any other write that fails."""
        raise BrokenPipeError


@dataclass(slots=True, kw_only=True)
class Console:
    """One per command. `json` turns results into objects and silences talk; `quiet` silences talk."""

    json: bool = False
    quiet: bool = False
    verbose: bool = False
    color: bool = True
    ask: bool = True
    _out: Terminal = field(init=False)
    _err: Terminal = field(init=False)

    def __post_init__(self) -> None:
        self._out = self._terminal(sys.stdout)
        self._err = self._terminal(sys.stderr)

    def _terminal(self, stream: Any) -> Terminal:
        return _Terminal(
            file=stream,
            no_color=not self.color or None,
            highlight=False,
            emoji=False,
            markup=False,
            width=None if stream.isatty() else _UNBOUNDED,
        )

    @property
    def width(self) -> int:
        """Columns for results: the terminal's, or 80 where there is none."""
        return self._out.width if self.is_terminal else 80

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
        if self._out.is_terminal:
            self._out.print(_styled(parts), soft_wrap=True)
        else:  # nobody sees a style, and a list of a million people should not wait for one
            words = (part if isinstance(part, str) else part[0] for part in parts)
            self._out.file.write("".join(map(visible, words)) + "\n")

    def raw(self, content: str | bytes) -> None:
        """The result itself, byte for byte: a rendered page or message."""
        data = content.encode("utf-8", "surrogateescape") if isinstance(content, str) else content
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()

    def markdown(self, page: str) -> None:
        """A page of the manual: set for a terminal, as it is anywhere else."""
        if not self.is_terminal:
            self.raw(page)
            return
        from rich.markdown import Markdown

        self._out.print(Markdown(page), width=min(self._out.width, 100))

    def object(self, value: Mapping[str, Any]) -> None:
        """A result, or one event of long work, as a line of JSON."""
        sys.stdout.write(json.dumps({"v": JSON_VERSION, **value}, ensure_ascii=False, default=str) + "\n")
        sys.stdout.flush()

    def talk(self, *parts: Part) -> None:
        """A line about what is going on, for stderr; silent with -q and --json."""
        if not (self.quiet or self.json):
            self._err.print(_styled(parts), soft_wrap=True)

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
        self._err.print(_styled((("error: ", "bold red"), where, error.message)), soft_wrap=True)
        if error.hint:
            self._err.print(_styled((("hint: ", "bold"), error.hint)), soft_wrap=True)

    def confirm(self, question: str, answer: str, *, hint: str, undone: str = "nothing was sent") -> None:
        """Ask for `answer` to be typed. Raises NotConfirmed when it is not, or nobody is there to ask."""
        if not self.can_ask:
            raise NotConfirmed("nobody is there to confirm, and --yes was not given", hint=hint)
        self._err.print(_styled(((question, "bold"), " ")), end="", soft_wrap=True)
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
            with _bar(self._err, label, total) as bar:
                yield bar
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
    def __init__(self, bar: Any, task: Any) -> None:
        self._bar = bar
        self._task = task

    def at(self, done: int, note: str = "") -> None:
        self._bar.update(self._task, completed=done, note=note)


@contextmanager
def _bar(terminal: Terminal, label: str, total: int | None) -> Iterator[Progress]:
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        ProgressColumn,
        Task,
        TextColumn,
        TimeRemainingColumn,
    )
    from rich.progress import Progress as RichProgress

    class Rate(ProgressColumn):
        def render(self, task: Task) -> Text:
            return Text(f"{task.speed:,.0f}/s" if task.speed else "")

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        Rate(),
        TimeRemainingColumn(compact=True),
        TextColumn("{task.fields[note]}"),
    )
    with RichProgress(*columns, console=terminal, refresh_per_second=8, transient=True) as bar:
        yield _Bar(bar, bar.add_task(label, total=total, note=""))
