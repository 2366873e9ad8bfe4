"""`doctor config schedule help`: looking after a project, and the manual."""

from __future__ import annotations

from typing import Annotated

import typer

from dispatch.cli.arguments import Issue


def register(app: typer.Typer) -> None:
    """Add this family's commands."""
    panel = "Operate"
    app.command(rich_help_panel=panel)(doctor)
    app.command(rich_help_panel=panel)(config)
    app.command(rich_help_panel=panel)(schedule)
    app.command("help", rich_help_panel=panel)(manual)


def doctor(
    ctx: typer.Context,
    ledger: Annotated[
        bool, typer.Option("--ledger", help="Only the ledger: SQLite's examination, every history replayed.")
    ] = False,
    online: Annotated[
        bool, typer.Option("--online", help="Look the sender's domain up: SPF, DKIM, DMARC, MX, SOA.")
    ] = False,
    nameserver: Annotated[
        str | None,
        typer.Option(
            "--nameserver",
            metavar="ADDRESS[:PORT]",
            help="Ask this DNS server, not the system's; implies --online.",
        ),
    ] = None,
) -> None:
    """Examine everything a send stands on: project, relay, sender, machine, and with --online the DNS."""
    from dispatch.cli.doctor import examine

    raise typer.Exit(examine(ctx.obj, ledger_only=ledger, online=online, nameserver=nameserver))


def config(
    ctx: typer.Context,
    action: Annotated[
        str,
        typer.Argument(
            metavar="[show|path|schema|key|rotate-key]", help="What to print, or to do.", show_default=False
        ),
    ] = "show",
) -> None:
    """Print every setting and where it comes from. Or the path of the file, or the JSON schema.

    `key` makes the key that signs links, if there is none; `rotate-key` adds one that signs from now on.
    """
    from dispatch.cli.configuration import show_configuration

    show_configuration(ctx.obj, action)


def schedule(
    ctx: typer.Context,
    issue: Issue,
    cron: Annotated[bool, typer.Option("--cron", help="Lines for a crontab.")] = False,
    systemd: Annotated[bool, typer.Option("--systemd", help="A service and its timer.")] = False,
    at: Annotated[
        str | None,
        typer.Option(
            "--at", metavar="TIME", help="08:00, or 2026-12-01T08:00; left out: send_at of the issue."
        ),
    ] = None,
) -> None:
    """Print what sends an issue at its time, for cron or systemd. Nothing is installed."""
    from dispatch.cli.scheduling import print_schedule

    print_schedule(ctx.obj, issue, cron=cron, systemd=systemd, at=at)


def manual(
    ctx: typer.Context,
    topic: Annotated[
        str | None,
        typer.Argument(
            metavar="[TOPIC]",
            help="One of its pages, such as markdown or cron; left out: their list.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Read the manual, page by page; without a topic it lists them."""
    from dispatch.cli.manual import show_topic

    show_topic(ctx.obj, topic)
