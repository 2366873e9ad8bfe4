"""`plan send resume retry resolve pause status why report`: the sending of an issue, and who has it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dispatch.cli.arguments import Issue, MaybeIssue

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

Sessions = Annotated[
    int | None,
    typer.Option("--sessions", metavar="N", min=1, max=500, help="So many connections to each relay."),
]
Processes = Annotated[
    int,
    typer.Option(
        "--processes",
        metavar="N",
        min=1,
        max=64,
        help="Share the connections among so many processes: when this machine is the limit.",
    ),
]
Until = Annotated[
    str | None, typer.Option("--until", metavar="TIME", help="Stop then and leave the rest queued.")
]
LockWait = Annotated[
    str,
    typer.Option("--lock-wait", metavar="TIME", help="Wait so long for another run of this issue to end."),
]
AcceptChanges = Annotated[
    bool,
    typer.Option("--accept-changes", help="Send the issue as it is now to those who are still to get it."),
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]


def register(app: typer.Typer) -> None:
    """Add this family's commands."""
    panel = "Deliver"
    for command in (plan, send, resume, retry, resolve, pause, status, why, report):
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
    from dispatch.cli.planning import show_plan
    from dispatch.cli.terms import Terms

    terms = Terms(list_file=list_file, where=where, limit=limit)
    raise typer.Exit(show_plan(ctx.obj, issue, terms, out))


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
    abort_if: Annotated[
        list[str] | None,
        typer.Option(
            "--abort-if",
            metavar="LIMIT",
            help="Stop by itself when so many go wrong: failed>3%, uncertain>30.",
        ),
    ] = None,
    rate: Annotated[
        list[str] | None,
        typer.Option(
            "--rate", metavar="RATE", help="Not faster than this, per relay: 14/s, 2000/h. May be repeated."
        ),
    ] = None,
    sessions: Sessions = None,
    processes: Processes = 1,
    at: Annotated[
        str | None, typer.Option("--at", metavar="TIME", help="Wait until then: 08:00, or 2026-12-01T08:00.")
    ] = None,
    until: Until = None,
    wait: Annotated[
        bool, typer.Option("--wait", help="Stay, and finish deferred and uncertain ones when they are due.")
    ] = False,
    plan_file: Annotated[
        Path | None,
        typer.Option("--plan", metavar="FILE", help="Only if all is as this file of `plan -o` says."),
    ] = None,
    new: Annotated[
        bool, typer.Option("--new", help="Also send to people who joined since the plan.")
    ] = False,
    yes: Yes = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be done, and stop there.")
    ] = False,
    lock_wait: LockWait = "0s",
    accept_changes: AcceptChanges = False,
) -> None:
    """Make true that everyone on the list has this issue once. Run it again to finish what is unfinished."""
    from dispatch.cli.sending import send_issue
    from dispatch.cli.terms import Terms, read_duration, read_limits, read_rates, read_stages

    terms = Terms(
        abort_if=read_limits(abort_if or ()),
        plan_file=plan_file,
        wait=wait,
        list_file=list_file,
        where=where,
        limit=limit,
        sample=sample,
        stages=read_stages(stages),
        hold=read_duration(hold, "--hold"),
        rates=read_rates(rate or ()),
        sessions=sessions,
        processes=processes,
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
    sessions: Sessions = None,
    processes: Processes = 1,
    until: Until = None,
    lock_wait: LockWait = "0s",
    accept_changes: AcceptChanges = False,
) -> None:
    """Go on with what is unfinished. After a crash, a closed window, or when deferred copies are due."""
    from dispatch.cli.resuming import resume_issues
    from dispatch.cli.terms import Terms, read_duration

    terms = Terms(
        sessions=sessions,
        processes=processes,
        until=until,
        lock_wait=read_duration(lock_wait, "--lock-wait"),
        yes=yes,
        accept_changes=accept_changes,
    )
    raise typer.Exit(resume_issues(ctx.obj, issue, terms))


def retry(
    ctx: typer.Context,
    issue: Issue,
    failed: Annotated[
        str,
        typer.Option(
            "--failed",
            metavar="CLASS|CODE",
            help="hard, soft, block, expired or unsent; or a code such as 552 or 5.2.2.",
            show_default=False,
        ),
    ],
    yes: Yes = False,
    sessions: Sessions = None,
    lock_wait: LockWait = "0s",
    accept_changes: AcceptChanges = False,
) -> None:
    """Put refused copies back in the line, and send them as resume would."""
    from dispatch.cli.deciding import retry_refused
    from dispatch.cli.terms import Terms, read_duration

    terms = Terms(
        sessions=sessions,
        lock_wait=read_duration(lock_wait, "--lock-wait"),
        yes=yes,
        accept_changes=accept_changes,
    )
    raise typer.Exit(retry_refused(ctx.obj, issue, failed, terms))


def resolve(
    ctx: typer.Context,
    issue: Issue,
    addresses: Annotated[
        list[str] | None,
        typer.Argument(metavar="[ADDRESS...]", help="Only these people.", show_default=False),
    ] = None,
    resend: Annotated[
        bool, typer.Option("--resend", help="Put them back in the line, to be sent again.")
    ] = False,
    assume_sent: Annotated[bool, typer.Option("--assume-sent", help="Count them as sent.")] = False,
) -> None:
    """List the copies of which nobody knows whether they arrived, or decide over them."""
    from dispatch.cli.deciding import resolve_copies

    resolve_copies(ctx.obj, issue, addresses or (), resend=resend, assume_sent=assume_sent)


def pause(ctx: typer.Context, issue: Issue) -> None:
    """Stop a running send after the copies in flight, from another terminal; resume goes on."""
    from dispatch.cli.pausing import pause_issue

    pause_issue(ctx.obj, issue)


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
    from dispatch.cli.why import show_story

    show_story(ctx.obj, address, issue)


def report(
    ctx: typer.Context,
    issue: Issue,
    form: Annotated[
        str | None,
        typer.Option("--format", metavar="text|json|csv", help="csv has a row for each person."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write it to this file.")
    ] = None,
) -> None:
    """Sum up an issue: the tally, refusals grouped by reply, domains, and times."""
    from dispatch.cli.reporting import show_report

    show_report(ctx.obj, issue, form, out)
