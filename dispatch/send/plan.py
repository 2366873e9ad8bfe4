"""The plan: everybody on the list judged, rendered for real, and written down before anyone gets mail."""

from __future__ import annotations

from collections import Counter
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
# Below this everyone is rendered before the first byte leaves; above it, a sample spread over the list.
RENDER_ALL_BELOW = 50_000
_SAMPLE_EVERY = 20
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Judge:
    """What decides over one row. `rehearse` fills a copy; HeaderUnsafe means that no header can hold it."""

    used_fields: frozenset[str]
    rehearse: Callable[[Mapping[str, str]], Copy]
    message_id: Callable[[str], str]
    blanks: Callable[[Mapping[str, str]], frozenset[Blank]] = lambda _fields: frozenset()
    where: Callable[[Subscriber], bool] | None = None
    file: str = ""

    def row(self, person: Subscriber | BadRow, plan: Plan, *, render: bool) -> PlannedCopy:
        """Turn one row of the list into one row of the plan."""
        if isinstance(person, BadRow):
            reason = f"{Reason.INVALID}: {person.reason}"
            return self._left_out(person.line, person.email, reason)
        if self.where and not self.where(person):
            return self._left_out(person.line, person.address.written, Reason.EXCLUDED)
        fields = {name: person.fields[name] for name in self.used_fields if name in person.fields}
        if render:
            try:
                self._render(person, fields, plan)
            except HeaderUnsafe as error:
                return self._left_out(person.line, person.address.written, f"{Reason.HEADER}: {error}")
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

    def _render(self, person: Subscriber, fields: Mapping[str, str], plan: Plan) -> None:
        try:
            copy = self.rehearse(fields)
        except DataError as error:
            raise self._told_of(error, person.address.written, person.line) from error
        plan.rendered += 1
        plan.largest_html_bytes = max(plan.largest_html_bytes, len(copy.html or b""))

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


def draw_up(
    people: Iterable[Subscriber | BadRow],
    *,
    judge: Judge,
    register: Register,
    progress: Callable[[int], None] = lambda _: None,
    chosen: Chosen = nobody_chose,
) -> Plan:
    """Read the list to its end, write every row to the register, and return the numbers.

    Tags are those that readers chose, where they did.
    Up to RENDER_ALL_BELOW people everyone's copy is filled, beyond that every twentieth one: an error in a
    template stops here, before any mail. Memory does not grow with the list.
    """
    plan = Plan()
    for batch in _batches(people):
        rows = [
            judge.row(person, plan, render=_is_rendered(plan.listed + index))
            for index, person in enumerate(with_choices(batch, chosen))
        ]
        for row in register.add(rows):
            plan.count(row)
            if row.state is State.QUEUED:
                judge.look_for_blanks(row, plan)
        progress(plan.listed)
    return plan


def _is_rendered(position: int) -> bool:
    return position < RENDER_ALL_BELOW or position % _SAMPLE_EVERY == 0


def _batches(people: Iterable[Subscriber | BadRow]) -> Iterator[list[Subscriber | BadRow]]:
    rows = iter(people)
    while batch := list(islice(rows, BATCH)):
        yield batch
