"""What `resolve` and `retry` do: the owner decides over doubtful and refused copies; it is noted who."""

from __future__ import annotations

import getpass
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from dispatch.cli.asking import confirm_count
from dispatch.cli.call import Call
from dispatch.cli.console import Console
from dispatch.cli.events import iso, tell_event
from dispatch.cli.sending import send_issue
from dispatch.cli.terms import Terms
from dispatch.errors import InputMissing, UsageError
from dispatch.ledger.copies import copies
from dispatch.ledger.decisions import put_back
from dispatch.ledger.ledger import Ledger
from dispatch.ledger.rows import Delivery, IssueRecord
from dispatch.mail.refusal import Refusals
from dispatch.model.address import AddressInvalid, parse_address
from dispatch.model.delivery import State
from dispatch.publish.report import Words
from dispatch.send.campaign import Campaign
from dispatch.wiring.books import planned_issue
from dispatch.wiring.clock import now
from dispatch.wiring.project import Project, find_project

_REPLIES_SHOWN = 5


def resolve_copies(
    call: Call, name: str, addresses: Sequence[str], *, resend: bool, assume_sent: bool
) -> None:
    """Settle the doubtful copies of an issue, or of these people; without a decision, list them."""
    if resend and assume_sent:
        raise UsageError("either --resend or --assume-sent, not both", hint="dispatch resolve --help")
    project = find_project(call.options.config)
    with planned_issue(project, name) as (ledger, record):
        doubtful = _doubtful(ledger, record, addresses)
        if not (resend or assume_sent):
            _list_doubtful(call.console, project, record, doubtful)
            return
        target = State.QUEUED if resend else State.SENT
        moved = _settle(ledger, doubtful, target)
        if ledger.tally(record.id).unfinished == 0:
            ledger.mark_finished(record.id, now=now())
    _tell_resolved(call.console, record, [copy for copy in doubtful if copy.id in moved], target)


def _doubtful(ledger: Ledger, record: IssueRecord, addresses: Sequence[str]) -> list[Delivery]:
    """All uncertain copies, or those of these addresses. Raises InputMissing for one that is not."""
    found = list(copies(ledger, record.id, State.UNCERTAIN))
    if not addresses:
        return found
    by_key = {copy.key: copy for copy in found}
    chosen = []
    for address in addresses:
        key = _key(address)
        if key not in by_key:
            stories = ledger.explain(key, record.slug)
            state = (
                f"is {stories[0].delivery.state.value}, not uncertain" if stories else "is not in the plan"
            )
            raise InputMissing(f"{address} {state}", hint=f"dispatch resolve {record.slug}")
        chosen.append(by_key[key])
    return chosen


def _key(address: str) -> str:
    try:
        return parse_address(address).key
    except AddressInvalid as error:
        raise UsageError(f"{address} is not an address: {error}", hint="dispatch resolve --help") from error


def _settle(ledger: Ledger, doubtful: Sequence[Delivery], target: State) -> set[int]:
    ids = [copy.id for copy in doubtful]
    who = decider()
    if target is State.QUEUED:
        detail = f"{who} decided: to be sent once more (dispatch resolve --resend)"
    else:
        detail = f"{who} decided: counted as sent (dispatch resolve --assume-sent)"
    return ledger.move(ids, to=target, detail=detail, now=now())


def _list_doubtful(
    console: Console, project: Project, record: IssueRecord, doubtful: Sequence[Delivery]
) -> None:
    if console.json:
        console.object({"issue": record.slug, "uncertain": [_doubt_object(copy) for copy in doubtful]})
        return
    if not doubtful:
        console.result(f"{record.slug}: nobody is uncertain")
        return
    for copy in doubtful:
        at = (copy.handed_over_at or copy.updated_at).astimezone(project.zone)
        due = copy.next_attempt_at
        plan = f"sent once more from {due.astimezone(project.zone):%H:%M} on" if due else "held"
        console.result(
            f"{record.list_file}:{copy.line}  ",
            (copy.email, "bold"),
            f"  handed over {at:%Y-%m-%d %H:%M:%S %Z} to {copy.relay or 'a relay unknown'}  ",
            (plan, "yellow"),
        )
    console.talk(
        f"decide for all, or name addresses: dispatch resolve {record.slug} --resend, or --assume-sent"
    )


def _doubt_object(copy: Delivery) -> dict[str, object]:
    return {
        "line": copy.line,
        "email": copy.email,
        "handed_over_at": iso(copy.handed_over_at),
        "relay": copy.relay,
        "message_id": copy.message_id,
        "resends": copy.resends,
        "next_attempt_at": iso(copy.next_attempt_at),
    }


def _tell_resolved(console: Console, record: IssueRecord, moved: Sequence[Delivery], target: State) -> None:
    if console.json:
        facts = {"resolved": len(moved), "to": target.value, "emails": [copy.email for copy in moved]}
        console.object({"issue": record.slug, **facts})
        return
    what = "queued once more" if target is State.QUEUED else "counted as sent"
    console.result(f"{record.slug}: {len(moved):,} {what}")
    if moved and target is State.QUEUED:
        console.talk(f"next: dispatch resume {record.issue_file}")


def retry_refused(call: Call, name: str, failed: str, terms: Terms) -> int:
    """Put the refused copies that are meant back in the line, and go on sending. Gives the exit code."""
    try:
        refusals = Refusals.read(failed)
    except ValueError as error:
        raise UsageError(f"--failed: {error}", hint="dispatch retry --help") from error
    console = call.console

    def prepare(campaign: Campaign, ledger: Ledger) -> bool:
        record = campaign.record
        if record is None:
            raise InputMissing(f"{name} has not been sent", hint=f"dispatch send {name}")
        meant = [
            copy
            for copy in copies(ledger, record.id, State.FAILED)
            if refusals.include(copy.code, copy.enhanced, copy.reply, copy.reason)
        ]
        if not meant:
            console.result(f"{record.slug}: nobody failed with {refusals.word}")
            return False
        if not terms.accept_changes:
            campaign.refuse_changes()
        _show_replies(console, meant)
        if not terms.yes:
            hint = f"to retry without being asked: dispatch retry {name} --failed {failed} --yes"
            confirm_count(console, len(meant), verb="send again to", hint=hint)
        _put_back(console, ledger, record, meant, refusals)
        return True

    return send_issue(call, name, replace(terms, yes=True), prepare)


def _show_replies(console: Console, meant: Sequence[Delivery]) -> None:
    groups = Counter(str(Words.of(copy)) for copy in meant)
    for words, count in groups.most_common(_REPLIES_SHOWN):
        console.talk(f"{count:>9,}  ", (words, "dim"))
    if len(groups) > _REPLIES_SHOWN:
        console.talk(f"and {len(groups) - _REPLIES_SHOWN:,} other replies")


def _put_back(
    console: Console, ledger: Ledger, record: IssueRecord, meant: Sequence[Delivery], refusals: Refusals
) -> None:
    detail = f"{decider()} put it back in the line (dispatch retry --failed {refusals.word})"
    done = put_back(ledger, [copy.id for copy in meant], detail=detail, now=now())
    tell_event(console, record.slug, "retry", put_back=done.copies, unsuppressed=done.freed)
    console.talk(f"{done.copies:,} put back in the line")
    if done.freed:
        console.talk(f"{done.freed:,} of them left the suppression list, where this refusal had put them")


def decider() -> str:
    """Who sits at this keyboard, as far as the machine knows."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # a container without a user name
        return "somebody"
