"""The plan: everybody on the list judged, rendered for real, and written down before anyone gets mail."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Protocol

from dispatch.errors import DataError
from dispatch.mail.header import HeaderUnsafe
from dispatch.model.delivery import PlannedCopy, Reason, State
from dispatch.model.subscriber import BadRow, Subscriber
from dispatch.model.tags import Chosen, nobody_chose, with_choices
from dispatch.render.blanks import Blank

BATCH = 500
# Where this process does it alone, below this everyone is rendered, above it a sample spread over the list.
RENDER_ALL_BELOW = 50_000
_SAMPLE_EVERY = 20
_AHEAD = 6  # batches that are being filled
_PROBLEMS_KEPT = 10_000


class Register(Protocol):
    """Where planned rows are written: the ledger's planning, which finds duplicates and suppressed people."""

    def add(self, rows: Sequence[PlannedCopy]) -> list[PlannedCopy]:
        """Write the rows down and give them back as they were stored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A row of the list that gets no mail, and why."""

    line: int
    email: str
    reason: str


@dataclass(slots=True, kw_only=True)
class Plan:
    """What sending would do, in numbers.

    `skipped` is by reason; of `rendered` copies every value was made, as for the letter; `blanks` counts,
    for every expression without a default that shows nothing to somebody, those who will get mail with this
    hole in it.
    """

    listed: int = 0
    to_send: int = 0
    suppressed: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    problems: list[Problem] = field(default_factory=list)
    blanks: Counter[Blank] = field(default_factory=Counter)
    rendered: int = 0
    largest_html_bytes: int = 0

    def count(self, rows: Sequence[PlannedCopy]) -> None:
        """Take rows, as stored, into the numbers."""
        queued = State.QUEUED
        aside = [row for row in rows if row.state is not queued]
        self.listed += len(rows)
        self.to_send += len(rows) - len(aside)
        for row in aside:
            self._count_aside(row)

    def _count_aside(self, row: PlannedCopy) -> None:
        if row.state is State.SUPPRESSED:
            self.suppressed += 1
            return
        kind = row.reason.split(" ", 1)[0].rstrip(":")
        self.skipped[kind] += 1
        if kind != Reason.EXCLUDED and len(self.problems) < _PROBLEMS_KEPT:
            self.problems.append(Problem(line=row.line, email=row.email, reason=row.reason))


# What the rehearsal of one copy gave: the size of its HTML in bytes, what no header field can hold, or why
# there can be no copy.
Rehearsed = int | str | DataError
Fields = Mapping[str, str]
Rehearse = Callable[[Sequence[Fields]], Callable[[], Sequence[Rehearsed]]]


def rehearse_each(rehearse: Callable[[Fields], int], readers: Sequence[Fields]) -> list[Rehearsed]:
    """What a plan wants to know of the copy of each of these readers."""
    return [_rehearsed(rehearse, fields) for fields in readers]


def _rehearsed(rehearse: Callable[[Fields], int], fields: Fields) -> Rehearsed:
    try:
        return rehearse(fields)
    except HeaderUnsafe as error:
        return str(error)
    except DataError as error:
        return error


