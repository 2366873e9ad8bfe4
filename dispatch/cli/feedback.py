"""`inbox`: what comes back from readers and their servers."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add this family's commands."""
    app.command(rich_help_panel="Readers")(inbox)


def inbox(
    ctx: typer.Context,
    maildir: Annotated[
        Path | None,
        typer.Option("--maildir", metavar="DIR", help="Read this Maildir, or folder of mail files."),
    ] = None,
    mbox: Annotated[Path | None, typer.Option("--mbox", metavar="FILE", help="Read this mbox file.")] = None,
    imap: Annotated[bool, typer.Option("--imap", help="Read the configured IMAP account.")] = False,
    stdin: Annotated[
        bool, typer.Option("--stdin", help="Read one message from a mail server's pipe.")
    ] = False,
    watch: Annotated[bool, typer.Option("--watch", help="Stay, and read what arrives.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what each message means; change nothing.")
    ] = False,
) -> None:
    """Read bounces, complaints and mailed unsubscriptions, and act on those with a valid token."""
    from dispatch.cli.receiving import Source, receive

    source = Source(maildir=maildir, mbox=mbox, imap=imap, stdin=stdin)
    raise typer.Exit(receive(ctx.obj, source, watch=watch, dry_run=dry_run))
