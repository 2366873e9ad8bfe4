"""The ledger's verbs: plan, claim, hand over, record, recover, suppress, tally, explain.

Synchronous, and without a clock: every verb that writes takes `now`. Each verb is one transaction of its own;
`Writer` puts many moves into one. All of them raise LedgerUnavailable when the database does not do its part.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from types import TracebackType
from typing import Self

from sqlalchemy import func, select, text, update

from dispatch.ledger import absence, choosing, feedback, leases, moves, recovery, story, suppression
from dispatch.ledger.database import Database
from dispatch.ledger.planning import Extension, Planning, begin_issue
from dispatch.ledger.questions import Ask, Questions
from dispatch.ledger.rows import IssueRecord, segments_text, stamp, storable
from dispatch.ledger.schema import delivery, issue
from dispatch.model.delivery import Claim, Outcome, State
from dispatch.model.settings import OnUncertain

_ROWS_AT_ONCE = 1000


class Ledger(Questions):
    """What was meant, tried and learned, for every issue and recipient. Safe to use from several threads."""

    def __init__(
        self, database: Database, pseudonyms: suppression.Pseudonyms = suppression.no_pseudonyms
    ) -> None:
        self.database = database
        self.pseudonyms = pseudonyms

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give back the connections to the database."""
        self.database.close()

    @contextmanager
    def asking(self) -> Iterator[Ask]:
        """One transaction that only reads."""
        with self.database.reading() as connection:
            yield lambda words, values: connection.execute(text(words), values).all()

    # -- issues

    def mark_started(self, issue_id: int, *, now: datetime) -> None:
        """Note that a run began: the first one's time stays, and the issue is not finished."""
        values = {"started_at": func.coalesce(issue.c.started_at, stamp(now)), "finished_at": None}
        with self.database.writing() as connection:
            connection.execute(update(issue).where(issue.c.id == issue_id).values(**values))

    def mark_finished(self, issue_id: int, *, now: datetime) -> None:
        """Note that nothing is left to do."""
        with self.database.writing() as connection:
            connection.execute(update(issue).where(issue.c.id == issue_id).values(finished_at=stamp(now)))

    # -- the plan

    @contextmanager
    def planning(
        self,
        slug: str,
        *,
        subject: str,
        content_hash: str,
        list_file: str,
        now: datetime,
        message_date: datetime,
        issue_file: str = "",
        git_commit: str | None = None,
        segment: str | None = None,
    ) -> Iterator[Planning]:
        """Write the plan of a new issue, all or nothing; without `finish` nothing stays.

        `segment` is the expression of tags that it is planned by, None when no tag decides. Raises
        AlreadyPlanned.
        """
        with self.database.writing() as connection:
            issue_id = begin_issue(
                connection,
                slug,
                subject=subject,
                content_hash=content_hash,
                issue_file=issue_file,
                list_file=list_file,
                git_commit=git_commit,
                segment=segment,
                now=now,
            )
            plan = Planning(
                connection,
                issue_id,
                now=now,
                message_date=message_date,
                pseudonyms=self.pseudonyms,
            )
            yield plan
            if not plan.finished:
                connection.rollback()

    @contextmanager
    def extending(
        self,
        record: IssueRecord,
        *,
        now: datetime,
        message_date: datetime,
        content_hash: str | None = None,
        list_file: str | None = None,
        git_commit: str | None = None,
        segments: Sequence[str | None] | None = None,
    ) -> Iterator[Extension]:
        """Change a plan that exists: `add` takes only new people, `refresh` brings fields up to date.

        What is None stays as it was planned. Without `finish` nothing stays.
        """
        listed = None if segments is None else segments_text(segments)
        given = {
            "content_hash": content_hash,
            "list_file": list_file,
            "git_commit": git_commit,
            "segments": listed,
        }
        changes = {name: storable(value) for name, value in given.items() if value is not None}
        with self.database.writing() as connection:
            extension = Extension(
                connection,
                record,
                changes=changes,
                now=now,
                message_date=message_date,
                pseudonyms=self.pseudonyms,
            )
            yield extension
            if not extension.finished:
                connection.rollback()

    def sample(self, issue_id: int, count: int, *, seed: int | str) -> list[int]:
        """Ids of `count` queued copies by chance, the same ones for the same seed, in order."""
        chance = random.Random(seed)  # noqa: S311 - a sample that can be drawn again, no secret
        chosen: list[int] = []
        queued = (
            select(delivery.c.id)
            .where(delivery.c.issue_id == issue_id, delivery.c.state == State.QUEUED.value)
            .order_by(delivery.c.id)
            .execution_options(yield_per=_ROWS_AT_ONCE)
        )
        with self.database.reading() as connection:
            # Algorithm R: one pass, and memory for the sample only.
            for seen, one in enumerate(connection.execute(queued).scalars()):
                if seen < count:
                    chosen.append(one)
                elif (place := chance.randrange(seen + 1)) < count:
                    chosen[place] = one
        return sorted(chosen)

    # -- sending

    def recover(
        self,
        issue_id: int,
        *,
        now: datetime,
        policy: OnUncertain,
        uncertain_after: timedelta,
        wake: bool = True,
        is_elsewhere: Callable[[str], bool] = lambda _owner: False,
    ) -> recovery.Recovery:
        """Settle what an ended run left in `sending`; `wake` what is doubtful and due. Needs the lock.

        What belongs to an owner for whom `is_elsewhere` holds is left to it.
        """
        with self.database.writing() as connection:
            return recovery.recover(
                connection,
                issue_id,
                now=now,
                policy=policy,
                uncertain_after=uncertain_after,
                wake=wake,
                is_elsewhere=is_elsewhere,
            )

    def claim(
        self,
        issue_id: int,
        *,
        owner: str,
        limit: int,
        now: datetime,
        lease_until: datetime,
        only: Sequence[int] | None = None,
        belongs: moves.Belongs | None = None,
    ) -> list[Claim]:
        """Take up to `limit` copies for sending: deferred ones that are due, then queued ones; in id order.

        Whoever is on the suppression list by now, or does not belong by the tags of their own choice, is
        moved to suppressed instead.
        """
        request = moves.ClaimRequest(
            issue_id=issue_id, owner=owner, limit=limit, lease=lease_until - now, only=only, belongs=belongs
        )
        with self.database.writing() as connection:
            return moves.claim(connection, request, now=now)

    def hand_over(self, claims: Sequence[Claim], *, now: datetime) -> set[int]:
        """Mark durably that the final dot may leave. The ids whose lease was lost: no dot for those."""
        with self.database.writing() as connection:
            return leases.hand_over(connection, claims, now=now)

    def record(self, outcomes: Sequence[Outcome], *, now: datetime) -> set[int]:
        """Write what became of claims. The ids whose lease was lost; nothing is written about those."""
        with self.database.writing() as connection:
            return leases.record(connection, outcomes, now=now)

    def release(self, claims: Sequence[Claim], *, now: datetime) -> set[int]:
        """Put claims back in the line without an attempt. The ids whose lease was lost."""
        with self.database.writing() as connection:
            return leases.release(connection, claims, now=now)

    def move(
        self, ids: Iterable[int], *, to: State, reason: str = "", detail: str, now: datetime
    ) -> set[int]:
        """Move copies that no session holds, where the table of moves allows it. The ids that moved."""
        with self.database.writing() as connection:
            return moves.move(connection, ids, to=to, reason=reason, detail=detail, now=now)

    # -- the suppression list

    def suppress(self, entry: suppression.Suppression, *, now: datetime) -> bool:
        """Put somebody on the suppression list; False when they are on it: the first reason stays."""
        with self.database.writing() as connection:
            return suppression.suppress(connection, entry, now=now, pseudonyms=self.pseudonyms)

    def suppress_all(self, entries: Iterable[suppression.Suppression], *, now: datetime) -> int:
        """Put many on the suppression list, all or none; how many are new."""
        with self.database.writing() as connection:
            return suppression.suppress_all(connection, entries, now=now, pseudonyms=self.pseudonyms)

    def unsuppress(self, key: str) -> bool:
        """Take somebody off the suppression list; False when they were not on it."""
        with self.database.writing() as connection:
            return suppression.unsuppress(connection, key, pseudonyms=self.pseudonyms)

    def suppressed(self, keys: Collection[str]) -> dict[str, str]:
        """The reasons for those of the keys that are on the suppression list."""
        with self.database.reading() as connection:
            return suppression.suppressed(connection, keys, pseudonyms=self.pseudonyms)

    def kept_out(self, keys: Collection[str], *, now: datetime) -> dict[str, str]:
        """The reasons for those of the keys that get no mail now: suppressed, or away for a while."""
        with self.database.reading() as connection:
            return {
                **absence.absent(connection, keys, now),
                **suppression.suppressed(connection, keys, pseudonyms=self.pseudonyms),
            }

    def absent_until(self, key: str, *, now: datetime) -> datetime | None:
        """When somebody's pause ends; None when they have none."""
        with self.database.reading() as connection:
            return absence.absent_until(connection, key, now)

    def pause(self, key: str, *, until: datetime, day: str) -> None:
        """Send somebody nothing before `until`, which is `day` in their own words.

        Whoever was forgotten since they asked for the page is not written down anew.
        """
        with self.database.writing() as connection:
            if not suppression.is_forgotten(connection, key, pseudonyms=self.pseudonyms):
                absence.be_absent(connection, key, until=until, day=day)

    def unpause(self, key: str) -> bool:
        """End somebody's pause; False when there was none."""
        with self.database.writing() as connection:
            return absence.come_back(connection, key)

    def choose(self, key: str, tags: Mapping[str, bool], *, now: datetime) -> None:
        """Keep what somebody said of these tags: it overrules the list's. Not of who was forgotten."""
        with self.database.writing() as connection:
            if not suppression.is_forgotten(connection, key, pseudonyms=self.pseudonyms):
                choosing.choose(connection, key, tags, now=now)

    def choice_of(self, key: str) -> choosing.Choice | None:
        """What somebody said of their tags, or None."""
        with self.database.reading() as connection:
            return choosing.choice_of(connection, key)

    def chosen(self, keys: Collection[str]) -> Mapping[str, Mapping[str, bool]]:
        """What those of the keys chose who chose anything."""
        with self.database.reading() as connection:
            return choosing.chosen(connection, keys)

    def suppression_of(self, key: str) -> suppression.Suppression | None:
        """What the suppression list says of somebody, or None."""
        with self.database.reading() as connection:
            return suppression.entry_of(connection, key, pseudonyms=self.pseudonyms)

    def suppressions(self) -> Iterator[suppression.Suppression]:
        """The whole suppression list, in the order of the keys."""
        with self.database.reading() as connection:
            yield from suppression.entries(connection)

    # -- what came back

    def write_feedback(self, facts: Sequence[feedback.Fact], *, now: datetime) -> list[feedback.Consequence]:
        """Write down what came in, each message once, with what follows from it; one commit for all."""
        with self.database.writing() as connection:
            return [feedback.write(connection, fact, now=now) for fact in facts]

    def feedback_counts(self, since: datetime | None = None) -> Mapping[tuple[str, str], int]:
        """How many messages came in, by kind and class; only those read after `since` when it is given."""
        with self.database.reading() as connection:
            return feedback.counts(connection, since)

    # -- questions

    def outstanding(self, issue_id: int, *, now: datetime) -> int:
        """How many copies a claim could take now: queued ones, and deferred ones that are due."""
        here = select(func.count()).where(delivery.c.issue_id == issue_id)
        queued = here.where(delivery.c.state == State.QUEUED.value)
        due = here.where(delivery.c.state == State.DEFERRED.value, delivery.c.next_attempt_at <= stamp(now))
        with self.database.reading() as connection:
            return sum(connection.execute(one).scalar_one() for one in (queued, due))

    def explain(self, key: str, slug: str | None = None) -> list[story.Story]:
        """Everything known of one person, the newest issue first; only about `slug` when it is given."""
        with self.database.reading() as connection:
            return story.explain(connection, key, slug)

    def columns(self, issue_id: int) -> tuple[str, ...]:
        """The fields that are kept of each person of this issue, and `email`."""
        kept = select(delivery.c.fields).where(
            delivery.c.issue_id == issue_id, delivery.c.recipient.is_not(None)
        )
        with self.database.reading() as connection:
            fields = connection.execute(kept.limit(1)).scalar_one_or_none()
        return ("email", *(json.loads(fields) if fields else ()))

    def skipped_rows(self, issue_id: int) -> Iterator[tuple[int, str, str]]:
        """Line, e-mail as written and reason of every skipped row, in the order of the plan."""
        with self.database.reading() as connection:
            yield from story.skipped_rows(connection, issue_id)

    def audit(self, issue_id: int) -> list[str]:
        """Replay the history and say what does not add up; empty when all is well."""
        with self.database.reading() as connection:
            return story.audit(connection, issue_id)
