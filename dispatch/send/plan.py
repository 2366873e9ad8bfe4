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
from dispatch.render.page import Copy

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

    `skipped` is by reason; `rendered` copies were filled for real; `blanks` counts, for every expression
    without a default that shows nothing to somebody, those who will get mail with this hole in it.
    """

    listed: int = 0
    to_send: int = 0
    suppressed: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    problems: list[Problem] = field(default_factory=list)
    blanks: Counter[Blank] = field(default_factory=Counter)
    rendered: int = 0
    largest_html_bytes: int = 0

    def count(self, row: PlannedCopy) -> None:
        """Take one row, as stored, into the numbers."""
        self.listed += 1
        if row.state is State.QUEUED:
            self.to_send += 1
            return
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


def rehearse_each(fill: Callable[[Fields], Copy], readers: Sequence[Fields]) -> list[Rehearsed]:
    """Fill a copy for each of these readers, and keep of it what a plan wants to know."""
    return [_rehearsed(fill, fields) for fields in readers]


def _rehearsed(fill: Callable[[Fields], Copy], fields: Fields) -> Rehearsed:
    try:
        return len(fill(fields).html or b"")
    except HeaderUnsafe as error:
        return str(error)
    except DataError as error:
        return error


@dataclass(frozen=True, slots=True, kw_only=True)
class Judge:
    """What decides over one row. `rehearse` begins to fill copies, and gives what waits for them.

    With `everybody` the copy of each reader is filled; else beyond RENDER_ALL_BELOW every twentieth one.
    """

    used_fields: frozenset[str]
    rehearse: Rehearse
    message_id: Callable[[str], str]
    blanks: Callable[[Fields], frozenset[Blank]] = lambda _fields: frozenset()
    where: Callable[[Subscriber], bool] | None = None
    file: str = ""
    everybody: bool = False

    def begin(self, people: Sequence[Subscriber | BadRow], position: int) -> _Judging:
        """Look at rows, of which the first has this place in the list, and begin to fill their copies."""
        readers: list[Fields] = []
        judging = _Judging(people=people, fields=[], rehearsing={}, collect=list)
        for index, person in enumerate(people):
            fields = self._fields(person)
            judging.fields.append(fields)
            if fields is not None and (self.everybody or _is_sampled(position + index)):
                judging.rehearsing[index] = len(readers)
                readers.append(fields)
        if readers:
            judging.collect = self.rehearse(readers)
        return judging

    def _fields(self, person: Subscriber | BadRow) -> Fields | None:
        """What the letter uses of somebody; None for whoever is left out."""
        if isinstance(person, BadRow) or (self.where and not self.where(person)):
            return None
        return {name: person.fields[name] for name in self.used_fields if name in person.fields}

    def rows(self, judging: _Judging, plan: Plan) -> list[PlannedCopy]:
        """The rows of the plan, once the copies are filled."""
        rehearsed = judging.collect()
        rows = []
        for index, (person, fields) in enumerate(zip(judging.people, judging.fields, strict=True)):
            at = judging.rehearsing.get(index)
            rows.append(self._row(person, fields, None if at is None else rehearsed[at], plan))
        return rows

    def _row(
        self, person: Subscriber | BadRow, fields: Fields | None, rehearsed: Rehearsed | None, plan: Plan
    ) -> PlannedCopy:
        if isinstance(person, BadRow):
            return self._left_out(person.line, person.email, f"{Reason.INVALID}: {person.reason}")
        if fields is None:
            return self._left_out(person.line, person.address.written, Reason.EXCLUDED)
        if isinstance(rehearsed, DataError):
            raise self._told_of(rehearsed, person.address.written, person.line) from rehearsed
        if isinstance(rehearsed, str):
            return self._left_out(person.line, person.address.written, f"{Reason.HEADER}: {rehearsed}")
        if rehearsed is not None:
            plan.rendered += 1
            plan.largest_html_bytes = max(plan.largest_html_bytes, rehearsed)
        return PlannedCopy(
            line=person.line,
            email=person.address.written,
            key=person.address.key,
            fields=fields,
            state=State.QUEUED,
            message_id=self.message_id(person.address.key),
        )

    def look_for_blanks(self, row: PlannedCopy, plan: Plan) -> None:
        """Count the holes in the letter of one row that will be sent."""
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

    @staticmethod
    def _left_out(line: int, email: str, reason: str) -> PlannedCopy:
        return PlannedCopy(line=line, email=email, key=None, fields={}, state=State.SKIPPED, reason=reason)


@dataclass(slots=True, kw_only=True)
class _Judging:
    """Rows whose copies are being filled: `rehearsing` says at which place of the answer each one stands."""

    people: Sequence[Subscriber | BadRow]
    fields: list[Fields | None]
    rehearsing: dict[int, int]
    collect: Callable[[], Sequence[Rehearsed]]


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
        for row in register.add(judge.rows(judging, plan)):
            plan.count(row)
            if row.state is State.QUEUED:
                judge.look_for_blanks(row, plan)
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


def _is_sampled(position: int) -> bool:
    return position < RENDER_ALL_BELOW or position % _SAMPLE_EVERY == 0


def _batches(people: Iterable[Subscriber | BadRow]) -> Iterator[list[Subscriber | BadRow]]:
    rows = iter(people)
    while batch := list(islice(rows, BATCH)):
        yield batch
