"""`doctor config help`: looking after a project, and the manual."""

from __future__ import annotations

from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add this family's commands."""
    panel = "Operate"
    app.command(rich_help_panel=panel)(doctor)
    app.command(rich_help_panel=panel)(config)
    app.command("help", rich_help_panel=panel)(manual)


def doctor(
    ctx: typer.Context,
    ledger: Annotated[
        bool, typer.Option("--ledger", help="Only the ledger: SQLite's examination, every history replayed.")
    ] = False,
) -> None:
    """Examine configuration, list, templates and ledger. Relay and DNS are not looked at yet."""
    from dispatch.cli.doctor import examine

    raise typer.Exit(examine(ctx.obj, ledger_only=ledger))


def config(
    ctx: typer.Context,
    action: Annotated[
        str, typer.Argument(metavar="[show|path|schema]", help="What to print.", show_default=False)
    ] = "show",
) -> None:
    """Print every setting and where it comes from. Or the path of the file, or the JSON schema."""
    from dispatch.cli.configuration import show_configuration

    show_configuration(ctx.obj, action)


def manual(
    ctx: typer.Context,
    topic: Annotated[
        str | None,
        typer.Argument(
            metavar="[TOPIC]",
            help="personalisation, preview, cron, exit-codes, config, json or delivery.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Read the manual. Its pages: personalisation, preview, cron, exit-codes, config, json, delivery."""
    from dispatch.cli.manual import show_topic

    show_topic(ctx.obj, topic)
