"""`plan send resume status why`: who gets an issue, the sending of it, and who has it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Issue = Annotated[
    str, typer.Argument(metavar="ISSUE", help="Path of an issue, or its name in issues/.", show_default=False)
]
MaybeIssue = Annotated[
    str | None,
    typer.Argument(
        metavar="[ISSUE]",
        help="Path of an issue, or its name in issues/; left out: the newest one not sent yet.",
        show_default=False,
    ),
]
ListFile = Annotated[
    Path | None, typer.Option("--list", metavar="FILE", help="A CSV list instead of the configured one.")
]
Where = Annotated[
    str | None,
    typer.Option(
        "--where", metavar="EXPR", help="Only subscribers for whom this holds: 'subscriber.plan == \"pro\"'."
    ),
]
Limit = Annotated[
    int | None,
    typer.Option("--limit", metavar="N", min=1, help="At most so many copies; the rest stay queued."),
]


def register(app: typer.Typer) -> None:
    """Add this family's commands."""
    panel = "Deliver"
    for command in (plan, send, resume, status, why):
        app.command(rich_help_panel=panel)(command)


def plan(
    ctx: typer.Context,
    issue: MaybeIssue = None,
    list_file: ListFile = None,
    where: Where = None,
    limit: Limit = None,
    out: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="Write the plan as JSON to this file."),
    ] = None,
) -> None:
    """Count who would get an issue, and say why others would not. Nothing is sent."""
    from dispatch.cli.sending import show_plan
    from dispatch.cli.terms import Terms

    show_plan(ctx.obj, issue, Terms(list_file=list_file, where=where, limit=limit), out)


def send(
    ctx: typer.Context,
    issue: Issue,
    list_file: ListFile = None,
    where: Where = None,
    limit: Limit = None,
    sample: Annotated[
        int | None,
        typer.Option("--sample", metavar="N", min=1, help="This time only so many people, chosen by chance."),
    ] = None,
    stages: Annotated[
        str | None,
        typer.Option("--stages", metavar="LIST", help="Send in stages and look between them: 1%,10%,100%."),
    ] = None,
    hold: Annotated[
        str, typer.Option("--hold", metavar="TIME", help="Wait so long after each stage: 30s, 15m.")
    ] = "0s",
    rate: Annotated[
        list[str] | None,
        typer.Option(
            "--rate", metavar="RATE", help="Not faster than this, per relay: 14/s, 2000/h. May be repeated."
        ),
    ] = None,
    sessions: Annotated[
        int | None,
        typer.Option("--sessions", metavar="N", min=1, max=500, help="So many connections to each relay."),
    ] = None,
    at: Annotated[
        str | None, typer.Option("--at", metavar="TIME", help="Wait until then: 08:00, or 2026-12-01T08:00.")
    ] = None,
    until: Annotated[
        str | None, typer.Option("--until", metavar="TIME", help="Stop then and leave the rest queued.")
    ] = None,
    new: Annotated[
        bool, typer.Option("--new", help="Also send to people who joined since the plan.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be done, and stop there.")
    ] = False,
    lock_wait: Annotated[
        str,
        typer.Option(
            "--lock-wait", metavar="TIME", help="Wait so long for another run of this issue to end."
        ),
    ] = "0s",
    accept_changes: Annotated[
        bool,
        typer.Option(
            "--accept-changes", help="Send the issue as it is now to those who are still to get it."
        ),
    ] = False,
) -> None:
    """Make true that everyone on the list has this issue once. Run it again to finish what is unfinished."""
    from dispatch.cli.sending import send_issue
    from dispatch.cli.terms import Terms, read_duration, read_rates, read_stages

    terms = Terms(
        list_file=list_file,
        where=where,
        limit=limit,
        sample=sample,
        stages=read_stages(stages),
        hold=read_duration(hold, "--hold"),
        rates=read_rates(rate or ()),
        sessions=sessions,
        at=at,
        until=until,
        lock_wait=read_duration(lock_wait, "--lock-wait"),
        new=new,
        yes=yes,
        dry_run=dry_run,
        accept_changes=accept_changes,
    )
    raise typer.Exit(send_issue(ctx.obj, issue, terms))


def resume(
    ctx: typer.Context,
    issue: Annotated[
        str | None,
        typer.Argument(
            metavar="[ISSUE]", help="Which issue; left out: every one that is unfinished.", show_default=False
        ),
    ] = None,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="For scripts; resume never asks: its plan was confirmed.")
    ] = False,
    sessions: Annotated[
        int | None,
        typer.Option("--sessions", metavar="N", min=1, max=500, help="So many connections to each relay."),
    ] = None,
    until: Annotated[
        str | None, typer.Option("--until", metavar="TIME", help="Stop then and leave the rest queued.")
    ] = None,
    lock_wait: Annotated[
        str, typer.Option("--lock-wait", metavar="TIME", help="Wait so long for another run to end.")
    ] = "0s",
    accept_changes: Annotated[
        bool,
        typer.Option(
            "--accept-changes", help="Send the issue as it is now to those who are still to get it."
        ),
    ] = False,
) -> None:
    """Go on with what is unfinished. After a crash, a closed window, or when deferred copies are due."""
    from dispatch.cli.sending import resume_issues
    from dispatch.cli.terms import Terms, read_duration

    terms = Terms(
        sessions=sessions,
        until=until,
        lock_wait=read_duration(lock_wait, "--lock-wait"),
        yes=yes,
        accept_changes=accept_changes,
    )
    raise typer.Exit(resume_issues(ctx.obj, issue, terms))


def status(
    ctx: typer.Context,
    issue: MaybeIssue = None,
    watch: Annotated[bool, typer.Option("--watch", help="Print it again while a run goes on.")] = False,
) -> None:
    """Say how many have it, and how many do not and why."""
    from dispatch.cli.knowing import show_status

    show_status(ctx.obj, issue, watch=watch)


def why(
    ctx: typer.Context,
    address: Annotated[
        str, typer.Argument(metavar="ADDRESS", help="The address of a subscriber.", show_default=False)
    ],
    issue: Annotated[
        str | None,
        typer.Argument(metavar="[ISSUE]", help="Which issue; left out: all of them.", show_default=False),
    ] = None,
) -> None:
    """Tell everything known of one person, event by event."""
    from dispatch.cli.knowing import show_story

    show_story(ctx.obj, address, issue)
