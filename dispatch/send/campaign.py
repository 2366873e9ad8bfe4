"""A campaign: one issue and its list, made true in the ledger: rehearsed, planned, extended, run."""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from dispatch.errors import ContentChanged, DispatchError, ListInvalid, RunLocked, UsageError
from dispatch.ledger.ledger import Ledger
from dispatch.ledger.planning import Extension
from dispatch.ledger.recovery import Recovery
from dispatch.ledger.rows import IssueRecord
from dispatch.ledger.seen import nobody_seen
from dispatch.ledger.trial import Trial
from dispatch.mail.letter import Letters
from dispatch.model.content import changes, in_words
from dispatch.model.delivery import Outcome, PlannedCopy, Tally
from dispatch.model.issue import Issue
from dispatch.model.tags import COLUMN, Chosen, nobody_chose
from dispatch.read.segment import Segment, segment
from dispatch.read.subscribers import SubscriberReader
from dispatch.send.clerk import Clerk
from dispatch.send.conclude import Policy
from dispatch.send.domains import Domains
from dispatch.send.outlet import Outlet
from dispatch.send.pace import Tell, say_nothing
from dispatch.send.plan import Judge, Plan, Register, Rehearse, draw_up, rehearse_each
from dispatch.send.rest import signals_to
from dispatch.send.run import Ending, Orders, Run
from dispatch.send.signing import Sign
from dispatch.send.writing import Writing, in_a_thread

Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What one run is asked for, of the issue's copies that are due: about `expected`, as far as is known."""

    expected: int = 0
    limit: int | None = None
    only: Sequence[int] | None = None
    until: datetime | None = None
    stop_when: Callable[[], DispatchError | None] = lambda: None


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """One issue on its way to one list. `read_list` opens the list anew at every call.

    The names of the files are for the ledger. It may be None for a rehearsal in a project that has none yet.
    `owner` is what this run's claims are marked with; `is_elsewhere` tells of another mark whether it is that
    of a run that is alive. `rehearsing` brings what fills the copies of a plan elsewhere, `signing` and
    `writing` what signs them and writes the ledger beside the run.
    """

    issue: Issue
    letters: Letters
    ledger: Ledger | None
    issue_file: str
    list_file: str
    read_list: Callable[[], SubscriberReader]
    clock: Callable[[], datetime]
    policy: Policy
    signing: Callable[[Callable[[bytes], bytes] | None], AbstractAsyncContextManager[Sign | None]]
    writing: Writing = in_a_thread
    domains: Domains = field(default_factory=Domains)
    git_commit: str = ""
    owner: str = ""
    is_elsewhere: Callable[[str], bool] = lambda _owner: False
    rehearsing: Callable[[], AbstractContextManager[Rehearse | None]] = nullcontext

    @property
    def record(self) -> IssueRecord | None:
        """What the ledger knows of this issue; None before it is planned."""
        return self.ledger.issue(self.issue.slug) if self.ledger else None

    @property
    def unfinished(self) -> int:
        """How many copies something is still to be done for."""
        return self._ledger.tally(self._planned.id).unfinished

    def segment(self, expression: str | None) -> Segment | None:
        """A --where expression as a predicate over the list's columns. Raises UsageError."""
        return segment(expression, self.read_list().columns) if expression is not None else None

    def rehearse(self, where: Segment | None, progress: Progress) -> tuple[Plan, str]:
        """Plan without keeping anything: the numbers, and the hash of the list."""
        kept_out = partial(self.ledger.kept_out, now=self.clock()) if self.ledger else _nobody
        with nobody_seen() as seen:
            return self._draw_up(Trial(seen, kept_out), where, progress, message_id=_none_needed)

    def plan(self, where: Segment | None, progress: Progress, *, list_hash: str | None = None) -> Plan:
        """Write the plan to the ledger, everyone or nobody; with `list_hash`, of the list of that hash only.

        Raises ListInvalid when nobody would get mail, ContentChanged for another list.
        """
        now = self.clock()
        with self._ledger.planning(
            self.issue.slug,
            subject=self.issue.subject,
            content_hash=self.letters.page.content_hash,
            issue_file=self.issue_file,
            list_file=self.list_file,
            git_commit=self.git_commit,
            segment=_by_tags(where),
            now=now,
            message_date=now,
        ) as planning:
            plan, found = self._draw_up(planning, where, progress)
            if list_hash not in {None, found}:
                raise ContentChanged("the list has changed since the plan was made", file=self.list_file)
            if plan.to_send == 0:
                raise ListInvalid(
                    f"nobody of the {plan.listed:,} listed would get this issue, so nothing was planned",
                    file=self.list_file,
                )
            planning.finish(list_hash=found)
            return plan

    def extend(self, where: Segment | None, progress: Progress) -> Plan:
        """Add the people who joined the list since the plan."""
        now, before = self.clock(), self._planned.segments or (None,)
        segments = (*before, _by_tags(where))
        with self._ledger.extending(self._planned, now=now, message_date=now, segments=segments) as extension:
            plan, found = self._draw_up(extension, where, progress)
            extension.finish(list_hash=found)
            return plan

    def accept_changes(self, progress: Progress) -> tuple[str, ...]:
        """Take the issue as it is now for everyone who is still to get it; says what has changed."""
        now, planned = self.clock(), self._planned
        with self._ledger.extending(
            self._planned,
            now=now,
            message_date=now,
            content_hash=self.letters.page.content_hash,
            git_commit=self.git_commit,
        ) as extension:
            people = self.read_list()
            refresher = _Refresher(extension)
            draw_up(
                people, judge=self._judge(None), register=refresher, progress=progress, chosen=self._chosen
            )
            extension.finish(list_hash=people.sha256)
        return changes(
            planned.content_hash,
            self.letters.page.content_hash,
            list_before=planned.list_hash,
            list_now=people.sha256,
        )

    def refuse_changes(self) -> None:
        """Raises ContentChanged when the issue or its layout is not what was planned."""
        changed = changes(self._planned.content_hash, self.letters.page.content_hash)
        if changed:
            raise ContentChanged(
                f"{in_words(changed)} since the plan, and some have the old letter already",
                file=self.issue.file,
                hint=f"send the new text to the rest: dispatch send {self.issue.file} --accept-changes",
            )

    def begin(self) -> Recovery:
        """Note that a run starts, and settle what an earlier one left behind; the caller holds the lock.

        Raises RunLocked when another run is sending although its lock is gone: two would send twice as fast.
        """
        recovery = self._recover(wake=True)
        if recovery.elsewhere:
            raise RunLocked(
                f"another run is sending {self.issue.slug}, and its lock was deleted",
                hint=f"look at it with: dispatch status {self.issue.slug} --watch",
            )
        self._ledger.mark_started(self._planned.id, now=self.clock())
        return recovery

    def _recover(self, *, wake: bool) -> Recovery:
        return self._ledger.recover(
            self._planned.id,
            now=self.clock(),
            policy=self.policy.on_uncertain,
            uncertain_after=self.policy.uncertain_after,
            wake=wake,
            is_elsewhere=self.is_elsewhere,
        )

    def choose(self, count: int) -> list[int]:
        """The deliveries of a random sample, the same ones whenever it is asked for again."""
        return self._ledger.sample(self._planned.id, count, seed=self._planned.id)

    async def run(
        self,
        want: Wanted,
        outlets: Sequence[Outlet],
        on_outcome: Callable[[Outcome], None],
        notice: Tell = say_nothing,
        on_signal: Callable[[int], None] = lambda _number: None,
    ) -> Ending:
        """Send what is due. SIGINT or SIGTERM ends it after the copies in flight, a second one at once.

        `notice` hears how the relays are doing, `on_signal` of every signal.
        """
        async with (
            self.writing(self._ledger, self.clock, want.expected) as submit,
            self.signing(self.letters.sign) as sign,
        ):
            run = Run(
                self._orders(want),
                clerk=Clerk(submit),
                outlets=outlets,
                compose=self.letters.draft,
                sign=sign,
                clock=self.clock,
                jitter=lambda: random.uniform(-1.0, 1.0),  # noqa: S311 - spreads retries, guards nothing
                on_outcome=on_outcome,
                domains=self.domains,
                notice=notice,
            )
            with signals_to(_stopping(run, on_signal)):
                return await run.go()

    def conclude(self) -> Tally:
        """Bring home what the run left in `sending`, note the end when nothing is left to do, and count.

        Doubtful copies that are due stay so: a run that is over puts nobody in the line.
        """
        self._recover(wake=False)
        tally = self._ledger.tally(self._planned.id)
        if tally.unfinished == 0:
            self._ledger.mark_finished(self._planned.id, now=self.clock())
        return tally

    def _orders(self, want: Wanted) -> Orders:
        sender = self.issue.sender or self.letters.newsletter.sender
        return Orders(
            issue_id=self._planned.id,
            owner=self.owner,
            sender=sender.address.envelope,
            policy=self.policy,
            limit=want.limit,
            only=want.only,
            until=want.until,
            stop_when=want.stop_when,
            belongs=self._belongs(),
        )

    def _belongs(self) -> Callable[[Mapping[str, str]], bool] | None:
        """What asks anew, of readers who chose their tags, whether the issue is for them; None when it is
        for everybody whatever their tags.
        """
        if not (segments := self._segments()):
            return None
        return partial(_holds_still, segments)

    def _segments(self) -> list[Segment]:
        """The expressions of tags that the issue was planned by; none when some plan was by no tag."""
        record = self.record
        expressions = record.segments if record else ()
        wanted = [segment(one) for one in expressions if one is not None]
        return wanted if len(wanted) == len(expressions) else []

    @property
    def _chosen(self) -> Chosen:
        return self.ledger.chosen if self.ledger else nobody_chose

    @property
    def _ledger(self) -> Ledger:
        if self.ledger is None:
            raise RuntimeError("this campaign was made for a rehearsal only")
        return self.ledger

    @property
    def _planned(self) -> IssueRecord:
        record = self.record
        if record is None:
            raise RuntimeError(f"{self.issue.slug} is not planned")
        return record

    def _draw_up(
        self,
        register: Register,
        where: Segment | None,
        progress: Progress,
        message_id: Callable[[str], str] | None = None,
    ) -> tuple[Plan, str]:
        people = self.read_list()
        with self.rehearsing() as helped:
            judge = self._judge(where, helped, message_id)
            plan = draw_up(people, judge=judge, register=register, progress=progress, chosen=self._chosen)
        return plan, people.sha256

    def _rehearse(self) -> Rehearse:
        """In this process, when it is asked for."""
        rehearse = self.letters.rehearsal()
        return lambda readers: partial(rehearse_each, rehearse, readers)

    def _judge(
        self,
        where: Segment | None,
        helped: Rehearse | None = None,
        message_id: Callable[[str], str] | None = None,
    ) -> Judge:
        sender = self.issue.sender or self.letters.newsletter.sender
        # What decides by tags is asked again at every claim, and of the ledger's fields alone.
        asked = [one for one in (*self._segments(), where) if _by_tags(one)]
        return Judge(
            used_fields=self.letters.page.used_fields.union(*(one.fields for one in asked if one)),
            rehearse=helped or self._rehearse(),
            everybody=helped is not None,
            message_id=message_id or self.letters.keyring.message_ids(self.issue.slug, sender.address.domain),
            blanks=self.letters.blank_finder() if self.letters.page.may_have_blanks else None,
            where=where,
            file=self.list_file,
        )


