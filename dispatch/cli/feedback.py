"""`inbox serve`: what comes back from readers and their servers, by mail and by the web."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add this family's commands."""
    app.command(rich_help_panel="Readers")(inbox)
    app.command(rich_help_panel="Readers")(serve)


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


def serve(
    ctx: typer.Context,
    host: Annotated[
        str, typer.Option("--host", metavar="HOST", help="Listen at this address.  [default: 127.0.0.1]")
    ] = "",
    port: Annotated[
        int, typer.Option("--port", metavar="N", min=0, max=65535, help="And this port; 0 is any free one.")
    ] = 8025,
    socket_path: Annotated[
        Path | None, typer.Option("--socket", metavar="FILE", help="Listen at a socket in the file system.")
    ] = None,
    proxy_headers: Annotated[
        bool, typer.Option("--proxy-headers", help="Believe a proxy of ours who it is that asks.")
    ] = False,
) -> None:
    """Answer readers: leaving with one click, pauses, what is held about them, joining."""
    from dispatch.cli.serving import serve_readers

    raise typer.Exit(serve_readers(ctx.obj, host, port, socket_path, behind_proxy=proxy_headers))
