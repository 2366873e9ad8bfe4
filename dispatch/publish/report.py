"""The report of an issue: how many have it, who was refused and with what words, by domain, and when.

Pure: copies come in as the ledger has them, text and plain values go out.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from dispatch.ledger.rows import Delivery, IssueRecord
from dispatch.mail.refusal import KINDS, kind_of
from dispatch.model.delivery import State

_TROUBLE = (State.FAILED, State.BOUNCED, State.COMPLAINED, State.UNCERTAIN, State.DEFERRED)
_CAME_BACK = (State.BOUNCED, State.COMPLAINED)
_ALWAYS_SHOWN = {State.SENT, State.FAILED}
_EXAMPLES = 3
_DOMAINS_SHOWN = 20

_ADDRESS = re.compile(r"<?[^\s<>@]+@[^\s<>@]+>?")
# Queue numbers, times and client addresses: words with a digit in them that are longer than a code.
_NUMBERED = re.compile(r"\b(?=\w*\d)\w{5,}\b|\d+(?:\.\d+){3}")


@dataclass(frozen=True, slots=True)
class Words:
    """What makes two refusals the same: the state, the codes, and the text without what differs by person."""

    state: State
    code: int | None
    enhanced: str
    text: str

    @classmethod
    def of(cls, copy: Delivery) -> Words:
        """The words that the relay, or dispatch itself, had for a copy."""
        if copy.state in _CAME_BACK:  # the reply is that of the relay, which had accepted it
            _, _, said = copy.reason.rpartition(f"{_class_of(copy)}: ")
            return cls(copy.state, None, "", folded(said))
        return cls(copy.state, copy.code, copy.enhanced, folded(copy.reply or copy.reason))

    def __str__(self) -> str:
        return " ".join(part for part in (str(self.code or ""), self.enhanced, self.text) if part)


@dataclass(slots=True)
class Group:
    """The copies with the same refusal. `kind`: hard, soft, block; of failed ones also expired, unsent."""

    kind: str = ""
    count: int = 0
    examples: list[str] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Report:
    """One issue in numbers. `domains` count the states of each recipient domain."""

    issue: IssueRecord
    states: Counter[State] = field(default_factory=Counter)
    refusals: dict[Words, Group] = field(default_factory=dict)
    domains: dict[str, Counter[State]] = field(default_factory=dict)
    first_sent_at: datetime | None = None
    last_sent_at: datetime | None = None

    @property
    def refusals_in_order(self) -> list[tuple[Words, Group]]:
        """Failed ones first, then what came back, uncertain and deferred, the most frequent on top."""
        return sorted(
            self.refusals.items(),
            key=lambda item: (_TROUBLE.index(item[0].state), -item[1].count, str(item[0])),
        )

    @property
    def domains_in_order(self) -> list[tuple[str, Counter[State]]]:
        """The largest first."""
        return sorted(self.domains.items(), key=lambda item: (-item[1].total(), item[0]))

    def count(self, copy: Delivery) -> None:
        """Take one copy into the numbers."""
        self.states[copy.state] += 1
        if copy.key is not None:
            self.domains.setdefault(copy.key.rpartition("@")[2], Counter())[copy.state] += 1
        if copy.state is State.SENT:
            self.first_sent_at = min(self.first_sent_at or copy.updated_at, copy.updated_at)
            self.last_sent_at = max(self.last_sent_at or copy.updated_at, copy.updated_at)
        if copy.state in _TROUBLE and (copy.code is not None or copy.reason):
            self._count_refusal(copy)

    def _count_refusal(self, copy: Delivery) -> None:
        group = self.refusals.setdefault(Words.of(copy), Group())
        if copy.state is State.FAILED:
            group.kind = kind_of(copy.code, copy.enhanced, copy.reply, copy.reason)
        elif copy.state is State.BOUNCED:
            group.kind = _class_of(copy)
        group.count += 1
        if len(group.examples) < _EXAMPLES:
            group.examples.append(copy.email)


def _class_of(copy: Delivery) -> str:
    """The class of what came back, which its reason begins with."""
    kind, colon, _ = copy.reason.partition(":")
    return kind if colon and kind in KINDS else ""


def make_report(issue: IssueRecord, copies: Iterable[Delivery]) -> Report:
    """Count all copies of an issue, one after another."""
    report = Report(issue=issue)
    for copy in copies:
        report.count(copy)
    return report


def folded(text: str) -> str:
    """A reply without what differs from person to person: addresses, queue numbers, times."""
    return " ".join(_NUMBERED.sub("…", _ADDRESS.sub("<address>", text)).split())


def report_text(report: Report, zone: ZoneInfo) -> str:
    """The report for people, in lines."""
    issue = report.issue
    lines = [f"{issue.slug}: {issue.subject}", ""]
    lines += [f"{report.states[state]:>9,}  {state.value}" for state in State if report.states[state]]
    lines += [f"{issue.listed:>9,}  listed", "", *_time_lines(report, zone)]
    if report.refusals:
        lines += ["", "By reply"]
    for words, group in report.refusals_in_order:
        state = f"{words.state.value}, {group.kind}" if group.kind else words.state.value
        lines += [
            f"{group.count:>9,}  {state}: {words}",
            f"{'':>11}{', '.join(group.examples)}{_more(group)}",
        ]
    return "\n".join([*lines, "", "By domain", *_domain_lines(report)]) + "\n"


def _more(group: Group) -> str:
    return f" and {group.count - len(group.examples):,} more" if group.count > len(group.examples) else ""


def _time_lines(report: Report, zone: ZoneInfo) -> list[str]:
    times = {
        "planned": report.issue.planned_at,
        "started": report.issue.started_at,
        "first sent": report.first_sent_at,
        "last sent": report.last_sent_at,
        "finished": report.issue.finished_at,
    }
    return [f"{name:<11}{at.astimezone(zone):%Y-%m-%d %H:%M:%S %Z}" for name, at in times.items() if at]


def _domain_lines(report: Report) -> list[str]:
    domains = report.domains_in_order
    lines = []
    for domain, states in domains[:_DOMAINS_SHOWN]:
        parts = [
            f"{states[state]:,} {state.value}" for state in State if states[state] or state in _ALWAYS_SHOWN
        ]
        lines.append(f"{states.total():>9,}  {domain}: {', '.join(parts)}")
    if len(domains) > _DOMAINS_SHOWN:
        lines.append(f"{'':>11}and {len(domains) - _DOMAINS_SHOWN:,} more domains: --format json")
    return lines


def report_object(report: Report) -> Mapping[str, Any]:
    """The report as plain values for JSON; times are aware datetimes."""
    issue = report.issue
    return {
        "issue": issue.slug,
        "subject": issue.subject,
        "listed": issue.listed,
        "states": {state.value: report.states[state] for state in State},
        "balanced": issue.listed == report.states.total(),
        "planned_at": issue.planned_at,
        "started_at": issue.started_at,
        "first_sent_at": report.first_sent_at,
        "last_sent_at": report.last_sent_at,
        "finished_at": issue.finished_at,
        "content_hash": issue.content_hash,
        "list_hash": issue.list_hash,
        "git_commit": issue.git_commit,
        "refusals": [
            {
                "state": words.state.value,
                "class": group.kind or None,
                "code": words.code,
                "enhanced": words.enhanced,
                "reply": words.text,
                "count": group.count,
                "examples": group.examples,
            }
            for words, group in report.refusals_in_order
        ],
        "domains": [
            {"domain": domain, "listed": states.total(), **{state.value: states[state] for state in State}}
            for domain, states in report.domains_in_order
        ],
    }
