"""`init new preview check diff render test`: writing an issue, and seeing it as its readers will."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dispatch.cli.arguments import Issue, MaybeIssue

AsWhom = Annotated[
    str | None,
    typer.Option(
        "--as", metavar="EMAIL", help="As this subscriber gets it; left out: the first of the list."
    ),
]


def register(app: typer.Typer) -> None:
    """Add this family's commands."""
    for command in (init, new, preview, check, diff, render, test):
        app.command(rich_help_panel="Write")(command)


def init(
    ctx: typer.Context,
    directory: Annotated[
        Path, typer.Argument(metavar="[DIR]", help="Where to.", show_default=False)
    ] = Path(),
    layout: Annotated[
        str, typer.Option("--layout", metavar="NAME", help="digest, letter or plain.")
    ] = "digest",
    force: Annotated[bool, typer.Option("--force", help="Overwrite files that are there.")] = False,
) -> None:
    """Make a newsletter project. It has a configuration, a layout, a sample issue and a sample list."""
    from dispatch.cli.starting import start_project

    start_project(ctx.obj, directory, layout=layout, force=force)


def new(
    ctx: typer.Context,
    title: Annotated[
        str, typer.Argument(metavar="TITLE", help="The title; it becomes the subject.", show_default=False)
    ],
    slug: Annotated[
        str | None, typer.Option("--slug", metavar="NAME", help="The name in addresses and files.")
    ] = None,
    date: Annotated[
        str | None,
        typer.Option("--date", metavar="YYYY-MM-DD", help="The date of the issue; left out: today."),
    ] = None,
) -> None:
    """Begin a new issue from the archetype (templates/archetype.md)."""
    from dispatch.cli.starting import start_issue

    start_issue(ctx.obj, title, slug=slug, date=date)


def preview(
    ctx: typer.Context,
    issue: MaybeIssue = None,
    as_whom: AsWhom = None,
    text: Annotated[bool, typer.Option("--text", help="The plain-text part alone.")] = False,
    html: Annotated[
        bool, typer.Option("--html", help="The HTML, with its pictures inside: open it in a browser.")
    ] = False,
    headers: Annotated[bool, typer.Option("--headers", help="The header of the mail alone.")] = False,
    raw: Annotated[bool, typer.Option("--raw", help="The whole message as it is sent.")] = False,
    watch: Annotated[bool, typer.Option("--watch", help="Print it again whenever a file is saved.")] = False,
    web: Annotated[
        bool, typer.Option("--web", help="In the browser: screens, readers, variants, checks, live.")
    ] = False,
    port: Annotated[
        int,
        typer.Option(
            "--port", metavar="N", help="The port for --web; left out: a free one.", min=0, max=65535
        ),
    ] = 0,
) -> None:
    """Show an issue as a subscriber gets it. A plain `dispatch preview` shows the newest in the terminal."""
    if web:
        from dispatch.cli.workbench import alone, serve_preview

        alone(text=text, html=html, headers=headers, raw=raw, watch=watch)
        raise typer.Exit(serve_preview(ctx.obj, issue, as_whom=as_whom, port=port))
    from dispatch.cli.showing import View, preview_issue

    chosen = [view for view, wanted in zip(View, (text, html, headers, raw), strict=False) if wanted]
    preview_issue(ctx.obj, issue, as_whom=as_whom, views=chosen, watch=watch)


def check(
    ctx: typer.Context,
    issue: MaybeIssue = None,
    as_whom: Annotated[
        str | None,
        typer.Option("--as", metavar="EMAIL", help="As this subscriber gets it, and nobody else."),
    ] = None,
    everyone: Annotated[
        bool, typer.Option("--all", help="Every row of the list, and the longest copy of all.")
    ] = False,
    select: Annotated[
        list[str] | None,
        typer.Option("--select", metavar="RULES", help="Only these rules or families: LNK,IMG001."),
    ] = None,
    ignore: Annotated[
        list[str] | None,
        typer.Option("--ignore", metavar="RULES", help="Not these; their errors are counted all the same."),
    ] = None,
    online: Annotated[
        bool, typer.Option("--online", help="Also ask the DNS, and the web about links and pictures.")
    ] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Let warnings count as errors.")] = False,
    form: Annotated[
        str | None,
        typer.Option("--format", metavar="FORMAT", help="text, json, sarif or github.", show_default=False),
    ] = None,
    explain: Annotated[
        str | None,
        typer.Option("--explain", metavar="ID", help="What a rule means; a family, or all, for a list."),
    ] = None,
) -> None:
    """Say what is wrong with an issue, by file and line, before anybody gets it. Errors end it with 4."""
    from dispatch.cli.checking import Asked, check_issue, explain_rule, read_format

    if explain is not None:
        explain_rule(ctx.obj, explain)
        return
    asked = Asked(
        as_whom=as_whom,
        everyone=everyone,
        select=select or (),
        ignore=ignore or (),
        online=online,
        strict=strict,
        format=read_format(form),
    )
    raise typer.Exit(check_issue(ctx.obj, issue, asked))


def diff(
    ctx: typer.Context,
    issue: Issue,
    other: Annotated[
        str | None,
        typer.Argument(metavar="[OTHER]", help="Another issue; left out: --as twice.", show_default=False),
    ] = None,
    as_whom: Annotated[
        list[str] | None,
        typer.Option("--as", metavar="EMAIL", help="As this subscriber gets it; twice for two people."),
    ] = None,
    blocks: Annotated[
        bool, typer.Option("--blocks", help="Paragraph by paragraph, with the words that changed.")
    ] = False,
    html: Annotated[bool, typer.Option("--html", help="Compare the HTML instead of the text.")] = False,
) -> None:
    """Compare two issues, or one issue as two people get it."""
    from dispatch.cli.comparing import compare

    compare(ctx.obj, issue, other, as_whom=as_whom or [], in_blocks=blocks, html=html)


def render(
    ctx: typer.Context,
    issue: MaybeIssue = None,
    as_whom: AsWhom = None,
    everyone: Annotated[bool, typer.Option("--all", help="One set of files for every subscriber.")] = False,
    out: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="DIR", help="Where to; left out: .dispatch/rendered."),
    ] = None,
) -> None:
    """Write an issue as .html, .txt and .eml files."""
    from dispatch.cli.showing import render_issue

    render_issue(ctx.obj, issue, as_whom=as_whom, everyone=everyone, out=out)


def test(
    ctx: typer.Context,
    issue: Issue,
    address: Annotated[list[str], typer.Argument(metavar="ADDRESS...", help="Where to.", show_default=False)],
    as_whom: AsWhom = None,
) -> None:
    """Send "[TEST] subject" to any address, filled as for a subscriber. The ledger is not touched."""
    from dispatch.cli.trying import send_test

    raise typer.Exit(send_test(ctx.obj, issue, address, as_whom=as_whom))
