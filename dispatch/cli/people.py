"""`list suppress forget export`: who gets the newsletter, who must not, and what is held about one person."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dispatch.cli.deliver import ListFile, Where, Yes

Addresses = Annotated[
    list[str], typer.Argument(metavar="ADDRESS", help="One address or several.", show_default=False)
]
Person = Annotated[
    str, typer.Argument(metavar="ADDRESS", help="The address of one person.", show_default=False)
]
Files = Annotated[
    list[Path],
    typer.Argument(metavar="FILE", help="CSV files, a ZIP or a folder of them.", show_default=False),
]
Output = Annotated[Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write it to this file.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would be done, and stop there.")]
Limit = Annotated[int | None, typer.Option("--limit", metavar="N", min=1, help="At most so many.")]

list_app = typer.Typer(
    help="Look after the list: show, check, add, remove, import, export, stats.",
    rich_markup_mode=None,
)
suppress_app = typer.Typer(
    help="Look after the suppression list, which wins over the list.",
    rich_markup_mode=None,
)


def register(app: typer.Typer) -> None:
    """Add this family's commands."""
    panel = "Readers"
    app.add_typer(list_app, name="list", rich_help_panel=panel)
    app.add_typer(suppress_app, name="suppress", rich_help_panel=panel)
    app.command(rich_help_panel=panel)(forget)
    app.command("export", rich_help_panel=panel)(export_person)


@list_app.command()
def show(ctx: typer.Context, list_file: ListFile = None, where: Where = None, limit: Limit = None) -> None:
    """Print the rows of the list, and how each stands."""
    from dispatch.cli.listing import show_list

    show_list(ctx.obj, list_file, where, limit)


@list_app.command()
def check(ctx: typer.Context, list_file: ListFile = None) -> None:
    """Name every row that gets no mail, and why. Exit 4 when nobody can be reached by some."""
    from dispatch.cli.listing import check_list

    raise typer.Exit(check_list(ctx.obj, list_file))


@list_app.command()
def add(
    ctx: typer.Context,
    addresses: Addresses,
    values: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="A value for a column. May be repeated."),
    ] = None,
    consent_at: Annotated[
        str | None, typer.Option("--consent-at", metavar="TIME", help="When they agreed: 2026-11-20, now.")
    ] = None,
    list_file: ListFile = None,
) -> None:
    """Add people at the end of the list. Whoever is there stays; whoever is suppressed is refused."""
    from dispatch.cli.list_changes import add_people

    add_people(ctx.obj, addresses, values or (), consent_at, list_file)


@list_app.command()
def remove(ctx: typer.Context, addresses: Addresses, list_file: ListFile = None) -> None:
    """Take people's rows out of the list. They may come back; `suppress add` is for those who must not."""
    from dispatch.cli.list_changes import remove_people

    remove_people(ctx.obj, addresses, list_file)


@list_app.command("import")
def import_list(
    ctx: typer.Context,
    files: Files,
    dry_run: DryRun = False,
    yes: Yes = False,
    list_file: ListFile = None,
) -> None:
    """Take in an export of Mailchimp, Substack, Kit, Buttondown, Ghost, listmonk or Mailman, or any CSV."""
    from dispatch.cli.list_import import import_people

    import_people(ctx.obj, files, list_file, dry_run=dry_run, yes=yes)


@list_app.command("export")
def export_list(
    ctx: typer.Context, out: Output = None, where: Where = None, list_file: ListFile = None
) -> None:
    """Write the people who get mail as CSV, safe to open in a spreadsheet."""
    from dispatch.cli.listing import export_people

    export_people(ctx.obj, list_file, where, out)


@list_app.command()
def stats(ctx: typer.Context, list_file: ListFile = None) -> None:
    """Growth by month of consent, domains, consent, and how the rows stand."""
    from dispatch.cli.list_stats import show_stats

    show_stats(ctx.obj, list_file)


@suppress_app.command("add")
def suppress_add(
    ctx: typer.Context,
    addresses: Addresses,
    reason: Annotated[
        str, typer.Option("--reason", metavar="TEXT", help="Why; it is kept, and `why` tells it.")
    ] = "suppressed by hand",
) -> None:
    """Send these people nothing from now on, whatever the list says."""
    from dispatch.cli.suppressing import suppress_people

    suppress_people(ctx.obj, addresses, reason)


@suppress_app.command("remove")
def suppress_remove(ctx: typer.Context, addresses: Addresses, yes: Yes = False) -> None:
    """Let people get mail again, from the next plan on. Only for those who asked for it."""
    from dispatch.cli.suppressing import free_people

    free_people(ctx.obj, addresses, yes=yes)


@suppress_app.command("list")
def suppress_list(
    ctx: typer.Context,
    kind: Annotated[
        str | None,
        typer.Option(
            "--class", metavar="CLASS", help="Only hard, soft, complaint, unsubscribe, manual or forgotten."
        ),
    ] = None,
) -> None:
    """Print who is suppressed, since when, and why."""
    from dispatch.cli.suppressing import list_suppressed

    list_suppressed(ctx.obj, kind)


@suppress_app.command("import")
def suppress_import(
    ctx: typer.Context,
    files: Files,
    reason: Annotated[
        str | None, typer.Option("--reason", metavar="TEXT", help="Why, for rows that do not say it.")
    ] = None,
    yes: Yes = False,
) -> None:
    """Suppress everybody in these files, whatever they say of them."""
    from dispatch.cli.suppressing import import_suppressed

    import_suppressed(ctx.obj, files, reason, yes=yes)


@suppress_app.command("export")
def suppress_export(ctx: typer.Context, out: Output = None) -> None:
    """Write the suppression list as CSV: email, reason, class, source, at."""
    from dispatch.cli.suppressing import export_suppressed

    export_suppressed(ctx.obj, out)


def forget(ctx: typer.Context, address: Person, yes: Yes = False) -> None:
    """Erase a person from list, ledger and outbox, for good. A keyed hash keeps them from coming back."""
    from dispatch.cli.person import forget_person

    forget_person(ctx.obj, address, yes=yes)


def export_person(ctx: typer.Context, address: Person, out: Output = None) -> None:
    """Print everything that is held about a person, as JSON."""
    from dispatch.cli.person import hand_over

    hand_over(ctx.obj, address, out)