@dataclass(frozen=True, slots=True, kw_only=True)
class Judge:
    """What decides over one row. `rehearse` begins to fill copies, and gives what waits for them.

    With `everybody` the copy of each reader is filled; else beyond RENDER_ALL_BELOW every twentieth one.
    `blanks` finds holes; None for a letter that can have none.
    """

    used_fields: frozenset[str]
    rehearse: Rehearse
    message_id: Callable[[str], str]
    blanks: Callable[[Fields], frozenset[Blank]] | None = None
    where: Callable[[Subscriber], bool] | None = None
    file: str = ""
    everybody: bool = False

    def begin(self, people: Sequence[Subscriber | BadRow], position: int) -> _Judging:
        """Look at rows, of which the first has this place in the list, and begin to fill their copies."""
        fields = self._fields(people)
        chosen = [
            index
            for index, one in enumerate(fields)
            if one is not None and (self.everybody or _is_sampled(position + index))
        ]
        readers = [one for index in chosen if (one := fields[index]) is not None]
        collect = self.rehearse(readers) if readers else list
        return _Judging(people=people, fields=fields, rehearsing=chosen, collect=collect)

    def _fields(self, people: Sequence[Subscriber | BadRow]) -> list[Fields | None]:
        """What the letter uses of each; None for whoever is left out."""
        where = self.where
        known = next((person.fields for person in people if isinstance(person, Subscriber)), {})
        names = [name for name in self.used_fields if name in known]  # all rows of a list have its columns
        return [
            None
            if isinstance(person, BadRow) or (where and not where(person))
            else {name: person.fields[name] for name in names}
            for person in people
        ]

    def rows(self, judging: _Judging, plan: Plan) -> list[PlannedCopy]:
        """The rows of the plan, once the copies are filled."""
        rehearsed = judging.rehearsed()
        sizes = [one for one in rehearsed if isinstance(one, int)]
        plan.rendered += len(sizes)
        plan.largest_html_bytes = max(plan.largest_html_bytes, *sizes, 0)
        message_id, queued = self.message_id, State.QUEUED
        rows = []
        for person, fields, one in zip(judging.people, judging.fields, rehearsed, strict=True):
            if isinstance(person, BadRow):
                rows.append(_left_out(person.line, person.email, f"{Reason.INVALID}: {person.reason}"))
                continue
            written, _, _, key = person.address
            if fields is None:
                rows.append(_left_out(person.line, written, Reason.EXCLUDED))
            elif isinstance(one, str):
                rows.append(_left_out(person.line, written, f"{Reason.HEADER}: {one}"))
            elif isinstance(one, DataError):
                raise self._told_of(one, written, person.line) from one
            else:
                planned = (person.line, written, key, fields, queued, "", message_id(key))
                rows.append(tuple.__new__(PlannedCopy, planned))  # see model/address.py
        return rows

    def look_for_blanks(self, rows: Sequence[PlannedCopy], plan: Plan) -> None:
        """Count the holes in the letters of those rows that will be sent."""
        if self.blanks is None:
            return
        for row in rows:
            if row.state is not State.QUEUED:
                continue
            try:
                found = self.blanks(row.fields)
            except DataError as error:
                raise self._told_of(error, row.email, row.line) from error
            if found:
                plan.blanks.update(found)

    def _told_of(self, error: DataError, email: str, line: int) -> DataError:
        """An error in the letter of one person says whose letter it is."""
        return type(error)(
            f"{error.message} (for {email}, {self.file}:{line})",
            file=error.file,
            line=error.line,
            hint=error.hint,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Judging:
    """Rows whose copies are being filled; `rehearsing` are the places of those that are, in order."""

    people: Sequence[Subscriber | BadRow]
    fields: Sequence[Fields | None]
    rehearsing: Sequence[int]
    collect: Callable[[], Sequence[Rehearsed]]

    def rehearsed(self) -> list[Rehearsed | None]:
        """What the rehearsal gave, for each row; None where no copy was filled. It waits for the last one."""
        answers: list[Rehearsed | None] = [None] * len(self.people)
        for index, answer in zip(self.rehearsing, self.collect(), strict=True):
            answers[index] = answer
        return answers


def draw_up(
    people: Iterable[Subscriber | BadRow],
    *,
    judge: Judge,
    register: Register,
    progress: Callable[[int], None] = lambda _: None,
    chosen: Chosen = nobody_chose,
) -> Plan:
    """Read the list to its end, write every row to the register, and return the numbers.

    Tags are those that readers chose, where they did. An error in a template stops here, before any mail. A
    few batches are filled while the next ones are read. Memory does not grow with the list.
    """
    plan = Plan()

    def settle(judging: _Judging) -> None:
        rows = register.add(judge.rows(judging, plan))
        plan.count(rows)
        judge.look_for_blanks(rows, plan)
        progress(plan.listed)

    position, waiting = 0, deque[_Judging]()
    for batch in _batches(people):
        waiting.append(judge.begin(with_choices(batch, chosen), position))
        position += len(batch)
        if len(waiting) > _AHEAD:
            settle(waiting.popleft())
    for judging in waiting:
        settle(judging)
    return plan


def _left_out(line: int, email: str, reason: str) -> PlannedCopy:
    return PlannedCopy(line=line, email=email, key=None, fields={}, state=State.SKIPPED, reason=reason)


def _is_sampled(position: int) -> bool:
    return position < RENDER_ALL_BELOW or position % _SAMPLE_EVERY == 0


def _batches(people: Iterable[Subscriber | BadRow]) -> Iterator[list[Subscriber | BadRow]]:
    rows = iter(people)
    while batch := list(islice(rows, BATCH)):
        yield batch
