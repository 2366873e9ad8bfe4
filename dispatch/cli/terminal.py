"""The only door to rich: lines with styles, bars of progress and pages of the manual, on a terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO

from rich.console import Console
from rich.text import Text

# Where no terminal says how wide it is, nothing is wrapped or cut: a log is searched, not admired.
_UNBOUNDED = 10_000
_WIDEST_PAGE = 100


class Terminal(Console):
    """rich's console, which would end the process with 1 when nobody reads any more."""

    def __init__(self, stream: IO[str], *, color: bool) -> None:
        super().__init__(
            file=stream,
            no_color=not color or None,
            highlight=False,
            emoji=False,
            markup=False,
            width=None if stream.isatty() else _UNBOUNDED,
        )

    def on_broken_pipe(self) -> None:
        """Let it be known like any other write that fails."""
        raise BrokenPipeError

    def show(self, parts: list[tuple[str, str]], end: str = "\n") -> None:
        """Texts with their styles, in one line."""
        text = Text()
        for words, style in parts:
            text.append(words, style)
        self.print(text, soft_wrap=True, end=end)

    def page(self, markdown: str) -> None:
        """A page of Markdown, set."""
        from rich.markdown import Markdown

        self.print(Markdown(markdown), width=min(self.width, _WIDEST_PAGE))

    @contextmanager
    def bar(self, label: str, total: int | None) -> Iterator[Callable[[int, str], None]]:
        """A bar with count, rate and time left; it goes away at the end. How many are done moves it."""
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            ProgressColumn,
            Task,
            TextColumn,
            TimeRemainingColumn,
        )

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
        with Progress(*columns, console=self, refresh_per_second=8, transient=True) as progress:
            task = progress.add_task(label, total=total, note="")
            yield lambda done, note: progress.update(task, completed=done, note=note)
