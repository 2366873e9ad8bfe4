"""The root command, and the one place where errors become words and exit codes."""

from __future__ import annotations

import os
import signal
import sys
import traceback
from collections.abc import Sequence
from copy import copy
from itertools import groupby
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup
from typer.exceptions import TyperException
from typer.models import CommandInfo

from dispatch import __version__
from dispatch.cli import author, deliver, feedback, operate, people
from dispatch.cli.call import Call, GlobalOptions, split_off
from dispatch.errors import DispatchError, InputMissing, UsageError

_EPILOG = (
    "Global options, before or after the command: -C DIR (work there), -c FILE (configuration), -q (quiet), "
    "-v (verbose), --json, --no-color, --no-input, --debug. Manual: dispatch help"
)

_PANELS = ("Write", "Deliver", "Readers", "Operate")


class Families(TyperGroup):
    """Lists the commands by what one is doing: writing, delivering, looking after readers, operating."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        # Typer puts groups behind all commands; here each stands with its family, and leads it.
        self.commands = dict(sorted(self.commands.items(), key=_rank))

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002 - the signature is Typer's
        """Write a section for each panel, in the order in which the families were added."""
        width = formatter.width - 4 - max(len(name) for name in self.commands)
        for panel, commands in groupby(self.commands.items(), _panel):
            with formatter.section(panel):
                formatter.write_dl([(name, one.get_short_help_str(width)) for name, one in commands])


def _rank(item: tuple[str, Any]) -> tuple[int, bool]:
    panel = _panel(item)
    place = _PANELS.index(panel) if panel in _PANELS else len(_PANELS)
    return place, not hasattr(item[1], "commands")


def _panel(item: tuple[str, Any]) -> str:
    return str(item[1].rich_help_panel)


# Plain help: rich's would import a Markdown parser to print a list of options.
app = typer.Typer(
    name="dispatch",
    cls=Families,
    help="Send a Markdown newsletter from files, and know who has it.",
    epilog=_EPILOG,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "obj": None},
)
for family in (author, deliver, people, feedback, operate):
    family.register(app)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"dispatch {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", is_eager=True, callback=_print_version)
    ] = False,
) -> None:
    """Send a Markdown newsletter from files, and know who has it."""


def run(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit code; nothing but the end of the process is left to do."""
    call = Call.made_with(GlobalOptions(json="--json" in arguments))
    try:
        options, rest = split_off(arguments)
        call = Call.made_with(options)
        return _answer(call, rest or ["--help"])
    except DispatchError as error:
        if call.options.debug:
            traceback.print_exc()
        return _told(call, error)
    except (KeyboardInterrupt, typer.Abort):
        return 130
    except BrokenPipeError:
        # The reader (head, less) has seen enough; Python would complain again when it flushes at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 128 + signal.SIGPIPE
    except Exception as error:  # noqa: BLE001 - the last door: a bug must end with its code and one message
        if call.options.debug:
            traceback.print_exc()
        bug = DispatchError(
            f"this is a bug in dispatch: {type(error).__name__}: {error}",
            hint="run it again with --debug and report what it prints",
        )
        return _told(call, bug)


def _answer(call: Call, arguments: Sequence[str]) -> int:
    _go_to(call.options.directory)
    try:
        code = _app_for(arguments)(arguments, standalone_mode=False, obj=call, prog_name="dispatch")
    except TyperException as error:
        raise _usage(error) from error
    return code if isinstance(code, int) else 0


def _app_for(arguments: Sequence[str]) -> typer.Typer:
    """The app with the one command that is called; with all of them when it is another thing that is asked.

    Typer reads the options of every command that it is given, which takes longer than what `status` does.
    """
    one = copy(app)
    one.registered_commands = [each for each in app.registered_commands if _name(each) in arguments[:1]]
    one.registered_groups = [each for each in app.registered_groups if each.name in arguments[:1]]
    return one if one.registered_commands or one.registered_groups else app


def _name(command: CommandInfo) -> str:
    return command.name or str(getattr(command.callback, "__name__", ""))


def _go_to(directory: Path) -> None:
    try:
        os.chdir(directory)
    except OSError as error:
        raise InputMissing(
            f"cannot work in {directory}: {error.strerror}", hint="-C takes a folder"
        ) from error


def _told(call: Call, error: DispatchError) -> int:
    call.console.error(error)
    return error.exit_code


def _usage(error: TyperException) -> UsageError:
    """Typer's complaint in our words; `format_message` is what its own printing uses."""
    message = getattr(error, "format_message", lambda: str(error))().rstrip(".")
    context = getattr(error, "ctx", None)
    command = context.command_path if context else "dispatch"
    return UsageError(message[:1].lower() + message[1:], hint=f"{command} --help")