def _nobody(_keys: Collection[str]) -> Mapping[str, str]:
    """For a project without a ledger: nobody is suppressed."""
    return {}


def _none_needed(_key: str) -> str:
    """For copies that are never sent."""
    return ""


def _by_tags(where: Segment | None) -> str | None:
    """The expression of a segment that readers enter and leave by their own choice of tags."""
    return where.expression if where is not None and COLUMN in where.fields else None


def _holds_still(segments: Sequence[Segment], fields: Mapping[str, str]) -> bool:
    """Whether somebody still belongs to one. An expression that their new tags break wants them no more."""
    for one in segments:
        with suppress(UsageError):
            if one.holds(fields):
                return True
    return False


class _Refresher:
    """Takes rows of the list as news about people who are in the plan already."""

    def __init__(self, extension: Extension) -> None:
        self._extension = extension

    def add(self, rows: Sequence[PlannedCopy]) -> list[PlannedCopy]:
        """Bring the fields of those still to be sent up to date."""
        self._extension.refresh(rows)
        return list(rows)


def _stopping(run: Run, on_signal: Callable[[int], None]) -> Callable[[int], None]:
    """What lets the first signal stop the run and the second abort it."""
    seen: list[int] = []

    def receive(number: int) -> None:
        seen.append(number)
        on_signal(number)
        if len(seen) == 1:
            run.stop(number)
        else:
            run.abort()

    return receive
