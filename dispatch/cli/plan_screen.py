"""The plan as a screen to decide by, and as JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from dispatch.check.verdict import Verdict
from dispatch.cli.console import Console
from dispatch.cli.terms import Terms
from dispatch.cli.verdict import in_words
from dispatch.model.delivery import Reason
from dispatch.render.blanks import Blank
from dispatch.render.page import Page
from dispatch.send.campaign import Campaign
from dispatch.send.plan import Plan
from dispatch.wiring.project import Project
from dispatch.wiring.relays import describe_relays, estimate_seconds

_PROBLEMS_SHOWN = 10
_GMAIL_CLIPS = 102_400
_WORDS = {
    Reason.DUPLICATE: "duplicate",
    Reason.INVALID: "invalid",
    Reason.EXCLUDED: "excluded by --where",
    Reason.HEADER: "unfit for a header field",
}


def plan_object(
    project: Project, campaign: Campaign, plan: Plan, list_hash: str, terms: Terms, *, verdict: Verdict
) -> Mapping[str, Any]:
    """The plan for --json."""
    to_send = _to_send(plan, terms)
    return {
        "issue": campaign.issue.slug,
        "list": campaign.list_file,
        "where": terms.where,
        "limit": terms.limit,
        "listed": plan.listed,
        "to_send": to_send,
        "suppressed": plan.suppressed,
        "skipped": {reason.value: plan.skipped[reason.value] for reason in _WORDS},
        "problems": [
            {"line": problem.line, "email": problem.email, "reason": problem.reason}
            for problem in plan.problems
        ],
        "blanks": [
            {"file": blank.file, "line": blank.line, "expression": blank.source, "count": count}
            for blank, count in plan.blanks.most_common()
        ],
        "content_hash": campaign.letters.page.content_hash,
        "list_hash": list_hash,
        "largest_html_bytes": plan.largest_html_bytes,
        "enclosed_bytes": campaign.letters.page.enclosed_bytes,
        "rendered": plan.rendered,
        "estimate_seconds": estimate_seconds(project, to_send, terms.sessions, terms.rates),
        "check": {"errors": verdict.errors, "warnings": verdict.warnings},
    }


def show_plan_screen(
    console: Console, project: Project, campaign: Campaign, plan: Plan, terms: Terms, *, verdict: Verdict
) -> None:
    """Everything one wants to see before saying yes."""
    if console.json or console.quiet:
        return
    issue, newsletter = campaign.issue, project.settings.newsletter
    seconds = estimate_seconds(project, _to_send(plan, terms), terms.sessions, terms.rates)
    rows = [
        ("issue", issue.file),
        ("subject", issue.subject),
        ("from", str(issue.sender or newsletter.sender)),
        ("list", f"{campaign.list_file}: {plan.listed:,} listed"),
        ("to send", f"{_to_send(plan, terms):,}"),
        *([("suppressed", f"{plan.suppressed:,}")] if plan.suppressed else []),
        *((_WORDS[reason], f"{plan.skipped[reason]:,}") for reason in _WORDS if plan.skipped[reason]),
        (
            "largest",
            f"{plan.largest_html_bytes / 1024:.0f} KB of HTML; Gmail shows {_GMAIL_CLIPS // 1024} KB",
        ),
        *_enclosed(campaign.letters.page),
        ("check", in_words(verdict)),
        ("relay", describe_relays(project)),
        ("time", f"about {_spoken(max(1, seconds))}"),
    ]
    width = max(len(label) for label, _ in rows)
    for label, words in rows:
        console.result((f"{label:>{width}}", "dim"), "  ", words)
    _show_problems(console, campaign, plan)
    show_blanks(console, plan.blanks, plan.to_send)


def _enclosed(page: Page) -> list[tuple[str, str]]:
    """What every copy carries besides its words."""
    kinds = {"picture": len(page.embedded), "attachment": len(page.attachments)}
    parts = [f"{count} {kind}{'s' if count > 1 else ''}" for kind, count in kinds.items() if count]
    size = page.enclosed_bytes * 4 / 3  # base64
    shown = f"{size / 1024:,.0f} KB" if size < 1e6 else f"{size / 1e6:,.1f} MB"
    return [("with", f"{' and '.join(parts)}: {shown} in every copy")] if parts else []


def _spoken(seconds: int) -> str:
    if seconds < 120:
        return f"{seconds} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h {minutes % 60} min"


def _show_problems(console: Console, campaign: Campaign, plan: Plan) -> None:
    for problem in plan.problems[:_PROBLEMS_SHOWN]:
        console.talk(
            (f"{campaign.list_file}:{problem.line}", "yellow"),
            f": {problem.reason}  ",
            (problem.email, "dim"),
        )
    if len(plan.problems) > _PROBLEMS_SHOWN:
        more = len(plan.problems) - _PROBLEMS_SHOWN
        console.talk(f"and {more:,} more rows: dispatch plan {campaign.issue.file} --json")


def show_blanks(console: Console, blanks: Counter[Blank], readers: int) -> None:
    """The holes that some letters would have, the commonest first, each with its place and its cure."""
    for blank, count in blanks.most_common(_PROBLEMS_SHOWN):
        console.talk((f"{blank.file}:{blank.line}", "yellow"), f": {blank.in_words(count, readers)}")
        console.talk(("  " + blank.hint, "dim"))
    if len(blanks) > _PROBLEMS_SHOWN:
        console.talk(f"and {len(blanks) - _PROBLEMS_SHOWN:,} more such expressions: dispatch plan --json")


def _to_send(plan: Plan, terms: Terms) -> int:
    return min(plan.to_send, terms.limit or plan.to_send, terms.sample or plan.to_send)
