"""What `plan` does: count everybody, print the numbers, and keep them for `send --plan` to hold to."""

from __future__ import annotations

import json
from pathlib import Path

from dispatch.cli.call import Call
from dispatch.cli.choice import chosen_issue
from dispatch.cli.console import Console
from dispatch.cli.output import write_out
from dispatch.cli.plan_screen import plan_object, show_plan_screen
from dispatch.cli.terms import Terms
from dispatch.cli.verdict import STOPPED, tell_errors, verdict_before_sending
from dispatch.send.campaign import Campaign
from dispatch.send.plan import Plan
from dispatch.wiring.books import ledger_if_any
from dispatch.wiring.campaigns import open_campaign
from dispatch.wiring.project import find_project, shown


def show_plan(call: Call, name: str | None, terms: Terms, out: Path | None) -> int:
    """Count who would get the issue and print it; `out` gets it as JSON. The answer is the exit code."""
    project = find_project(call.options.config)
    path = chosen_issue(call.console, project, name)
    with ledger_if_any(project) as ledger:
        campaign = open_campaign(project, path, list_file=terms.list_file, ledger=ledger)
        verdict = verdict_before_sending(project, path, campaign.letters, ledger, terms.list_file)
        plan, list_hash = rehearse(call.console, campaign, terms)
    facts = plan_object(project, campaign, plan, list_hash, terms, verdict=verdict)
    code = STOPPED if verdict.errors else 0
    following = f"dispatch send {shown(path)}"
    if out is not None:
        write_out(out, [json.dumps({"v": 1, **facts}, indent=2, ensure_ascii=False) + "\n"])
        following += f" --plan {shown(out)}"
    if call.console.json:
        call.console.object(facts)
        return code
    show_plan_screen(call.console, project, campaign, plan, terms, verdict=verdict)
    tell_errors(call.console, verdict)
    call.console.talk(f"next: dispatch check {shown(path)}" if code else f"next: {following}")
    return code


def rehearse(console: Console, campaign: Campaign, terms: Terms) -> tuple[Plan, str]:
    """Read the whole list and fill everyone's copy; the numbers, and the hash of the list."""
    where = campaign.segment(terms.where)
    with console.progress("reading the list", None) as bar:
        return campaign.rehearse(where, bar.at)
