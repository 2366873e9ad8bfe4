"""All rules, by family and by id, and which of them are asked for."""

from __future__ import annotations

from collections.abc import Iterable

from dispatch.check import (
    accessibility,
    css,
    dns,
    headers,
    html,
    images,
    issue,
    links,
    personal,
    size,
    standing,
    subscribers,
    text,
)
from dispatch.check.rule import Rule

RULES: tuple[Rule, ...] = (
    *issue.RULES,
    *headers.RULES,
    *personal.RULES,
    *size.RULES,
    *html.RULES,
    *css.RULES,
    *images.RULES,
    *links.RULES,
    *accessibility.RULES,
    *text.RULES,
    *subscribers.RULES,
    *dns.RULES,
    *standing.RULES,
)
BY_ID = {rule.id: rule for rule in RULES}
FAMILIES = {
    "ISS": "the issue's front matter and text",
    "HDR": "the header of the mail",
    "PER": "what is filled in per reader",
    "SIZ": "sizes",
    "HTM": "HTML",
    "CSS": "styles",
    "IMG": "pictures",
    "LNK": "links",
    "A11": "accessibility",
    "TXT": "the plain text",
    "LST": "the list",
    "DNS": "the sender's domain",
    "SPM": "SpamAssassin",
    "LED": "the ledger",
}


def unknown(names: Iterable[str]) -> str | None:
    """The first of these that is neither a rule nor a family."""
    return next((name for name in names if name.upper() not in BY_ID and name.upper() not in FAMILIES), None)


def meant_by(names: Iterable[str]) -> frozenset[str]:
    """The ids of the rules that ids and families name."""
    wanted = {name.upper() for name in names}
    return frozenset(rule.id for rule in RULES if rule.id in wanted or rule.family in wanted)
