"""One call of the program: the options that every command takes, and its console."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from dispatch.cli.console import Console
from dispatch.errors import UsageError

_SWITCHES = {
    "-q": "quiet",
    "--quiet": "quiet",
    "-v": "verbose",
    "--verbose": "verbose",
    "--json": "json",
    "--no-color": "no_color",
    "--no-input": "no_input",
    "--debug": "debug",
}
_VALUES = {"-C": "directory", "--directory": "directory", "-c": "config", "--config": "config"}


@dataclass(slots=True, kw_only=True)
class GlobalOptions:
    """What was said for the whole program."""

    quiet: bool = False
    verbose: bool = False
    json: bool = False
    no_color: bool = False
    no_input: bool = False
    debug: bool = False
    directory: Path = Path()
    config: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What a command is handed: what was said globally, and where to print."""

    options: GlobalOptions
    console: Console

    @classmethod
    def made_with(cls, options: GlobalOptions) -> Call:
        """A call with the console that the options ask for."""
        console = Console(
            json=options.json,
            quiet=options.quiet,
            verbose=options.verbose,
            color=not options.no_color,
            ask=not options.no_input,
        )
        return cls(options=options, console=console)


def split_off(arguments: Sequence[str]) -> tuple[GlobalOptions, list[str]]:
    """Take the global options out of a command line, wherever they stand before a `--`.

    Raises UsageError for one that lacks its value.
    """
    options = GlobalOptions()
    rest: list[str] = []
    waiting = iter(arguments)
    for argument in waiting:
        name, equals, value = argument.partition("=")
        if argument == "--":
            rest += [argument, *waiting]
        elif argument in _SWITCHES:
            setattr(options, _SWITCHES[argument], True)
        elif name in _VALUES and (equals or argument == name):
            given = value if equals else next(waiting, None)
            if given is None:
                raise UsageError(f"{name} needs a value", hint="dispatch --help")
            setattr(options, _VALUES[name], Path(given))
        else:
            rest.append(argument)
    return options, rest
