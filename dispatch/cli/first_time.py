"""An issue on its way into the ledger: examined, planned, looked at, agreed to."""

from __future__ import annotations

from dispatch.check.verdict import Verdict
from dispatch.cli.asking import confirm_sending
from dispatch.cli.plan_file import KeptPlan
from dispatch.cli.plan_screen import show_plan_screen
from dispatch.cli.planning import rehearse
from dispatch.cli.rounds import Rounds
from dispatch.cli.verdict import refuse_errors, verdict_before_sending


def plan_new(rounds: Rounds, kept: KeptPlan | None) -> bool:
    """Plan an issue that is new; False when there is nothing more to do (--dry-run)."""
    console, terms, campaign, project = rounds.console, rounds.terms, rounds.campaign, rounds.project
    verdict = _verdict(rounds)
    if not terms.dry_run:
        refuse_errors(console, verdict, campaign.issue.file)
    if terms.dry_run or not terms.yes:
        plan, list_hash = rehearse(console, campaign, terms)
        if kept:
            kept.compare(campaign.letters.page.content_hash, list_hash)
        show_plan_screen(console, project, campaign, plan, terms, verdict=verdict)
        if terms.dry_run:
            console.talk("a dry run: nothing was planned or sent")
            refuse_errors(console, verdict, campaign.issue.file)
            return False
        confirm_sending(console, campaign.issue.file, plan.to_send, terms)
    where = campaign.segment(terms.where)
    promised = kept.list_hash if kept else None
    with console.progress("planning", None) as bar:
        plan = campaign.plan(where, bar.at, list_hash=promised)
    if terms.yes:
        show_plan_screen(console, project, campaign, plan, terms, verdict=verdict)
    return True


def refuse_unfit(rounds: Rounds) -> None:
    """Raise CheckFailed when the rules find an error in the letter."""
    refuse_errors(rounds.console, _verdict(rounds), rounds.campaign.issue.file)


def _verdict(rounds: Rounds) -> Verdict:
    """What the rules say of the letter as it would go out."""
    campaign = rounds.campaign
    path = rounds.project.root / campaign.issue_file
    return verdict_before_sending(
        rounds.project, path, campaign.letters, rounds.ledger, rounds.terms.list_file
    )
