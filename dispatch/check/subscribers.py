"""LST: the list, row by row. `send` skips what it cannot use; here it is told while it can be mended."""

from __future__ import annotations

from collections.abc import Iterator

from dispatch.check.census import Lines
from dispatch.check.place import Place, lines_in_words
from dispatch.check.rule import Found, Rule, Sample, Severity
from dispatch.check.view import View


def _bad_rows(view: View) -> Iterator[Found]:
    if view.people is None:
        return
    for row in view.people.bad_rows:
        words = f"{row.email}: {row.reason}" if row.email else row.reason
        yield Found(place=Place(view.people.file, row.line), message=words)
    more = view.people.bad.count - len(view.people.bad_rows)
    if more > 0:
        lines = view.people.bad.lines[len(view.people.bad_rows) :]
        place = Place(view.people.file, lines[0] if lines else 1)
        yield Found(place=place, message=f"and {more:,} more bad rows", lines=tuple(lines))


def _rows(view: View, lines: Lines, one: str, several: str) -> Iterator[Found]:
    if view.people and lines.count:
        words = one if lines.count == 1 else several.format(count=f"{lines.count:,}")
        place = Place(view.people.file, lines.lines[0])
        message = f"{words} ({lines_in_words(lines.lines)})" if lines.count > 1 else words
        yield Found(place=place, message=message, lines=tuple(lines.lines))


def _duplicates(view: View) -> Iterator[Found]:
    if view.people:
        one = "this address stands in the list already"
        yield from _rows(view, view.people.duplicates, one, "{count} addresses stand in the list already")


def _roles(view: View) -> Iterator[Found]:
    if view.people:
        one = "this is the address of an office, not of a person who asked for the letter"
        several = "{count} addresses are those of offices, not of people who asked for the letter"
        yield from _rows(view, view.people.roles, one, several)


def _slips(view: View) -> Iterator[Found]:
    for line, email, meant in view.people.slips if view.people else ():
        domain = email.rpartition("@")[2]
        place = Place(view.people.file if view.people else "", line)
        yield Found(place=place, message=f"{email}: {domain} is most likely meant to be {meant}")


def _suppressed(view: View) -> Iterator[Found]:
    if view.people:
        one = "this address is suppressed and gets no mail"
        yield from _rows(
            view, view.people.suppressed, one, "{count} addresses are suppressed and get no mail"
        )


def _without_consent(view: View) -> Iterator[Found]:
    people = view.people
    if people is None or not people.without_consent.count:
        return
    if "consent_at" not in people.columns:
        message = "the list has no column consent_at, so nobody can say when people agreed"
        yield Found(place=Place(people.file, 1), message=message)
        return
    one = "consent_at is empty, so nobody can say when this person agreed"
    yield from _rows(view, people.without_consent, one, "consent_at is empty in {count} rows")


RULES = (
    Rule(
        id="LST001",
        severity=Severity.ERROR,
        why="A row without a good address reaches nobody; send skips it and says so.",
        source="RFC 5321, section 4.1.2",
        kind=Sample.LIST,
        bad="mia@@example.com,Mia,,,2024-05-01",
        good="mia@example.com,Mia,,,2024-05-01",
        look=_bad_rows,
        about_rows=True,
    ),
    Rule(
        id="LST002",
        severity=Severity.WARNING,
        why="The same person twice gets one copy; which of the two rows fills it is chance.",
        source="dispatch help delivery",
        kind=Sample.LIST,
        bad="ann@example.com,Ann,,,2024-05-01",
        good="mia@example.com,Mia,,,2024-05-01",
        look=_duplicates,
        about_rows=True,
    ),
    Rule(
        id="LST003",
        severity=Severity.WARNING,
        why="Behind info@ and sales@ stand several people, and one of them complains.",
        source="RFC 2142",
        kind=Sample.LIST,
        bad="info@example.net,Info,,,2024-05-01",
        good="mia@example.net,Mia,,,2024-05-01",
        look=_roles,
        about_rows=True,
    ),
    Rule(
        id="LST004",
        severity=Severity.WARNING,
        why="Domains beside the big ones are spam traps.",
        source="lists of misspelled domains",
        kind=Sample.LIST,
        bad="mia@gmial.com,Mia,,,2024-05-01",
        good="mia@gmail.com,Mia,,,2024-05-01",
        look=_slips,
        about_rows=True,
    ),
    Rule(
        id="LST005",
        severity=Severity.INFO,
        why="Who bounced, complained or left gets nothing, whatever the list says.",
        source="dispatch help delivery",
        kind=Sample.LEDGER,
        bad="suppressed ann@example.com",
        good="suppressed nobody@example.com",
        look=_suppressed,
        about_rows=True,
    ),
    Rule(
        id="LST006",
        severity=Severity.WARNING,
        why="The day on which somebody agreed is what you show when they say they never did.",
        source="GDPR, article 7(1)",
        kind=Sample.LIST,
        bad="mia@example.com,Mia,,,",
        good="mia@example.com,Mia,,,2024-05-01",
        look=_without_consent,
        about_rows=True,
    ),
)
