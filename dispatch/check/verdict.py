"""The rules applied to a view: findings in order, what was ignored, and whether the issue may go out."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from dispatch.check.census import ListFacts
from dispatch.check.place import Place
from dispatch.check.refusal import refused
from dispatch.check.registry import BY_ID, RULES, meant_by, unknown
from dispatch.check.rule import Found, Rule, Severity
from dispatch.check.view import View


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something that is wrong: by which rule, how much it matters, where, and in one sentence what."""

    rule: str
    severity: Severity
    place: Place
    message: str
    lines: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which rules count. `select` None is all of them; a name is an id or a family.

    `about_rows` False leaves out the rules on rows of the list, which `send` skips or fills by itself.
    """

    select: Collection[str] | None = None
    ignore: Collection[str] = ()
    online: bool = False
    about_rows: bool = True

    def rules(self) -> tuple[Rule, ...]:
        """The rules to apply, the ignored ones too, because they are counted."""
        chosen = None if self.select is None else meant_by(self.select)
        return tuple(
            rule
            for rule in RULES
            if (chosen is None or rule.id in chosen)
            and (self.online or not rule.network)
            and (self.about_rows or not rule.about_rows)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The outcome. `ignored` are findings that the author does not want to hear of; `people` is the list."""

    findings: tuple[Finding, ...]
    ignored: tuple[Finding, ...] = ()
    people: ListFacts | None = None

    def count(self, severity: Severity) -> int:
        """How many findings there are of a severity."""
        return sum(finding.severity is severity for finding in self.findings)

    @property
    def errors(self) -> int:
        """How many findings stop a send."""
        return self.count(Severity.ERROR)

    @property
    def warnings(self) -> int:
        """How many findings an author should look at."""
        return self.count(Severity.WARNING)

    @property
    def ignored_errors(self) -> int:
        """How many errors are ignored on purpose."""
        return sum(finding.severity is Severity.ERROR for finding in self.ignored)


def judged(view: View, selection: Selection) -> Verdict:
    """Apply the rules. Findings come by file and line, those of the issue first."""
    ignored = meant_by({*selection.ignore, *view.settings.check.ignore, *_ignored_in_front(view)})
    found = list(dict.fromkeys(_findings(view, selection)))
    found.sort(key=lambda one: (one.place.file != view.file, one.place.file, one.place.line or 0, one.rule))
    return Verdict(
        findings=tuple(one for one in found if one.rule not in ignored),
        ignored=tuple(one for one in found if one.rule in ignored),
        people=view.people,
    )


def _ignored_in_front(view: View) -> tuple[str, ...]:
    return view.issue.ignored_checks if view.issue else ()


def _findings(view: View, selection: Selection) -> Iterator[Finding]:
    rules = selection.rules()
    wanted = {rule.id for rule in rules}
    if view.refusal:
        rule, found = refused(view.refusal, view.file, view.issue.body_line if view.issue else None)
        if rule in wanted:
            yield _finding(BY_ID[rule], found)
    if (name := unknown(_ignored_in_front(view))) and "ISS002" in wanted:
        place = view.front(
            "checks.ignore" if view.issue and "checks.ignore" in view.issue.lines else "checks"
        )
        yield _finding(BY_ID["ISS002"], Found(place=place, message=f"there is no rule {name} to ignore"))
    for one in rules:
        for found in one.look(view):
            yield _finding(one, found)


def _finding(rule: Rule, found: Found) -> Finding:
    return Finding(
        rule=rule.id,
        severity=found.severity or rule.severity,
        place=found.place,
        message=found.message,
        lines=found.lines,
    )
